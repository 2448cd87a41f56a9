# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Split a YAML list of records, as a baseline is, into its lines, so that PyYAML reads each different scalar only once.

A record is simple if each of its lines is a comment, a key with or without a scalar, or an item of a list that is a scalar.
It has two levels of mappings at most, as connections have. All other YAML is left to PyYAML.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, Union

if TYPE_CHECKING:
    from collections.abc import Iterable

# Neither line breaks nor anything else that is not printed.
_CHAR = r"[^\x00-\x1f\x7f-\xa0\xad\u2000-\u206f\ud800-\uf8ff\ufe00-\uffff'\"\\]"
_LETTER = r"\w\u00c0-\u04ff\u3040-\u9fff"  # Latin, Greek, Cyrillic, and those of East Asia
_WORD = rf"[{_LETTER}+/.,()@=!?;*%$<>|~&\[\]{{}}'\"-]"
# A scalar that ends on its line, whatever the next line is, if that is not indented more.
_SCALAR = (
    rf"(?:!unsafe )?'(?:{_CHAR}|[\"\\]|'')*'|(?:!unsafe )?\"(?:{_CHAR}|'|\\[^\n])*\""
    rf"|(?!_)[{_LETTER}+/](?:{_WORD}|:(?={_WORD})| (?={_WORD}))*|\[\]|\{{\}}"
)
_LINE = re.compile(rf"( *)(- )?(?:([A-Za-z_][A-Za-z0-9_]*):(?: ({_SCALAR}))?|({_SCALAR}))", re.ASCII)
_OTHER_BREAK = re.compile("[\r\x85\u2028\u2029\ufeff]")
_COMMENT = re.compile(" *(#.*)?")
_RECORD_INDENT, _FIELD_INDENT = 2, 4


class _Line(NamedTuple):
    """A line: how far it is indented, whether a dash follows, and its key and scalar or its item, else ``None``."""

    indent: int
    dash: bool
    key: str | None
    scalar: str | None
    item: str | None


class _Lines(dict[str, Union[_Line, None]]):
    """The parsed lines, ``None`` for a comment. Most lines of a file are repeated, and a known line costs little.

    Raises :class:`ValueError` for a line that is not simple.
    """

    def __missing__(self, line: str) -> _Line | None:
        found = _LINE.fullmatch(line)
        if not found and not _COMMENT.fullmatch(line):
            raise ValueError("not simple")
        parsed = _Line(len(found[1]), bool(found[2]), found[3], found[4], found[5]) if found else None
        self[line] = parsed
        return parsed


class Chunk(NamedTuple):
    """A record: its first line, from 1, its fields, and its text.

    The values of the fields are the sources of scalars, ``None`` where there is nothing, and lists and dicts of these.
    ``fields`` is ``None`` if the record is not simple.
    """

    line: int
    fields: dict[str, Any] | None
    text: str


def split_records(text: str) -> list[Chunk] | None:
    """Return the records of a text that is a YAML list, or ``None`` if PyYAML must read it as a whole.

    The lines of each record are a valid list of one record, or not valid at all.
    """
    if _OTHER_BREAK.search(text):
        return None
    starts: list[int] = []
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if line.startswith("- "):
            starts.append(place)
        elif not line.startswith(("  ", "#")) and line and (line != "---" or starts):
            return None  # such as the end of a document, or of a text in quotes that began on an earlier line
        elif not starts and line.startswith(" "):
            return None
    if not starts or lines[: starts[0]].count("---") > 1:
        return None
    parsed = _Lines()
    chunks = []
    for start, end in zip(starts, [*starts[1:], len(lines)]):
        chunk = lines[start:end]
        try:
            fields = _fields([found for each in chunk if (found := parsed[each])])
        except ValueError:
            fields = None
        chunks.append(Chunk(start + 1, fields, "\n".join(chunk) + ("\n" if end < len(lines) else "")))
    return chunks


def _fields(lines: Iterable[_Line]) -> dict[str, Any]:
    """Return the fields of a record. Raises :class:`ValueError` if it is not simple."""
    record: dict[str, Any] = {}
    mapping: dict[str, Any] | None = None  # that the last field of the record is
    last: tuple[dict[str, Any], str, int] | None = None  # the mapping, key and indent of a key without a scalar
    items: int | None = None  # the indent of the items of its list
    for indent, dash, key, scalar, item in lines:
        width = indent + (2 if dash else 0)
        if key is None:
            if not dash or last is None:
                raise ValueError("not simple")
            into, name, above = last
            if items is None and into[name] is None and indent in (above, above + 2):
                into[name], items = [], indent
            if indent != items:
                raise ValueError("not simple")
            into[name].append(item)
            continue
        if dash and record:
            raise ValueError("not simple")
        if width == _RECORD_INDENT:
            target, mapping = record, None
        elif width == _FIELD_INDENT:
            if mapping is None:
                if last is None or last[0] is not record or record[last[1]] is not None:
                    raise ValueError("not simple")
                mapping = record[last[1]] = {}
            target = mapping
        else:
            raise ValueError("not simple")
        if key in target:
            raise ValueError("not simple")
        target[key] = scalar
        last, items = (target, key, width) if scalar is None else None, None
    return record
