# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a YAML list of records line by line, where its lines are as in a baseline.

PyYAML parses each different value once: reading 10,000 connections takes 0.5 s of processor time, and 1.5 s if PyYAML parses the
whole text. Records with other lines, such as a vaulted password, are parsed by PyYAML one by one, and any other text must be
parsed as a whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Callable, Optional

import yaml
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.fields import REFERENCE, TEXT, Field
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_tags import STR

if TYPE_CHECKING:
    from collections.abc import Sequence

# Comments and the marker of the document, before a list.
_HEADING = re.compile(r"(?:(?:#[ -~]*)?\n)*(?:---\n)?(?:(?:#[ -~]*)?\n)*(?=- )")
# YAML has more line breaks than "\n", and a byte order mark is not part of a value.
_OTHER_BREAKS = "\r\x85\u2028\u2029\ufeff"
# A value that ends on its line: text in quotes, a list in brackets, or text that does not begin with an indicator of YAML.
_VALUE = r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|\[[A-Za-z0-9_., ]*\]|(?:[^]\s\-?:,[{}#&*!|>'"%@`]|[-?:](?=\S)).*"""
# A field of a record (its first one after a dash), a field of a mapping in a record, or an element of a list in either.
_LINE = re.compile(
    rf"(?P<indent>- |  |    )(?P<key>[A-Za-z_][A-Za-z0-9_]{{0,99}}):(?: (?P<value>{_VALUE}))?"
    rf"|(?P<dash>  - |    - )(?P<element>{_VALUE})"
)
_INNER = "    "
# If more than this part of the records is not simple, the whole text is parsed faster at once.
_OTHERS_MAX = 0.1

# A line below a key of a record: its dash, or its key; the value; and whether it has none.
_Inner = tuple[Optional[str], Optional[str], Any, bool]


class NotSimpleError(Exception):
    """The text must be parsed as a whole."""


class LineReader:
    """Reads records. ``parse`` returns the nodes of a YAML list, and ``value_of`` the value of a node by its field reference."""

    def __init__(self, parse: Callable[[str], Sequence[Any]], value_of: Callable[[Any, Any], Any]) -> None:
        self._parse = parse
        self._value_of = value_of
        # The key and the value of each line with a field of a record, and whether the line has no value.
        self._fields: dict[str, tuple[str, Any, bool]] = {}
        # The dash or the key, and the node, of each other line.
        self._inner: dict[str, tuple[str | None, str | None, Any]] = {}
        # These lines as they are read below the keys of a record and of a mapping in it.
        self._inner_values: dict[tuple[str, str, str], _Inner] = {}

    def records(self, text: str) -> list[tuple[Any, int]]:
        """Return the records with their lines, which count from 1.

        Raises :class:`NotSimpleError`, and the errors of ``parse`` and ``value_of``, which do not know the right lines.
        """
        heading = _HEADING.match(text)
        if not heading or any(each in text for each in _OTHER_BREAKS):
            raise NotSimpleError
        lines = text[heading.end() :].removesuffix("\n").split("\n")
        self._read_lines(set(lines))
        first = text.count("\n", 0, heading.end()) + 1
        starts = [place for place, line in enumerate(lines) if line.startswith("-")]
        parts = [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)])]
        records = [self._simple_record(part) for part in parts]
        if records.count(None) > _OTHERS_MAX * len(records):
            raise NotSimpleError
        return [
            (self._parsed_record(part) if record is None else record, first + start)
            for record, part, start in zip(records, parts, starts)
        ]

    def _read_lines(self, lines: set[str]) -> None:
        """Parse the keys and values of all lines together, as one list. Other lines, and those that are not valid, are left out."""
        found = [match for line in lines if (match := _LINE.fullmatch(line))]
        texts = list({text for match in found for text in match.group("key", "value", "element") if text})
        nodes = self._parse("".join(f"- {text}\n" for text in texts))
        if len(nodes) != len(texts):
            raise NotSimpleError
        node_of = {text: node for text, node in zip(texts, nodes) if not isinstance(node, yaml.MappingNode)}
        for match in found:
            key, text = match["key"], match["value"] or match["element"]
            if (key and node_of[key].tag != STR) or (text and text not in node_of):
                continue
            node = node_of[text] if text else None
            if key and match["indent"] != _INNER:
                self._fields[match[0]] = key, self._value(node, REFERENCE.get(key)), node is None
            else:
                self._inner[match[0]] = match["dash"], key, node

    def _value(self, node: Any, reference: Any) -> Any:
        return None if node is None else self._value_of(node, reference)

    def _simple_record(self, lines: Sequence[str]) -> dict[str, Any] | None:
        """Return a record, or ``None`` if it is not simple."""
        record: dict[str, Any] = {}
        parent = ""  # a key without a value
        inner = ""  # the same in the mapping that is the value of ``parent``
        list_dash = None
        for line in lines:
            if field := self._fields.get(line):
                key, value, is_parent = field
                if key in record:
                    return None
                record[key] = value
                parent, inner, list_dash = key if is_parent else "", "", None
                continue
            found = self._inner_values.get((parent, inner, line)) or self._read_inner(parent, inner, line)
            if not found:
                return None
            dash, inner_key, value, is_parent = found
            if inner_key:
                mapping = record[parent]
                if mapping is None:
                    mapping = record[parent] = {}
                if not isinstance(mapping, dict) or inner_key in mapping:
                    return None
                mapping[inner_key] = value
                inner, list_dash = inner_key if is_parent else "", None
                continue
            holder, key = (record[parent], inner) if inner and dash == "    - " else (record, parent)
            if holder[key] is None:
                holder[key], list_dash = [], dash
            if dash != list_dash:
                return None
            holder[key].append(value)
        return record

    def _read_inner(self, parent: str, inner: str, line: str) -> _Inner | None:
        """Read a line below the keys ``parent`` and ``inner``; return ``None`` if it is not simple, or below none."""
        if not parent or line not in self._inner:
            return None
        dash, key, node = self._inner[line]
        reference: Any = REFERENCE.get(parent)
        if key or inner:
            reference = reference.get(key or inner) if isinstance(reference, dict) else None
        if not key:
            reference = TEXT if isinstance(reference, Field) and reference.type == "list" else None
        found = dash, key, self._value(node, reference), node is None
        self._inner_values[parent, inner, line] = found
        return found

    def _parsed_record(self, lines: Sequence[str]) -> Any:
        """Return a record that is parsed on its own: it must be complete, and must not refer to another one."""
        text = "\n".join(lines) + "\n"
        if "&" in text or "*" in text or any(line.startswith(("---", "...")) for line in lines):
            raise NotSimpleError
        nodes = self._parse(text)
        if len(nodes) != 1:
            raise NotSimpleError
        return self._value_of(nodes[0], REFERENCE)
