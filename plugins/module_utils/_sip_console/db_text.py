# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
r"""Tables of Kamailio's db_text: rows of the role among those of others, which stay as they are, byte for byte.

Source: Kamailio's ``db_text`` module, ``dbt_file.c``: the first line declares the columns, ``:`` ends a field, and a ``\``
is before each ``:`` and ``\`` of a value. An empty field means NULL, which a column must permit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .._errors import SipConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_SECRETS = ("auth_password", "auth_ha1")


class Table:
    """The text of a table: ``columns`` are the names of the columns, ``rows`` the lines after the first."""

    def __init__(self, text: str) -> None:
        self.header, *rows = text.rstrip("\n").split("\n")
        self.rows = rows
        self.columns: list[str] = re.findall(r"(\w+)\s*\([^)]*\)", self.header)

    def fields(self, row: str) -> dict[str, str]:
        """Return the fields of a row, as they stand there, by column; empty if their number is another one."""
        values = re.findall(r"((?:\\.|[^\\:])*):", f"{row}:")
        return dict(zip(self.columns, values)) if len(values) == len(self.columns) else {}

    def row(self, fields: Mapping[str, str]) -> str:
        """Return a row in the order of the columns. Raises :class:`SipConfigError` if a value has no column."""
        missing = [name for name, value in fields.items() if value and name not in self.columns]
        if missing:
            raise SipConfigError(f"its table has no column {', '.join(missing)}")
        return ":".join(fields.get(name, "") for name in self.columns)

    def permit_null(self, rows: list[str]) -> None:
        """Declare that the columns that are empty in a row may be, as the tables that Kamailio comes with do not."""
        for name in {name for row in rows for name, value in self.fields(row).items() if not value}:
            self.header = re.sub(rf"\b({name}\s*\(\w+)\s*\)", r"\1,null)", self.header)

    def is_ours(self, row: str) -> bool:
        """Return whether the role wrote a row of uacreg: its ``l_uuid`` is ``telnyx-`` and its user name."""
        fields = self.fields(row)
        return bool(fields.get("l_username")) and fields.get("l_uuid") == f"telnyx-{fields['l_username']}"

    def redacted(self, hidden: str) -> Iterator[tuple[str, str, str | None]]:
        """Yield each line as it is shown, the row that its password belongs to, and the password; ``None`` if it has none."""
        yield (self.header if self.columns or not self.header else hidden), "", None
        for row in self.rows:
            fields = self.fields(row)
            secret = ":".join(fields.get(name, "") for name in _SECRETS).strip(":")
            shown = ":".join((hidden if value else "") if name in _SECRETS else value for name, value in fields.items())
            yield (shown if fields or not row else hidden), fields.get("l_uuid", ""), secret or None
        yield "", "", None


def merge(name: str, current: str, wanted: str, kept_users: Collection[str]) -> str:
    """Return the table ``uacreg`` or ``version`` with the rows of others, and those that are wanted.

    The rows of ``kept_users`` stay as they are. Raises :class:`SipConfigError`, a part of a sentence about the file, if it is
    no such table or lacks a column.
    """
    if not current.strip():
        return wanted
    return _merge_version(current, wanted) if name == "version" else _merge_uacreg(current, wanted, kept_users)


def _merge_uacreg(current: str, wanted: str, kept_users: Collection[str]) -> str:
    table, new = Table(current), Table(wanted)
    if not {"l_uuid", "l_username", "auth_password"} <= set(table.columns):
        raise SipConfigError("it is not the table uacreg of db_text")
    others, rows = [], {}
    for row in table.rows:
        user = table.fields(row).get("l_username", "")
        if not table.is_ours(row):
            others.append(row)
        elif user in kept_users:
            rows[user] = row
    used = {table.fields(row).get("id") for row in [*others, *rows.values()]}
    number = 0
    for each in new.rows:
        fields = new.fields(each)
        number = next(free for free in range(number + 1, number + len(used) + 2) if str(free) not in used)
        rows[fields["l_username"]] = table.row({**fields, "id": str(number) if "id" in table.columns else ""})
    table.permit_null(list(rows.values()))
    return "\n".join([table.header, *others, *(rows[user] for user in sorted(rows))]) + "\n"


def _merge_version(current: str, wanted: str) -> str:
    table, new = Table(current), Table(wanted)
    if "table_name" not in table.columns:
        raise SipConfigError("it is not the table version of db_text")
    if any(table.fields(row).get("table_name") == "uacreg" for row in table.rows):
        return current
    fields = next(fields for row in new.rows if (fields := new.fields(row))["table_name"] == "uacreg")
    numbers = [int(table.fields(row).get("id") or 0) for row in table.rows]
    fields["id"] = str(max(numbers, default=0) + 1) if "id" in table.columns else ""
    return "\n".join([table.header, *table.rows, table.row(fields)]) + "\n"
