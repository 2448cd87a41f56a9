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
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["id", *COLUMNS])
    for record in records:
        cells = [_text(record.get("id")), *(_text(column(record)) for column in COLUMNS.values())]
        cells = [cell.replace("\0", visible("\0")) for cell in cells]  # csv refuses NUL before Python 3.11
        writer.writerow(["'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells])
    return file.getvalue()


def _text(value: Any) -> str:
    if value is None:
        return ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _width(text: str) -> int:
    """Return the number of a terminal's columns that the text takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
