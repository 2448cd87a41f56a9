# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoint's own filters and orders, applied to records that were read without them.

Source: the published API reference, "List credential connections". It says that the filter of names ignores the case. It does not
say whether texts with and without accents, or ``ß`` and ``ss``, are equal, nor how names are ordered.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .records import Record


def may_be_listed(record: Record, contains: str | None, profile: str | None) -> bool:
    """Return whether the API may list a connection for the options connection_name_contains and outbound_voice_profile_id.

    Whatever the API may treat as equal is equal here, accents included: a record that the API has listed is not to be refused.
    """
    if contains is not None and _fold(contains) not in _fold(_name(record)):
        return False
    return profile is None or _has_profile(record, profile)


def _has_profile(record: Record, profile: str) -> bool:
    outbound = record.get("outbound")
    found = outbound.get("outbound_voice_profile_id") if isinstance(outbound, dict) else None
    return found is not None and str(found).lstrip("0") == profile.lstrip("0")


def _fold(text: str) -> str:
    """Return the text without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def _name(record: Record) -> str:
    return str(record.get("connection_name") or "")


def filter_and_sort(
    records: Iterable[Record], contains: str | None, profile: str | None, sort: str | None
) -> list[Record]:
    """Return the records that the API lists for these filters, in the order of ``sort``, as far as that is known.

    ``contains``, ``profile`` and ``sort`` are the options connection_name_contains, outbound_voice_profile_id and sort, or ``None``.
    ``records`` are in the order of their creation. Known is that the API ignores the case in ``contains``. Assumed is that it
    does so by Unicode's case folding (``ß`` and ``ss`` are equal) and does not ignore accents, that names are in the order of their
    code points, and that records with the same value are in the order of their ids.
    """
    selected = list(records)
    if contains is not None:
        folded = contains.casefold()
        selected = [record for record in selected if folded in _name(record).casefold()]
    if profile is not None:
        selected = [record for record in selected if _has_profile(record, profile)]
    if sort is None or sort == "created_at":
        return selected
    selected.sort(key=lambda record: str(record["id"]))
    return _sorted(selected, sort, _sort_key)


def in_order(records: list[Record], sort: str) -> list[Record]:
    """Return records of the API in the order of ``sort``, because a server may ignore it; the same list if they are.

    How the API orders names is not known: names that are in order without case, or by their letters and digits alone, stay as they are.
    A record without a value may stand at either end, so such lists stay as they are, too.
    """
    field = sort.lstrip("-")
    if any(record.get(field) is None for record in records):
        return records
    keys = (_sort_key, _fold_value, _letters) if field == "connection_name" else (_sort_key,)
    orders = [_sorted(records, sort, key) for key in keys]
    return records if records in orders else orders[0]


def _sorted(records: list[Record], sort: str, key: Callable[[Any], Any]) -> list[Record]:
    field = sort.lstrip("-")
    return sorted(records, key=lambda record: key(record.get(field)), reverse=sort.startswith("-"))


def _fold_value(value: Any) -> str:
    return _fold(str(value))


def _letters(value: Any) -> str:
    return "".join(filter(str.isalnum, _fold_value(value)))


def _sort_key(value: Any) -> tuple[int, Any]:
    """Return a key that orders values of any types: booleans, then text, then null."""
    if value is None:
        return 2, ""
    return (0, value) if isinstance(value, bool) else (1, str(value))
