# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write data as YAML that is stable, fits git, and is safe where Ansible loads it as variables."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import yaml

from ...module_utils._text import is_odd
from .yaml_reader import STR, UNSAFE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

try:
    from yaml import CSafeDumper as SafeDumper
except ImportError:  # PyYAML without libyaml: slower, with the same result
    from yaml import SafeDumper  # type: ignore[assignment]

# The first fields of a record: they show a person, and the context lines of a git diff, which connection it is.
_FIRST = ("connection_name", "id")
# YAML allows longer keys only after a question mark (characters, with quotes and escapes).
_SIMPLE_KEY_MAX = 128
_WIDTH_MAX = 2**31 - 1
# Every odd character, see is_odd(), and others: only these are looked at one by one.
_MAYBE_ODD = re.compile(r"[^\n -~¡-¬®-ʯ]")


class _Dumper(SafeDumper):
    """Write scalars, with odd characters in double quotes, and with text like a template as ``!unsafe``."""

    def represent_text(self, data: str) -> Any:
        """Represent a string."""
        data = data.encode("utf-8", "replace").decode()  # half of a surrogate pair, which JSON allows and YAML does not
        odd = not data.isprintable() and any(map(is_odd, data))
        # Ansible trusts a file of variables, so it would template the text.
        tag = UNSAFE if _is_template(data) else STR
        # _scalars() escapes odd characters, and YAML knows escapes only in double quotes.
        return self.represent_scalar(tag, data, style='"' if odd else None)


_Dumper.add_representer(str, _Dumper.represent_text)


def _is_template(text: str) -> bool:
    """Return whether Ansible may take a text for a template: it has a delimiter, or a first line that sets others."""
    return "{{" in text or "{%" in text or "{#" in text or text.startswith("#jinja2:")


def dump(data: Any) -> str:
    """Return a record, or a list of records or other JSON-like values, as YAML: always the same text for the same data.

    Each field is on a line of its own. A record begins with ``connection_name`` and ``id``; all other keys are sorted.
    """
    if not isinstance(data, list):
        return dump_each([data])[0]
    return "".join("- " + textwrap.indent(text, "  ")[2:] for text in dump_each(data)) or "[]\n"


def dump_each(records: Sequence[Any]) -> list[str]:
    """Return the YAML of each record.

    PyYAML writes each different scalar once, and the lines are put together here: PyYAML takes 13 times as long for the 1.1 million
    keys and values of 10,000 connections.
    """
    ordered = [_ordered(each, _FIRST) for each in records]
    scalars: set[str | float] = set()
    for each in ordered:
        _add_scalars(each, scalars)
    yaml_of = _scalars(list(scalars))
    return ["".join(_lines(each, "", yaml_of)) for each in ordered]


def _ordered(value: Any, first: Sequence[str] = ()) -> Any:
    """Return a value with sorted keys, those of ``first`` before the others."""
    if isinstance(value, dict):
        names = [name for name in first if name in value]
        return {name: _ordered(value[name]) for name in (*names, *sorted(value.keys() - set(names)))}
    return [_ordered(each) for each in value] if isinstance(value, list) else value


def _add_scalars(value: Any, scalars: set[str | float]) -> None:
    if isinstance(value, dict):
        scalars.update(value)
        for each in value.values():
            if isinstance(each, str):
                scalars.add(each)
            else:
                _add_scalars(each, scalars)
    elif isinstance(value, list):
        for each in value:
            _add_scalars(each, scalars)
    elif isinstance(value, (str, float)):
        scalars.add(value)


def _scalars(values: list[str | float]) -> dict[str | float, str]:
    """Return the YAML of texts and floats. Each is one line, because line breaks are written as escapes."""
    text = yaml.dump(values, Dumper=_Dumper, allow_unicode=True, width=_WIDTH_MAX, default_flow_style=False)
    text = _MAYBE_ODD.sub(lambda found: _escaped(found[0]) if is_odd(found[0]) else found[0], text)
    return {value: line[2:] for value, line in zip(values, text.split("\n"))}


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _lines(value: Any, indent: str, yaml_of: dict[str | float, str]) -> Iterator[str]:
    """Yield the lines of a value that begins on a line of its own."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            name = yaml_of[key]
            if len(name) > _SIMPLE_KEY_MAX:
                yield f"{indent}? {name}\n"
                name = ""
            if not isinstance(each, (dict, list)) or not each:
                yield f"{indent}{name}: {_inline(each, yaml_of)}\n"
            else:
                yield f"{indent}{name}:\n"
                yield from _lines(each, f"{indent}  " if isinstance(each, dict) else indent, yaml_of)
    elif isinstance(value, list) and value:
        for each in value:
            if isinstance(each, str):
                yield f"{indent}- {yaml_of[each]}\n"
            else:
                yield f"{indent}- " + "".join(_lines(each, f"{indent}  ", yaml_of))[len(indent) + 2 :]
    else:
        yield f"{indent}{_inline(value, yaml_of)}\n"


def _inline(value: Any, yaml_of: dict[str | float, str]) -> str:
    """Return a scalar, or an empty list or mapping."""
    if isinstance(value, (str, float)):
        return yaml_of[value]
    return "null" if value is None else str(value).lower()
