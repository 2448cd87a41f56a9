# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections as a table for people to read, as lines of text and as CSV."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ...module_utils._text import visible

Column = Callable[[Mapping[str, Any]], Any]


def _limits(record: Mapping[str, Any]) -> str:
    """Return the channel limits, inbound/outbound."""
    limits = (_section(record, side).get("channel_limit") for side in ("inbound", "outbound"))
    return "/".join("none" if limit is None else str(limit) for limit in limits)


def _section(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = record.get(name)
    return section if isinstance(section, Mapping) else {}


def _codecs(record: Mapping[str, Any]) -> str:
    codecs = _section(record, "inbound").get("codecs")
    return ",".join(map(str, codecs)) if isinstance(codecs, (list, tuple)) else ""


COLUMNS: dict[str, Column] = {
    "name": lambda record: record.get("connection_name"),
    "user": lambda record: record.get("user_name"),
    "active": lambda record: record.get("active"),
    "anchorsite": lambda record: record.get("anchorsite_override"),
    "codecs": _codecs,
    "srtp": lambda record: record.get("encrypted_media") or "no",
    "limits": _limits,
    "password": lambda record: record.get("password_status"),
}


def table_lines(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a heading and a line for each record, with columns that are aligned in a terminal."""
    rows = [list(COLUMNS)] + [[visible(_text(column(record))) for column in COLUMNS.values()] for record in records]
    widths = [max(map(_width, cells)) for cells in zip(*rows)]
    return ["  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths)).rstrip() for row in rows]


def csv_text(records: Sequence[Mapping[str, Any]]) -> str:
    """Return the id and the same columns as CSV (RFC 4180, but with LF).

    A cell that a spreadsheet would read as a formula gets an apostrophe before it. Programs should read the records as
    JSON or YAML instead.
    """
    rows = ([record.get("id"), *(column(record) for column in COLUMNS.values())] for record in records)
    return "".join(map(_csv_line, [["id", *COLUMNS], *rows]))


# What begins a formula, also as a full-width character, or is skipped by a spreadsheet before one.
_BEFORE_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def _csv_line(values: Sequence[Any]) -> str:
    cells = [_text(value).replace("\0", visible("\0")) for value in values]  # csv refuses NUL before Python 3.11
    cells = ["'" + cell if cell.startswith(_BEFORE_FORMULA) else cell for cell in cells]
    file = io.StringIO()
    # With this line end, a cell with a carriage return is quoted on every Python.
    csv.writer(file, lineterminator="\r\n").writerow(cells)
    return file.getvalue()[:-2] + "\n"


def _text(value: Any) -> str:
    if value is None:
        return ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _width(text: str) -> int:
    """Return the number of a terminal's columns that the text takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
