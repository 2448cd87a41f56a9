# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of accepted findings that somebody should look at: what all reports say about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .values import source_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._checks.results import AcceptanceResult

# An entry that expires within this number of days is in every report.
DAYS_BEFORE_EXPIRY = 30


class Review(NamedTuple):
    """An entry to look at: what it selects, where it is written, why it was accepted, and what is the matter with it."""

    entry: str
    place: str
    reason: str
    state: str


def entries_to_review(acceptances: Iterable[AcceptanceResult]) -> list[Review]:
    """Return the entries that no finding needs any more, that have expired, or that expire within 30 days."""
    return [
        Review(
            ", ".join(f"{key} {value}" for key, value in each["selects"].items()),
            source_text(each["source"]) or "option exemptions",
            each["reason"],
            state,
        )
        for each in acceptances
        if (state := _review_text(each))
    ]


def _review_text(entry: AcceptanceResult) -> str:
    """Return what is the matter with an entry, or an empty text."""
    if entry["problem"]:
        return entry["problem"]
    days, count = entry["expires_in_days"], entry["findings"]
    findings = f"{count} finding{'' if count == 1 else 's'}"
    if entry["state"] == "expired":
        return f"expired on {entry['expires']}; " + (
            f"{findings} not accepted" if count else "no finding needs it any more: remove it"
        )
    if entry["state"] == "unused":
        return "no finding needs it any more, so it can be removed"
    if entry["state"] == "outdated":
        return "the finding changed after it was accepted"
    if days is not None and days <= DAYS_BEFORE_EXPIRY:
        left = "today" if days == 0 else f"in {days} day{'' if days == 1 else 's'}"
        return f"expires {left}, on {entry['expires']}; {findings}"
    return ""
