# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections as a table for people: as lines of text, and as CSV."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Callable, TypeVar

from ansible.errors import AnsibleFilterError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import visible

T = TypeVar("T")
Column = Callable[[Mapping[str, Any]], Any]


def _limits(record: Mapping[str, Any]) -> str:
    """Channel limits, inbound/outbound."""
    sides = (_part(record, side).get("channel_limit") for side in ("inbound", "outbound"))
    return "/".join("none" if limit is None else str(limit) for limit in sides)


def _part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = record.get(name)
    return part if isinstance(part, Mapping) else {}


def _codecs(record: Mapping[str, Any]) -> str:
    codecs = _part(record, "inbound").get("codecs")
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


def as_filter(function: Callable[[Sequence[Mapping[str, Any]]], T]) -> Callable[[Any], T]:
    """Make a filter of a function, which raises ``AnsibleFilterError`` where its input is no list of records."""

    def checked(connections: Any) -> T:
        if isinstance(connections, (list, tuple)) and all(isinstance(each, Mapping) for each in connections):
            return function(connections)
        raise AnsibleFilterError("siptrunk.telnyx: the filter takes a list of connections.")

    return checked


def table_lines(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a heading and a line for each record, in columns that stand below each other in a terminal."""
    rows = [list(COLUMNS)] + [[visible(_text(column(record))) for column in COLUMNS.values()] for record in records]
    widths = [max(_width(row[place]) for row in rows) for place in range(len(COLUMNS))]
    return ["  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths)).rstrip() for row in rows]


def csv_text(records: Sequence[Mapping[str, Any]]) -> str:
    """Return the same columns and the id as CSV (RFC 4180, with LF).

    A cell that a spreadsheet would take for a formula gets an apostrophe before it; the JSON and YAML of the records
    are the ones to read by machine.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["id", *COLUMNS])
    for record in records:
        cells = [_text(record.get("id")), *(_text(column(record)) for column in COLUMNS.values())]
        cells = [cell.replace("\0", visible("\0")) for cell in cells]  # which csv refuses before Python 3.11
        writer.writerow(["'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells])
    return file.getvalue()


def _text(value: Any) -> str:
    if value is None:
        return ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _width(text: str) -> int:
    """Columns that the text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
