# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of the checks as plain data: what their modules return and their reports show."""

from __future__ import annotations

from typing import Any, Optional, TypedDict

# The statuses of a connection in a drift check.
STATUSES = ("in_sync", "drifted", "missing", "recreated", "unexpected", "unverifiable", "accepted")

# Those of them that are drift.
DRIFT_STATUSES = ("drifted", "missing", "recreated", "unexpected")

# The severities of a policy rule, the most severe first.
SEVERITIES = ("critical", "high", "medium", "low")


class Source(TypedDict):
    """Where a desired record is written. ``line`` counts from 1."""

    file: str
    line: int | None


class _HasSource(TypedDict, total=False):
    source: Source


class _HasOldId(TypedDict, total=False):
    old_id: str


class _HasUrl(TypedDict, total=False):
    url: str


class _MayBeUnevaluated(TypedDict, total=False):
    evaluated: bool


class _HasFirstSeen(TypedDict):
    first_seen: str | None  # a time in UTC (RFC 3339); null if the check has no history, and for what is accepted


class Who(TypedDict):
    """Who made a change, by the audit log: a role such as ``account_owner``, and a user."""

    change_made_by: str | None
    user_id: str | None


# ``from`` is the earlier value, with secrets hidden; ``when`` is UTC, ISO 8601; ``event`` is the id of the audit event.
# With the state ``unknown``, they are those of the last event that the log has for it, if there is one. ``reason`` is a
# sentence about what is not known, and why; ``unavailable`` means that the log could not be read.
Attribution = TypedDict(
    "Attribution",
    {
        "state": str,
        "who": Optional[Who],
        "when": Optional[str],
        "from": Any,
        "event": Optional[str],
        "reason": Optional[str],
    },
)


class Change(_HasFirstSeen):
    """A field that differs. ``path`` is, for example, ``inbound.codecs``; secrets are hidden.

    ``state`` is ``new``, or ``updated`` where another value was accepted. ``remedy`` is what to do, as a sentence.
    ``attribution`` is null if the audit log was not asked for.
    """

    fingerprint: str
    state: str
    path: str
    expected: Any
    actual: Any
    remedy: str
    attribution: Attribution | None


class ComparedConnection(_HasSource, _HasOldId, _HasUrl, _HasFirstSeen):
    """A desired or live connection and its status, one of :data:`STATUSES`.

    ``id`` is null for a desired connection that has none and was not found. ``name`` is the connection name, which may be
    any JSON value. ``fingerprint``, ``state`` and ``remedy`` are null for ``in_sync`` and ``accepted``, and for ``drifted``,
    where each change has them. Only a connection that is ``recreated`` has ``old_id``, the id of the desired record;
    ``changes`` does not list its id. ``url`` is the address of its page, if the caller has a pattern for it.
    ``updated_at`` is that of the live connection, as the API returns it. ``attribution`` is null where ``fingerprint`` is, and if
    the audit log was not asked for. A connection with differences whose password cannot be compared is there twice, the second
    time as ``unverifiable``.
    """

    fingerprint: str | None
    state: str | None
    remedy: str | None
    id: str | None
    name: Any
    status: str
    changes: list[Change]
    updated_at: str | None
    attribution: Attribution | None


class AcceptedBy(TypedDict):
    """Why a finding is accepted, and who did it, when, and until which day (as in 2027-03-31, inclusive, UTC)."""

    reason: str
    who: str | None
    since: str | None
    expires: str | None


class AcceptedFinding(AcceptedBy, _HasSource, _HasUrl, _HasFirstSeen):
    """A finding of a drift check that is accepted: a change, or, where ``path`` is null, the ``status`` of the connection."""

    fingerprint: str
    state: str
    id: str | None
    name: Any
    status: str
    path: str | None
    expected: Any
    actual: Any


class _MayHaveProblem(TypedDict, total=False):
    problem: str


class AcceptanceResult(AcceptedBy, _HasSource, _MayHaveProblem):
    """An entry that accepts findings. ``selects`` are its keys that say which, and ``findings`` is their number.

    ``fingerprint`` is that of the finding, or null if the entry may be about several. ``state`` is ``used``, ``outdated``
    (only findings with other values match), ``unused`` (no finding needs it), ``expired``, or ``incomplete``: it accepts nothing,
    and ``problem`` says what to add.
    """

    selects: dict[str, str]
    fingerprint: str | None
    expires_in_days: int | None
    findings: int
    state: str


class DriftResult(TypedDict):
    """The result of a drift check. ``status`` is ``in_sync`` or ``drift``; ``totals`` counts connections by status."""

    status: str
    totals: dict[str, int]
    connections: list[ComparedConnection]
    accepted: list[AcceptedFinding]
    acceptances: list[AcceptanceResult]


class Violation(_HasSource, _HasUrl, _MayBeUnevaluated, _HasFirstSeen):
    """A rule that a connection, with ``id`` and ``name``, violates.

    ``state`` is ``new``, or ``updated`` where it was accepted with a lower severity. ``remedy`` is what to do. Only a
    violation by a rule that could not be evaluated has ``evaluated``, which is false.
    """

    fingerprint: str
    state: str
    rule: str
    severity: str
    id: str
    name: Any
    message: str
    remedy: str


class AcceptedViolation(Violation, AcceptedBy):
    """A violation that is accepted; its ``state`` is ``unchanged``."""


class RuleResult(TypedDict):
    """A rule that was evaluated. ``applied_to`` is the number of connections for which its ``when`` is true."""

    id: str
    severity: str
    description: str
    help: str
    applied_to: int


class PolicyResult(TypedDict):
    """The result of a policy check. ``status`` is ``ok`` or ``violations``; the most severe violations come first.

    ``totals`` counts ``connections``, ``rules``, ``violations``, ``accepted``, ``errors`` (rules that could not be evaluated
    for a connection), and the violations of each severity.
    """

    status: str
    totals: dict[str, int]
    violations: list[Violation]
    accepted: list[AcceptedViolation]
    acceptances: list[AcceptanceResult]
    rules: list[RuleResult]
