# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup of connections by a term: an id, else a user name, else an exact connection name.

Every process that runs a lookup imports this file, so the errors are imported where one is raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...module_utils._errors import NotFoundError
    from .records import Record

# The fields by which a term names a connection, in the order in which they are tried.
TERM_FIELDS = ("id", "user_name", "connection_name")

NEAREST_MAX = 3

# Finding the names that are nearest to a term takes 0.3 s for 10,000 connections, so no more than this many terms get them.
SUGGESTIONS_MAX = 5


def term_text(value: object) -> str | None:
    """Return the text by which an id or a name is compared, or ``None`` where the value identifies nothing.

    An integer counts as its digits, because YAML reads an unquoted id as a number.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


class Finder:
    """A listing in which connections are found by a term. A subclass keeps the records, in memory or in a file.

    ``meta`` is what the module ``credential_connections_info`` returns about the listing.
    """

    meta: Mapping[str, Any]

    def all(self) -> list[Record]:
        """Return every record, in the order of the listing."""
        raise NotImplementedError

    def get_by(self, field: str, value: object) -> list[Record]:
        """Return the records that have the value in one of :data:`TERM_FIELDS`."""
        raise NotImplementedError

    def get(self, term: object) -> list[Record]:
        """Return the records whose id is the term; if there are none, those with that user name, else those with that name."""
        return self._first_match(term)[1]

    def close(self) -> None:
        """Close what keeps the records."""

    def find(self, term: str) -> Record | None:
        """Return the one connection that the term names, or ``None``. Raises :class:`AmbiguousError`."""
        field, records = self._first_match(term)
        if len(records) > 1:
            from ...module_utils._errors import AmbiguousError

            raise AmbiguousError(term, field, [record["id"] for record in records])
        return records[0] if records else None

    def _first_match(self, term: object) -> tuple[str, list[Record]]:
        for field in TERM_FIELDS:
            records = self.get_by(field, term)
            if records:
                return field, records
        return "", []


class RecordIndex(Finder):
    """A listing in memory. ``normalize`` is applied to the terms and the fields before they are compared."""

    def __init__(
        self, records: Sequence[Record], meta: Mapping[str, Any] | None = None, normalize: Callable[[str], str] = str
    ) -> None:
        self.meta = meta or {}
        self._records = records
        self._normalize = normalize
        self._by_field: dict[str, dict[str, list[Record]]] = {}  # see _values

    def all(self) -> list[Record]:
        """Return every record, in the order of the listing."""
        return list(self._records)

    def get_by(self, field: str, value: object) -> list[Record]:
        """Return the records that have the value in one of :data:`TERM_FIELDS`."""
        text = term_text(value)
        return [] if text is None else self._values(field).get(self._normalize(text), [])

    def _values(self, field: str) -> dict[str, list[Record]]:
        """Return the records by their values of a field. Most callers need only one field of 10,000 records."""
        if field not in self._by_field:
            by_value: dict[str, list[Record]] = {}
            for record in self._records:
                text = term_text(record.get(field))
                if text is not None:
                    by_value.setdefault(self._normalize(text), []).append(record)
            self._by_field[field] = by_value
        return self._by_field[field]


def find_terms(
    finder: Finder, terms: Sequence[str] | None, on_missing: str, warn: Callable[[object], None]
) -> list[Record]:
    """Return the connection that each term names, in the order of the terms; every record if ``terms`` is ``None``.

    ``on_missing`` is ``error``, ``warn`` or ``skip``. Raises :class:`AmbiguousError`, and, with ``error``,
    :class:`NotFoundError`.
    """
    if terms is None:
        return finder.all()
    found = [(term, finder.find(term)) for term in terms]
    missing = [term for term, record in found if record is None]
    if missing and on_missing != "skip":
        names = [] if len(missing) > SUGGESTIONS_MAX else _names(finder.all())
        errors = [_not_found(term, names) for term in missing]
        if on_missing == "error":
            raise errors[0]
        for error in errors:
            warn(error)
    return [record for _term, record in found if record is not None]


def _names(records: Sequence[Record]) -> list[str]:
    """Return the user names and connection names. An id is no name that somebody misspells."""
    texts = (term_text(record.get(field)) for record in records for field in TERM_FIELDS if field != "id")
    return list(dict.fromkeys(text for text in texts if text is not None))


def _not_found(term: str, names: Sequence[str]) -> NotFoundError:
    from ...module_utils._errors import NotFoundError
    from ...module_utils._text import quoted

    hint = (
        _nearest(term, names) or "Names are compared exactly, and only among the connections that the filters select."
    )
    return NotFoundError(f"No credential connection has the id, user name or connection name {quoted(term)}.", hint)


def _nearest(term: str, names: Sequence[str]) -> str:
    """Return a sentence about the names that a term may mean, or an empty string."""
    import difflib

    from ...module_utils._text import quoted

    folded = term.casefold()
    for name in names:
        if name.casefold() == folded:
            return f"The account has {quoted(name)}, which differs in upper and lower case only."
        if "".join(name.casefold().split()) == "".join(folded.split()):
            return f"The account has {quoted(name)}, which differs in spaces."
    by_folded = {name.casefold(): name for name in names}
    similar = [by_folded[each] for each in difflib.get_close_matches(folded, by_folded, NEAREST_MAX)]
    return f"The nearest: {', '.join(map(quoted, similar))}." if similar else ""
