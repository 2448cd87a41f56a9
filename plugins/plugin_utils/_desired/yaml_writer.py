# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write data as YAML that is stable, fits git, and is safe where Ansible loads it as variables."""

from __future__ import annotations

from typing import Any

import yaml
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import is_odd
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_tags import STR, UNSAFE

try:
    from yaml import CSafeDumper as SafeDumper
except ImportError:  # PyYAML without libyaml: slower, with the same result
    from yaml import SafeDumper  # type: ignore[assignment]

# The first fields of a record: they show a person, and the context lines of a git diff, which connection it is.
_FIRST = ("connection_name", "id")


class _Dumper(SafeDumper):
    """Write YAML without aliases, with odd characters in double quotes, and with text like a template as ``!unsafe``."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Return true, so that every value is written in full."""
        return True

    def represent_text(self, data: str) -> Any:
        """Represent a string."""
        data = data.encode("utf-8", "replace").decode()  # half of a surrogate pair, which JSON allows and YAML does not
        odd = not data.isprintable() and any(map(is_odd, data))
        # Ansible trusts a file of variables, so it would template the text.
        tag = UNSAFE if is_template(data) else STR
        # dump() escapes odd characters, and YAML knows escapes only in double quotes.
        return self.represent_scalar(tag, data, style='"' if odd else None)


_Dumper.add_representer(str, _Dumper.represent_text)


def is_template(text: str) -> bool:
    """Return whether Ansible may take a text for a template: it has a delimiter, or a first line that sets others."""
    return any(delimiter in text for delimiter in ("{{", "{%", "{#")) or text.startswith("#jinja2:")


def dump(data: Any, flow: bool = False) -> str:
    """Return JSON-like data as YAML, always the same text for the same data.

    The data is a record, a list of records, or any other value. A record begins with ``connection_name`` and ``id``; all
    other keys are sorted. With ``flow``, lists and mappings are written in brackets, on one line.
    """
    ordered = [_ordered_record(each) for each in data] if isinstance(data, list) else _ordered_record(data)
    text = yaml.dump(ordered, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=flow)
    return "".join(_escaped(char) if char != "\n" and is_odd(char) else char for char in text)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _ordered_record(record: Any) -> Any:
    if not isinstance(record, dict):
        return _ordered(record)
    first = [name for name in _FIRST if name in record]
    return {name: _ordered(record[name]) for name in (*first, *sorted(record.keys() - set(first)))}


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value)}
    return [_ordered(each) for each in value] if isinstance(value, list) else value
