# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which live connection each desired record describes, also one that was deleted and created again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import DesiredError, OptionError
from ...module_utils._text import one_line
from .._records.record_lookup import TERM_FIELDS, RecordIndex, term_text
from .equivalence import normalized

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._records.records import Record
    from .desired_records import Desired


# The fields by which a connection is recognized that was created again, the first one that finds any.
NAME_FIELDS = ("connection_name", "user_name")


def match_records(desired: Sequence[Desired], live: Sequence[Record], match_by: str) -> list[list[Record]]:
    """Return the live records that each desired one describes: one, none, or several that have the same name.

    A desired record that has an id is matched by it, any other by the field ``match_by``. A connection that is matched by
    its id is not matched by its name again: the record with the id may rename it.

    Raises :class:`DesiredError` for a record without either field and for two records of one connection, and
    :class:`OptionError` for ``match_by``.
    """
    if match_by not in TERM_FIELDS:
        raise OptionError("match_by", f"must be one of {', '.join(TERM_FIELDS)}.")
    index = RecordIndex(live, normalize=normalized)
    ids = [_match_value(each, "id") for each in desired]
    by_id = {id_: each for each, id_ in zip(desired, ids) if id_ is not None}
    by_value: dict[tuple[str, str], Desired] = {}
    matches: list[list[Record]] = []
    for each, id_ in zip(desired, ids):
        field = match_by if id_ is None else "id"
        value = _match_value(each, match_by) if id_ is None else id_
        if value is None:
            or_id = "" if match_by == "id" else " and no id"
            raise DesiredError(f"{each}: it has no {match_by}{or_id}, by which it could be matched.")
        other = by_value.setdefault((field, value), each)
        if other is not each:
            raise DesiredError(
                f"{each} and {other}: both have the {field} {one_line(value)!r}.",
                "Give each its id. A record that replaces fields of another one stands in a later entry of desired_files.",
            )
        candidates = index.get_by(field, value)
        matches.append(_without_claimed(each, candidates, by_id, match_by) if id_ is None else candidates)
    return matches


def match_recreated(names: Sequence[Mapping[str, Any]], unmatched: Sequence[Record]) -> list[Record | None]:
    """Return the live record of each desired connection whose id the account does not have, ``None`` where it is not known.

    ``names`` are the desired connections, with their ``connection_name`` and ``user_name``; ``unmatched`` are the live
    records that are not those of any other desired record. A live record is the connection that was created again if it
    alone has the connection name or, where none has it, the user name, and if no other one of ``names`` fits it.
    """
    index = RecordIndex(unmatched, normalize=normalized)
    candidates = [
        next((found for field in NAME_FIELDS if (found := index.get_by(field, each.get(field)))), []) for each in names
    ]
    claims = Counter(record["id"] for found in candidates for record in found)
    return [found[0] if len(found) == 1 and claims[found[0]["id"]] == 1 else None for found in candidates]


def _without_claimed(
    desired: Desired, candidates: list[Record], by_id: Mapping[str, Desired], match_by: str
) -> list[Record]:
    """Return the candidates that no desired record names by its id.

    Raises :class:`DesiredError` where that leaves none, unless the record with the id renames the connection.
    """
    if not by_id:
        return candidates
    free = [record for record in candidates if record["id"] not in by_id]
    if candidates and not free:
        other = by_id[candidates[0]["id"]]
        if match_by not in other.record or _match_value(other, match_by) == _match_value(desired, match_by):
            raise DesiredError(
                f"{desired} and {other}: both are the connection {one_line(candidates[0]['id'], 64)}.",
                "Put their fields into one record.",
            )
    return free


def _match_value(desired: Desired, field: str) -> str | None:
    """Return the normalized text of a field that records are matched by. Raises :class:`DesiredError`."""
    value = desired.record.get(field)
    text = term_text(value)
    if text is None and value is not None and value != "":
        raise DesiredError(f"{desired}: its {field} is not text.", "Quote it.")
    return None if text is None else normalized(text)
