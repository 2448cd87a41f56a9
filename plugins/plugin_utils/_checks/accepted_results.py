# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results without the findings that are accepted: these are listed apart, with the reasons."""

from __future__ import annotations

from collections import Counter
from itertools import compress
from typing import TYPE_CHECKING

from .acceptance_matching import AcceptanceIndex, Decision, Subject
from .findings import Finding
from .results import DRIFT_STATUSES, SEVERITIES, STATUSES, AcceptedFinding, AcceptedViolation, Change

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from .acceptance import Acceptance
    from .results import AcceptedBy, ComparedConnection, DriftResult, PolicyResult, Violation


def accept_drift(
    result: DriftResult,
    subjects: Sequence[Subject],
    acceptances: Sequence[Acceptance],
    *,
    today: datetime.date,
    account: str | None = None,
) -> list[bool]:
    """Move the accepted findings of a drift check to ``accepted``. ``subjects`` are its connections, in their order.

    A connection without other findings has the status ``accepted`` afterwards; one that was ``recreated``, which is
    accepted, and whose fields differ, is ``drifted``. Of a connection that is in the result twice, because it differs and its
    password cannot be compared, the second item is removed where that is accepted. Return for each connection whether it
    stays. ``today`` is the day in UTC. Raises :class:`AmbiguousError` if an acceptance has the name of several connections.
    """
    index = AcceptanceIndex(acceptances, "drift", subjects, today)
    for connection, subject in zip(result["connections"], subjects):
        result["accepted"] += _accept_connection(connection, subject, index)
    connections = result["connections"]
    kept = [
        place == 0 or each["status"] != "accepted" or each["id"] is None or each["id"] != connections[place - 1]["id"]
        for place, each in enumerate(connections)
    ]
    result["connections"] = list(compress(connections, kept))
    result["acceptances"] = index.results(account)
    count = Counter(each["status"] for each in result["connections"])
    result["totals"] = {status: count[status] for status in STATUSES}
    result["status"] = "drift" if any(count[status] for status in DRIFT_STATUSES) else "in_sync"
    return kept


def _accept_connection(
    connection: ComparedConnection, subject: Subject, index: AcceptanceIndex
) -> list[AcceptedFinding]:
    """Remove the accepted findings of a connection from it, and return them."""
    accepted: list[AcceptedFinding] = []
    status, found = connection["status"], (connection["id"], connection["name"])

    def accept(fingerprint: str, decision: Decision, change: Change | None) -> None:
        if decision.acceptance:
            item: AcceptedFinding = {
                "fingerprint": fingerprint,
                "first_seen": None,
                "id": connection["id"],
                "name": connection["name"],
                "status": status,
                "path": change["path"] if change else None,
                "expected": change["expected"] if change else None,
                "actual": change["actual"] if change else None,
                "state": "unchanged",
                **_accepted_by(decision.acceptance),  # type: ignore[typeddict-item]  # mypy takes its class for one with more keys
            }
            if "source" in connection:
                item["source"] = connection["source"]
            accepted.append(item)

    status_is_accepted = False
    if connection["fingerprint"]:
        decision = index.decide(Finding(connection["fingerprint"], "status", status, status, *found), subject)
        connection["state"] = decision.state
        status_is_accepted = decision.state == "unchanged"
        if status_is_accepted:
            accept(connection["fingerprint"], decision, None)
    remaining = []
    for change in connection["changes"]:
        values = (change["expected"], change["actual"])
        decision = index.decide(
            Finding(change["fingerprint"], "path", change["path"], status, *found, *values), subject
        )
        change["state"] = decision.state
        if decision.state == "unchanged":
            accept(change["fingerprint"], decision, change)
        else:
            remaining.append(change)
    connection["changes"] = remaining
    if status_is_accepted or (status == "drifted" and not remaining):
        connection["status"] = "drifted" if remaining else "accepted"
        connection["fingerprint"] = connection["state"] = connection["remedy"] = None
        connection.pop("old_id", None)
    return accepted


def accept_policy(
    result: PolicyResult,
    subjects: Sequence[Subject],
    acceptances: Sequence[Acceptance],
    *,
    today: datetime.date,
    account: str | None = None,
) -> None:
    """Move the accepted violations of a policy check to ``accepted``. ``subjects`` are the connections of the account.

    ``today`` is the day in UTC. A rule that could not be evaluated is never accepted. Raises :class:`AmbiguousError` if an
    acceptance has the name of several connections.
    """
    index = AcceptanceIndex(acceptances, "policy", subjects, today)
    subject_of_id = {subject.id: subject for subject in subjects}
    violations: list[Violation] = []
    for each in result["violations"]:
        finding = Finding(each["fingerprint"], "rule", each["rule"], each["severity"], each["id"], each["name"])
        decision = index.decide(finding, subject_of_id[str(each["id"])])
        if "evaluated" in each:  # the entry counts as used: the rule may be violated
            decision = Decision("new")
        each["state"] = decision.state
        if decision.acceptance and decision.state == "unchanged":
            accepted: AcceptedViolation = {**each, **_accepted_by(decision.acceptance)}
            result["accepted"].append(accepted)
            continue
        if decision.acceptance and decision.state == "new":
            each["message"] += f" (its acceptance expired on {decision.acceptance.expires})"
        violations.append(each)
    result["violations"] = violations
    result["acceptances"] = index.results(account)
    result["status"] = "violations" if violations else "ok"
    severities = Counter(each["severity"] for each in violations)
    result["totals"].update({severity: severities[severity] for severity in SEVERITIES})
    result["totals"].update(violations=len(violations), accepted=len(result["accepted"]))


def _accepted_by(acceptance: Acceptance) -> AcceptedBy:
    return {
        "reason": acceptance.reason,
        "who": acceptance.who,
        "since": str(acceptance.since) if acceptance.since else None,
        "expires": str(acceptance.expires) if acceptance.expires else None,
    }
