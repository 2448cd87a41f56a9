# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of results, and the plain data beside the findings."""

from __future__ import annotations

from typing import TypedDict

# The statuses of drift, the most severe first, and those of a finding; ``unverifiable`` does not count as drift.
DRIFT_STATUSES = ("missing", "recreated", "ambiguous", "drifted", "unexpected")
FINDING_STATUSES = (*DRIFT_STATUSES, "unverifiable")

# The statuses of a connection in a drift check: of its most severe finding, or that all of them are accepted, or that there is none.
STATUSES = (*FINDING_STATUSES, "accepted", "in_sync")

# The severities of a policy rule, the most severe first.
SEVERITIES = ("critical", "high", "medium", "low")
# How findings are sorted and counted, by check.
RANKS = {"drift": FINDING_STATUSES, "policy": SEVERITIES}


class Source(TypedDict):
    """Where a desired value is written. ``line`` counts from 1; it is ``None`` in JSON files."""

    file: str
    line: int | None


class AcceptedBy(TypedDict):
    """Why a finding is accepted, and who did it, when, and until which day (as in 2027-03-31, inclusive, UTC)."""

    reason: str
    who: str | None
    since: str | None
    expires: str | None


class AcceptanceResult(AcceptedBy):
    """An entry that accepts findings. ``selects`` are its keys that say which, and ``findings`` is their number.

    ``state`` is ``used``, ``outdated``
    (only findings with other values match), ``unused`` (no finding needs it), ``expired``, or ``incomplete``: it accepts nothing,
    and ``problem`` says what to add. ``source`` is null for an exemption.
    """

    selects: dict[str, str]
    expires_in_days: int | None
    findings: int
    state: str
    problem: str | None
    source: Source | None


class RuleResult(TypedDict):
    """A rule that was evaluated.

    ``holds`` is the sentence for a rule without violations, and ``applied_to`` the number of connections for which its ``when`` is true.
    """

    id: str
    severity: str
    description: str
    holds: str
    help: str
    applied_to: int
