# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the records of several entries of desired_files together: what a later entry says replaces what an earlier one says."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import DesiredError
from ...module_utils._text import one_line
from .._checks.equivalence import normalized
from .._records.record_lookup import term_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._checks.desired_records import Desired
    from .._records.records import Record


def layered(entries: Iterable[Sequence[Desired]], match_by: str) -> list[Desired]:
    """Return the desired records of all entries, with their defaults.

    A record of a later entry that has an id is the earlier one with that id; otherwise it is the earlier one with its value of the
    field ``match_by``, if that one has no other id. Mappings are merged, and all other values replaced, also by null; the defaults
    of the files are merged in the same way, and fill what no entry gives. Raises :class:`DesiredError` for two records of one entry
    that are one connection, and for a record without an id that could be several earlier ones.
    """
    found: list[Desired] = []
    for number, entry in enumerate(entries):
        index = _Index(found, match_by)
        claimed: dict[int, Desired] = {}
        new: list[Desired] = []
        for each in entry:
            place = index.place_of(each)
            if place is None:
                new.append(each)
                continue
            other = claimed.setdefault(place, each)
            if other is not each:
                raise DesiredError(f"{each} and {other}: both are one connection.", "Put their fields into one record.")
        _Index(new, match_by, unique=True)
        for place, each in claimed.items():
            found[place] = _merged(found[place], each)
        found += [replace(each, entry=number) for each in new] if number else new
    return [_filled(each) if each.defaults else each for each in found]


class _Index:
    """Finds desired records by their ids, and by the field ``match_by``.

    With ``unique``, the constructor raises :class:`DesiredError` for two records that are one connection.
    """

    def __init__(self, desired: Sequence[Desired], match_by: str, unique: bool = False) -> None:
        self._desired = desired
        self._match_by = match_by
        self._by_id: dict[str, int] = {}
        self._by_value: defaultdict[str, list[int]] = defaultdict(list)
        without_id: dict[str, int] = {}
        for place, each in enumerate(desired):
            identity, value = _text(each.record, "id"), _text(each.record, match_by)
            if identity is not None:
                first, field, shown = self._by_id.setdefault(identity, place), "id", identity
            elif value is not None:
                first, field, shown = without_id.setdefault(value, place), match_by, value
            else:
                continue
            if value is not None:
                self._by_value[value].append(place)
            if unique and first != place:
                raise DesiredError(
                    f"{each} and {desired[first]}: both have the {field} {one_line(shown)!r}.",
                    "Give each its id. A record that replaces fields of another one stands in a later entry of the files.",
                )

    def place_of(self, desired: Desired) -> int | None:
        """Return the place of the record that is the same connection."""
        identity, value = _text(desired.record, "id"), _text(desired.record, self._match_by)
        if identity in self._by_id:
            return self._by_id[identity]
        places = self._by_value.get(value, []) if value is not None else []
        if identity is not None:
            places = [place for place in places if _text(self._desired[place].record, "id") is None]
        if len(places) > 1:
            others = " and ".join(str(self._desired[place]) for place in places[:2])
            raise DesiredError(f"{desired}: it could be {others}.", "Give it the id of the one that is meant.")
        return places[0] if places else None


def _text(record: Any, field: str) -> str | None:
    text = term_text(record.get(field)) if isinstance(record, dict) else None
    return None if text is None else normalized(text)


def _merged(earlier: Desired, later: Desired) -> Desired:
    return replace(
        earlier,
        record=merged(earlier.record, later.record),
        origins=(*later.origins, *earlier.origins),
        defaults=(*later.defaults, *earlier.defaults),
    )


def _filled(desired: Desired) -> Desired:
    """Return a record with the defaults of its files."""
    if not isinstance(desired.record, dict):
        return desired
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
