# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup of connections by a term: an id, else a user name, else an exact connection name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from ...module_utils._errors import AmbiguousError, NotFoundError
from ...module_utils._text import one_line
from .._reading.argument_spec import TERM_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .records import Record


def term_text(value: object) -> str | None:
    """Return the text by which an id or a name is compared, or ``None`` where the value identifies nothing.

    An integer counts as its digits, because YAML reads an unquoted id as a number.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


class RecordIndex:
    """Looks up connections by a term: an id, else a user name, else an exact connection name.

    ``meta`` are the numbers about the listing. ``normalize`` is applied to the terms and the fields before they are compared.
    """

    def __init__(
        self,
        records: Sequence[Record],
        meta: Mapping[str, int | str | None] | None = None,
        normalize: Callable[[str], str] = str,
    ) -> None:
        self.meta = dict(meta or {})
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

    def get(self, term: object) -> list[Record]:
        """Return the records whose id is the term; if there are none, those with that user name, else those with that name."""
        return self._first_match(term)[1]

    def find(self, term: str) -> Record:
        """Return the one connection that the term names. Raises :class:`NotFoundError` and :class:`AmbiguousError`."""
        field, records = self._first_match(term)
        if len(records) > 1:
            raise AmbiguousError.of_term(term, field, [record["id"] for record in records])
        if records:
            return records[0]
        raise NotFoundError(
            f"No credential connection has the id, user name or connection name {one_line(term)!r}.",
            "Names are compared exactly, and only among the connections that the filters select.",
        )

    def _first_match(self, term: object) -> tuple[str, list[Record]]:
        for field in TERM_FIELDS:
            records = self.get_by(field, term)
            if records:
                return field, records
        return "", []


def find_terms(
    terms: Sequence[str], find: Callable[[str], Record], on_missing: str, warn: Callable[[str], None]
) -> list[Record]:
    """Return the connection that each term names, in the order of the terms; ``find`` looks up one.

    ``on_missing`` is ``error``, ``warn`` or ``skip``. Raises :class:`AmbiguousError`, and, with ``error``,
    :class:`NotFoundError`.
    """
    records = []
    for term in terms:
        try:
            records.append(find(term))
        except NotFoundError as exc:
            if on_missing == "error":
                raise
            if on_missing == "warn":
                warn(str(exc))
    return records
