# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of accepted findings that somebody should look at: what all reports say about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._checks.results import AcceptanceResult
    from .model import Model

# An entry that expires within this number of days is in every report.
DAYS_BEFORE_EXPIRY = 30


def entries_to_review(model: Model) -> list[AcceptanceResult]:
    """Return the entries that no finding needs any more, that have expired, or that expire within 30 days."""
    return [each for each in model["acceptances"] if review_text(each)]


def review_text(entry: AcceptanceResult) -> str:
    """Return what is the matter with an entry, or an empty text."""
    if "problem" in entry:
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


def selected_text(entry: AcceptanceResult) -> str:
    """Return what an entry selects: ``rule srtp_required, connection_name Berlin PBX``."""
    return ", ".join(f"{key} {value}" for key, value in entry["selects"].items())


def source_text(entry: AcceptanceResult) -> str:
    """Return where an entry is written: ``accepted.yml, line 3``, or that it is an exemption."""
    return f"{entry['source']['file']}, line {entry['source']['line']}" if "source" in entry else "option exemptions"


def review_lines(model: Model) -> list[str]:
    """Return a line for each entry to look at."""
    return [
        f"Accepted: {selected_text(each)} ({source_text(each)}): {review_text(each)}"
        for each in entries_to_review(model)
    ]
