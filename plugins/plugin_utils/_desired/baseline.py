# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired connections as YAML for git: written stably, and shown without their secrets."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

import yaml
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.fields import UNORDERED, canonical
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import (
    HIDDEN,
    SECRET_FIELDS,
    Record,
    without_secrets,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import is_odd
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import YAML, Loader

try:
    from yaml import CSafeDumper as SafeDumper
except ImportError:  # PyYAML without libyaml: slower, the same otherwise
    from yaml import SafeDumper  # type: ignore[assignment]

# Fields that say nothing of how a connection is set up, or nothing that a person decides.
NOT_IN_A_BASELINE = frozenset(("created_at", "updated_at", "record_type", "password_status")) | SECRET_FIELDS


# A record begins with these, so that a person, and a hunk of git's, sees whose it is; the other fields are sorted.
_FIRST = ("connection_name", "id")


class _Dumper(SafeDumper):
    """YAML that git likes: no aliases, odd characters as escapes, and no text that Ansible takes for a template."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Write everything out."""
        return True

    def text(self, data: str) -> Any:
        # Within double quotes an odd character can be escaped, see dump().
        data = data.encode("utf-8", "replace").decode()  # half a surrogate pair, which JSON can hold and YAML cannot
        odd = not data.isprintable() and any(map(is_odd, data))
        # The file may be used as one of variables, and Ansible trusts those.
        tag = "!unsafe" if is_template(data) else f"{YAML}str"
        return self.represent_scalar(tag, data, style='"' if odd else None)


_Dumper.add_representer(str, _Dumper.text)


def is_template(text: str) -> bool:
    """Whether Ansible may take a text for a template: it holds a delimiter, or begins with a line that sets others."""
    return any(begin in text for begin in ("{{", "{%", "{#")) or text.startswith("#jinja2:")


def dump(data: Any, flow: bool = False) -> str:
    """Return plain data as YAML, the same text for the same data: records begin with name and id, all else is sorted.

    With ``flow``, lists and mappings are written within brackets, in one line.
    """
    in_order = [_record_in_order(each) for each in data] if isinstance(data, list) else _record_in_order(data)
    text = yaml.dump(
        in_order, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=flow
    )
    return "".join(_escaped(char) if char != "\n" and is_odd(char) else char for char in text)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _record_in_order(record: Any) -> Any:
    if not isinstance(record, dict):
        return _in_order(record)
    names = [name for name in _FIRST if name in record]
    return {name: _in_order(record[name]) for name in (*names, *sorted(record.keys() - set(names)))}


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value)}
    return [_in_order(each) for each in value] if isinstance(value, list) else value


def baseline_record(record: Record) -> Record:
    """What a baseline says of a live record: no secret, nothing that changes by itself, and an order where there is none."""
    kept = {name: value for name, value in canonical(record).items() if name not in NOT_IN_A_BASELINE}
    for (name,) in UNORDERED:
        if isinstance(kept.get(name), list) and all(isinstance(each, str) for each in kept[name]):
            kept[name] = sorted(kept[name])
    cleaned: Record = without_secrets(kept)
    return cleaned


def without_secret_text(text: str) -> str:
    """YAML text for a diff: without the values of fields that are, or look like, passwords.

    A file that speaks of one, in a key or in a comment, is shown without any comment. Raises :class:`DesiredError` where
    it is no YAML, or contains itself, for then nobody knows what is secret in it.
    """
    text = text.removeprefix("\ufeff")
    try:
        spans = sorted(_secrets(yaml.compose(text, Loader=Loader)), key=lambda span: (span[0], -span[1]))
    except (yaml.YAMLError, RecursionError):
        raise DesiredError("it is no valid YAML.") from None
    shown, done = "", 0
    for start, end in spans:
        if start >= done:  # an alias leads to what is hidden already
            shown += text[done:start] + HIDDEN
            done = start + len(text[start:end].rstrip())
    text = shown + text[done:]
    if spans or any(map(_SECRET_WORD.search, _COMMENT.findall(text))):
        text = _COMMENT.sub(f"# {HIDDEN}", text)
    return text


_SECRET_WORD = re.compile("pass(?!thr)|pwd|secret", re.IGNORECASE)  # but passthrough, which fields have
_COMMENT = re.compile(r"(?m)(?<!\S)#.*$")  # or what looks like one, within a text


def _secrets(node: Any) -> Iterator[tuple[int, int]]:
    """Where passwords stand, and keys that look as if one had become a part of them."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None:
                yield key.start_mark.index, key.end_mark.index
                yield from _secrets(value)
            elif _SECRET_WORD.search(name) or difflib.get_close_matches(name.lower(), SECRET_FIELDS, 1, 0.7):
                if not re.fullmatch(r"\w+", name):
                    yield key.start_mark.index, key.end_mark.index
                yield value.start_mark.index, value.end_mark.index
            else:
                yield from _secrets(value)
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _secrets(each)
