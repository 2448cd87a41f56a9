# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the records of several entries of desired_files together: what a later entry says replaces what an earlier one says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import DesiredError
from .._checks.equivalence import normalized
from .._records.record_lookup import RecordIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._checks.desired_records import Desired
    from .._records.records import Record


def layered(entries: Iterable[Sequence[Desired]], match_by: str) -> list[Desired]:
    """Return the desired records of all entries, with their defaults.

    A record of a later entry that has an id is the earlier one with that id; otherwise it is the earlier one with its value of the
    field ``match_by``, if that one has no other id. Mappings are merged, and all other values replaced, also by null; the defaults
    of the files are merged in the same way, and fill what no entry gives. Raises :class:`DesiredError` for two records of a later entry
    that are one earlier connection, and for a record without an id that could be several earlier ones.
    """
    found: list[Desired] = []
    for number, entry in enumerate(entries):
        index = RecordIndex([each.record for each in found], normalize=normalized)
        places = {id(each.record): place for place, each in enumerate(found)}
        claimed: dict[int, Desired] = {}
        for each in entry:
            earlier = [places[id(record)] for record in _earlier(each.record, index, match_by)]
            if not earlier:
                found.append(replace(each, entry=number) if number else each)
                continue
            if len(earlier) > 1:
                others = " and ".join(str(found[place]) for place in earlier[:2])
                raise DesiredError(f"{each}: it could be {others}.", "Give it the id of the one that is meant.")
            other = claimed.setdefault(earlier[0], each)
            if other is not each:
                raise DesiredError(f"{each} and {other}: both are one connection.", "Put their fields into one record.")
        for place, each in claimed.items():
            found[place] = _merged(found[place], each)
    return [_filled(each) if each.defaults else each for each in found]


def _earlier(record: Record, index: RecordIndex, match_by: str) -> list[Record]:
    """Return the earlier records that may be the same connection."""
    by_id = index.get_by("id", record.get("id"))
    if by_id:
        return by_id[:1]
    same = index.get_by(match_by, record.get(match_by))
    return [each for each in same if not each.get("id")] if record.get("id") else same


def _merged(earlier: Desired, later: Desired) -> Desired:
    return replace(
        earlier,
        record=merged(earlier.record, later.record),
        origins=(*later.origins, *earlier.origins),
        defaults=(*later.defaults, *earlier.defaults),
    )


def _filled(desired: Desired) -> Desired:
    """Return a record with the defaults of its files."""
    record: Record = {}
    for each in (*reversed(desired.defaults), None):
        record = merged(record, desired.record if each is None else each.fields)
    return replace(desired, record=record)


def merged(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> Record:
    """Return a mapping with the values of both: mappings are merged, at every depth, and the later one has all other values."""
    result = dict(earlier)
    for name, value in later.items():
        below = result.get(name)
        result[name] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result
