# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoint's own filters and orders, applied to records that were read without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .records import Record


def has_profile(record: Record, profile: str) -> bool:
    """Return whether a connection uses the outbound voice profile with this id."""
    outbound = record.get("outbound")
    found = outbound.get("outbound_voice_profile_id") if isinstance(outbound, dict) else None
    return found is not None and str(found).lstrip("0") == profile.lstrip("0")


def select(records: Iterable[Record], contains: str | None, profile: str | None, sort: str | None) -> list[Record]:
    """Return the records that the API lists for these filters, in the order of ``sort``.

    ``contains``, ``profile`` and ``sort`` are the options connection_name_contains, outbound_voice_profile_id and sort, or ``None``.
    ``records`` are in the order of their creation. The API ignores the case in ``contains`` (source: the published API
    reference, "List credential connections"). It documents neither the order of names, here that of their code points, nor
    that of records with the same value, here that of their ids.
    """
    selected = list(records)
    if contains is not None:
        folded = contains.casefold()
        selected = [record for record in selected if folded in str(record.get("connection_name") or "").casefold()]
    if profile is not None:
        selected = [record for record in selected if has_profile(record, profile)]
    if sort is None or sort == "created_at":
        return selected
    selected.sort(key=lambda record: str(record["id"]))
    field = sort.lstrip("-")
    selected.sort(key=lambda record: _sort_key(record.get(field)), reverse=sort.startswith("-"))
    return selected


def _sort_key(value: Any) -> tuple[int, Any]:
    """Return a key that orders values of any types: booleans, then text, then null."""
    if value is None:
        return 2, ""
    return (0, value) if isinstance(value, bool) else (1, str(value))
