# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a check, which every format only reads. It contains no secrets.

The JSON report is what :meth:`Report.as_dict` returns, and ``docs/report.schema.json`` is its schema.
"""

from __future__ import annotations

import datetime
import os
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .._api.version import VERSION
from .._checks.acceptance_matching import accept
from .._checks.fail_on import ERROR, OUTCOMES
from .._checks.findings import FORMAT_VERSION
from .._checks.results import DRIFT_STATUSES, FINDING_STATUSES, RANKS, STATUSES
from .._checks.since import since
from .._records.subset import select_subset
from .places import located
from .values import Group, grouped, status_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._checks.acceptance import Acceptance
    from .._checks.findings import Connection, Finding, Outcome
    from .._checks.results import AcceptanceResult, RuleResult, Source
    from .._checks.since import Previous

GENERATOR = {"name": "siptrunk.telnyx", "version": VERSION}
# The exit code that status.json suggests to a pipeline: ansible-playbook itself ends with 2 for drift and for an error.
EXIT_CODES = {"in_sync": 0, "ok": 0, "drift": 2, "violations": 2, "error": 1}
# The variables in which GitHub Actions, GitLab CI and Jenkins give the commit that a job checks out (their documentation).
COMMIT_VARIABLES = ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT")


@dataclass(frozen=True)
class Account:
    """What was checked: the API's address and the number of its connections, both unknown after some errors; the label.

    ``read_at`` is when the account was read for the snapshot file that was checked (RFC 3339, UTC), ``None`` without one. ``selection``
    is the subset that was checked, ``None`` for the whole account.
    """

    label: str | None = None
    api_url: str | None = None
    connections: int | None = None
    read_at: str | None = None
    selection: Mapping[str, Sequence[str]] | None = None


@dataclass(frozen=True)
class Report:
    """The report of a check.

    ``connections`` are those that a drift check compared, each with one of :data:`STATUSES`; ``rules`` are those of a policy check.
    ``previous`` is the time of the previous complete report, or ``None``; ``resolved`` are the findings that only that one has. After an
    ``error`` (what ``TelnyxError.as_dict`` returns), there are no findings, which is not the same as none. ``place`` is where the first
    desired connection is written. Times are RFC 3339, UTC.
    """

    check: str
    account: Account
    generated_at: str
    error: Mapping[str, Any] | None = None
    findings: Sequence[Finding] = ()
    accepted: Sequence[Finding] = ()
    acceptances: Sequence[AcceptanceResult] = ()
    accepted_files: Sequence[str] = ()
    connections: Sequence[tuple[Connection, str]] = ()
    rules: Sequence[RuleResult] = ()
    previous: str | None = None
    resolved: Sequence[Finding] = ()
    report_url: str | None = None
    place: Source | None = None

    @property
    def status(self) -> str:
        """``in_sync`` or ``drift``, ``ok`` or ``violations``, or ``error``. What is unverifiable is not drift."""
        if self.error is not None:
            return ERROR
        if self.check == "policy":
            return "violations" if self.findings else "ok"
        return "drift" if any(each.status in DRIFT_STATUSES for each in self.findings) else "in_sync"

    @property
    def exit_code(self) -> int:
        """The exit code that is suggested to a pipeline."""
        return EXIT_CODES[self.status]

    @cached_property
    def new(self) -> list[Finding]:
        """The findings that the previous report does not have."""
        return [each for each in self.findings if each.is_new]

    @property
    def news(self) -> bool:
        """Whether people should hear of it: something is new or resolved, or the check ended in an error."""
        return self.error is not None or bool(self.resolved) or any(each.is_new for each in self.findings)

    @cached_property
    def totals(self) -> dict[str, int] | None:
        """The numbers: connections, findings, and of drift the connections of each status, of policy the findings of each severity."""
        if self.error is not None:
            return None
        totals = {"connections": self.account.connections or 0, "findings": len(self.findings)}
        if self.check == "drift":
            count = Counter(status for _connection, status in self.connections)
            return {**totals, "connections": len(self.connections), **{status: count[status] for status in STATUSES}}
        count = Counter(each.rank for each in self.findings)
        totals.update({severity: count[severity] for severity in RANKS["policy"]})
        errors = sum(not each.evaluated for each in self.findings)
        return {**totals, "accepted": len(self.accepted), "rules": len(self.rules), "errors": errors}

    @cached_property
    def outcomes(self) -> list[str]:
        """What was found, in the values that the option ``fail_on`` takes, for a pipeline or a play to branch on."""
        found = {self.status, *(each.rank for each in self.findings)}
        return [each for each in OUTCOMES[self.check] if each in found]

    @property
    def message(self) -> str:
        """One line with the status and the numbers: ``drift: 5 drifted; connections: 620``."""
        words, totals = status_words(self.status), self.totals
        if self.error is not None or totals is None:
            return f"{words}: {self.error_text}"
        counted = STATUSES[:-1] if self.check == "drift" else (*RANKS["policy"], "accepted")
        counts = ", ".join(f"{totals[each]} {status_words(each)}" for each in counted if totals[each])
        compared = "connections compared" if self.check == "drift" else "connections"
        parts = [f"{words}: {counts}" if counts else words, f"{compared}: {totals['connections']}"]
        parts += [f"rules: {totals['rules']}"] if self.check == "policy" else []
        parts += [f"from a snapshot of {self.account.read_at}"] if self.account.read_at else []
        return "; ".join(parts)

    @property
    def error_text(self) -> str:
        """The message and the hint of the error, or an empty text."""
        return f"{self.error['message']} {self.error['hint']}".rstrip() if self.error else ""

    @cached_property
    def sorted_findings(self) -> list[Finding]:
        """The findings, the most severe first, and among them the new ones first."""
        order = RANKS[self.check]
        return sorted(self.findings, key=lambda each: (order.index(each.rank), not each.is_new))

    @cached_property
    def groups(self) -> list[Group]:
        """Equal findings as one, the most severe first."""
        return grouped(self.sorted_findings)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON report."""
        account = self.account
        report: dict[str, Any] = {
            "check": self.check,
            "format_version": FORMAT_VERSION,
            "status": self.status,
            "summary": self.message,
            "generated_at": self.generated_at,
            "generator": GENERATOR,
            "account": {
                "label": account.label,
                "api_url": account.api_url,
                "connections": account.connections,
                "read_at": account.read_at,
            },
            "selection": account.selection,
            "commit": commit(),
            "totals": self.totals,
            "error": self.error,
            "previous": self.previous,
            "news": self.news,
            "report_url": self.report_url,
            "accepted_files": list(self.accepted_files),
            "findings": [each.as_dict() for each in self.findings],
            "resolved": [each.as_dict() for each in self.resolved],
            "accepted": [each.as_dict() for each in self.accepted],
            "acceptances": list(self.acceptances),
        }
        if self.check == "policy":
            return {**report, "rules": list(self.rules)}
        connections = [{**connection.as_dict(), "status": status} for connection, status in self.connections]
        return {**report, "connections": connections}


