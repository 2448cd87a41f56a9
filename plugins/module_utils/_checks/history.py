# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs of a check, and what is new and what is resolved between two of them (pure functions).

A run with the status ``error`` has no findings, which is not the same as none: nothing is new or resolved by it, and the
next run is compared with the last complete one.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from .fail_on import ERROR
from .results import DRIFT_STATUSES, SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .findings import Finding

# Characters of a name that a run keeps: enough for a text about a finding, whatever the connections are called.
NAME_MAX = 100
# The severities of findings, the most severe first: statuses of connections (drift) and severities of rules (policy).
FINDING_SEVERITIES = {
    "drift": (*DRIFT_STATUSES, "unverifiable"),
    "policy": SEVERITIES,
}

# What the status of a run may be.
RUN_STATUSES = {"drift": ("in_sync", "drift", ERROR), "policy": ("ok", "violations", ERROR)}


class SeenFinding(TypedDict):
    """A finding of a run, with what a text about it needs. ``first_seen`` is a time in UTC (RFC 3339).

    ``severity``, ``kind``, ``what`` and ``id`` are those of :class:`Finding`; ``name`` is shortened text or null.
    """

    fingerprint: str
    first_seen: str
    severity: str
    kind: str
    what: str
    id: str | None
    name: str | None


class ResolvedFinding(SeenFinding):
    """A finding that a run no longer has. ``last_seen`` is the time of the last complete run that had it."""

    last_seen: str


class RunHead(TypedDict):
    """A run without its findings. ``findings`` counts them by severity; it is empty, and ``totals`` null, for an error.

    ``accepted`` has the fingerprints of accepted findings, which are not among the others, with their ``first_seen``.
    """

    check: str
    account: str | None
    generated_at: str
    status: str
    totals: Mapping[str, int] | None
    findings: dict[str, int]
    accepted: dict[str, str]


class Run(NamedTuple):
    """A run: its head, and its findings by their fingerprints, the most severe first."""

    head: RunHead
    findings: dict[str, SeenFinding]

    @property
    def complete(self) -> bool:
        """Whether the check was completed, so that its findings are known."""
        return self.head["status"] != ERROR


class RunComparison(NamedTuple):
    """What differs between two runs: findings of the newer run alone, of the older run alone, and of both."""

    new: list[SeenFinding]
    resolved: list[ResolvedFinding]
    still_there: list[SeenFinding]


def make_run(  # noqa: PLR0913 - the parts of a run
    check: str,
    account: str | None,
    generated_at: str,
    status: str,
    *,
    totals: Mapping[str, int] | None,
    findings: Iterable[Finding],
    accepted: Iterable[str] = (),
    previous: Run | None,
) -> Run:
    """Return a run. ``previous`` is the last complete run, from which findings that are still there have ``first_seen``.

    ``accepted`` are the fingerprints of accepted findings.
    """
    first_seen = {key: each["first_seen"] for key, each in previous.findings.items()} if previous else {}
    first_seen.update(previous.head["accepted"] if previous else {})
    order = FINDING_SEVERITIES[check]
    seen: dict[str, SeenFinding] = {}
    for each in sorted(findings, key=lambda each: order.index(each.severity)):
        seen[each.fingerprint] = {
            "fingerprint": each.fingerprint,
            "first_seen": first_seen.get(each.fingerprint, generated_at),
            "severity": each.severity,
            "kind": each.kind,
            "what": each.what,
            "id": each.id,
            "name": None if each.name is None else str(each.name)[:NAME_MAX],
        }
    counts = Counter(each["severity"] for each in seen.values())
    head: RunHead = {
        "check": check,
        "account": account,
        "generated_at": generated_at,
        "status": status,
        "totals": totals,
        "findings": {severity: counts[severity] for severity in order} if status != ERROR else {},
        "accepted": {key: first_seen.get(key, generated_at) for key in sorted(accepted)},
    }
    return Run(head, seen)


def compare_runs(older: Run | None, newer: Run) -> RunComparison:
    """Compare two complete runs; without an ``older`` one, every finding is new. One that is accepted now is not resolved."""
    before = older.findings if older else {}
    last_seen = older.head["generated_at"] if older else ""
    resolved: list[ResolvedFinding] = [
        {**each, "last_seen": last_seen}
        for each in before.values()
        if each["fingerprint"] not in newer.findings and each["fingerprint"] not in newer.head["accepted"]
    ]
    new = [each for each in newer.findings.values() if each["fingerprint"] not in before]
    still_there = [each for each in newer.findings.values() if each["fingerprint"] in before]
    return RunComparison(new, resolved, still_there)


def is_news(last_status: str | None, status: str, comparison: RunComparison | None) -> bool:
    """Return whether people should be notified of a run.

    They should if the set of findings is not that of the last complete run, or if the status became an error or is no longer
    one. ``last_status`` is the status of the last run, ``None`` for the first one. ``comparison`` is the one with the last
    complete run, ``None`` for an error.
    """
    if (status == ERROR) != (last_status == ERROR):
        return True
    return bool(comparison and (comparison.new or comparison.resolved))