def make_report(
    account: Account,
    outcome: Outcome,
    entries: Sequence[Acceptance] = (),
    previous: Previous | None = None,
    **values: Any,
) -> Report:
    """Return the report of a completed check. ``entries`` accept findings; ``values`` are further ones of :class:`Report`.

    What is accepted, and what the subset of the account does not select, is not among the findings.
    Raises :class:`AmbiguousError` where an acceptance has the name of several connections, and :class:`OptionError` for the subset.
    """
    check, now = outcome.check, utc_now()
    today, connections = datetime.date.fromisoformat(now[:10]), outcome.connections
    found, accepted, acceptances = accept(outcome.findings, entries, today, check=check, connections=connections)
    selected = _selected_keys(account, outcome)
    found, accepted = (
        [
            each.changed(source=located(each.source))
            for each in part
            if selected is None or each.connection.key in selected
        ]
        for part in (found, accepted)
    )
    found, accepted, resolved = since(found, accepted, previous, now)
    # A policy check lists no connections: it would list all of the account.
    listed = [each for each in connections if selected is None or each.key in selected] if check == "drift" else []
    return Report(
        check=check,
        account=account,
        generated_at=now,
        findings=found,
        accepted=accepted,
        acceptances=[{**each, "source": located(each["source"])} for each in acceptances],
        connections=_connection_statuses(listed, found, accepted),
        rules=outcome.rules,
        previous=previous.generated_at if previous else None,
        resolved=resolved,
        place=located(outcome.place),
        **values,
    )


def _selected_keys(account: Account, outcome: Outcome) -> set[tuple[str, ...]] | None:
    """Return the keys of the connections of the subset, or ``None`` for all. Raises :class:`OptionError`."""
    if account.selection is None:
        return None
    selected = select_subset([record for _key, record in outcome.named], account.selection)
    keys = {id(record): key for key, record in outcome.named}
    return {keys[id(each)] for each in selected}


def _connection_statuses(
    connections: Iterable[Connection], findings: Sequence[Finding], accepted: Iterable[Finding]
) -> list[tuple[Connection, str]]:
    """Return each connection of a drift check with its status, one of :data:`STATUSES`."""
    status_of = {each.connection.key: "accepted" for each in accepted}
    for rank in reversed(FINDING_STATUSES):
        status_of.update({each.connection.key: rank for each in findings if each.status == rank})
    return [(each, status_of.get(each.key, "in_sync")) for each in connections]


def findings_by_connection(findings: Iterable[Finding]) -> dict[tuple[str, ...], list[Finding]]:
    """Return findings by the key of their connection."""
    found: dict[tuple[str, ...], list[Finding]] = {}
    for each in findings:
        found.setdefault(each.connection.key, []).append(each)
    return found


def utc_now() -> str:
    """Return the time in UTC as the reports have it."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def commit() -> str | None:
    """Return the commit that a CI job checked out, or ``None``."""
    values = (os.environ.get(name, "") for name in COMMIT_VARIABLES)
    return next((value for value in values if re.fullmatch(r"[0-9a-f]{7,64}", value)), None)
