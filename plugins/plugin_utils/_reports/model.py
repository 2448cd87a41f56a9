# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data of a report, from which every format is rendered. It contains no secrets.

The JSON report is this model itself, and ``docs/report.schema.json`` is its schema.
"""

from __future__ import annotations

import datetime
import os
import re
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Union, cast

from ...module_utils._text import visible
from .._api.version import VERSION
from .._checks.fail_on import OUTCOMES
from .._checks.findings import (
    Finding,
    drift_findings,
    policy_findings,
)
from .._checks.results import (
    DRIFT_STATUSES,
    SEVERITIES,
    AcceptanceResult,
    AcceptedFinding,
    AcceptedViolation,
    ComparedConnection,
    RuleResult,
    Violation,
)
from .values import (
    NO_NAME,
    STATUS_ORDER,
    status_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...module_utils._checks.history import ResolvedFinding
    from ...module_utils._errors import TelnyxError
    from .._checks.results import DriftResult, PolicyResult

FORMAT_VERSION = 1
# The exit code that status.json suggests to a pipeline: ansible-playbook itself ends with 2 for drift and for an error.
EXIT_CODES = {"in_sync": 0, "ok": 0, "drift": 2, "violations": 2, "error": 1}
NAMES_IN_SUMMARY_MAX = 5
NAME_IN_SUMMARY_MAX = 60  # characters
# The variables in which GitHub Actions, GitLab CI and Jenkins give the commit that a job checks out (their documentation).
COMMIT_VARIABLES = ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT")


class Generator(TypedDict):
    """The program that wrote the report."""

    name: str
    version: str


GENERATOR: Generator = {"name": "siptrunk.telnyx", "version": VERSION}


class Account(TypedDict):
    """The account that was checked; ``connections`` is their number. All may be unknown if the check failed.

    ``read_at`` is when the account was read for the snapshot file that was checked (ISO 8601, UTC), ``None`` without one.
    """

    api_url: str | None
    connections: int | None
    label: str | None
    read_at: str | None


class TrendPoint(TypedDict):
    """A run; ``findings`` counts them by severity, and is empty for an error."""

    generated_at: str
    status: str
    findings: Mapping[str, int]


class History(TypedDict):
    """What the earlier runs say. ``new`` are fingerprints; it and ``resolved`` are null if the check failed.

    ``previous`` is the time of the last complete run before this one. ``news`` says whether people should be notified of this
    run. ``trend`` has the last runs, this one included, the oldest first. ``warnings`` are about the history itself.
    """

    previous: str | None
    new: Sequence[str] | None
    resolved: Sequence[ResolvedFinding] | None
    news: bool
    trend: Sequence[TrendPoint]
    warnings: Sequence[str]


class CommonModel(TypedDict):
    """What the reports of both checks contain. ``totals`` is ``None`` exactly if there is an ``error``.

    ``accepted_files`` are the files of accepted findings that were read, and ``acceptances`` their entries and the exemptions.
    """

    format: str
    format_version: int
    status: str
    summary: str
    generated_at: str  # ISO 8601, UTC
    generator: Generator
    account: Account
    commit: str | None
    totals: Mapping[str, int] | None
    error: Mapping[str, Any] | None
    accepted_files: Sequence[str]
    acceptances: Sequence[AcceptanceResult]
    history: History | None
    report_url: str | None


class DriftModel(CommonModel):
    """The report of a drift check; ``status`` is ``in_sync``, ``drift`` or ``error``."""

    check: Literal["drift"]
    connections: Sequence[ComparedConnection]
    accepted: Sequence[AcceptedFinding]


class PolicyModel(CommonModel):
    """The report of a policy check; ``status`` is ``ok``, ``violations`` or ``error``."""

    check: Literal["policy"]
    rules: Sequence[RuleResult]
    violations: Sequence[Violation]
    accepted: Sequence[AcceptedViolation]


Model = Union[DriftModel, PolicyModel]
# What a report lists: each is about a connection, with its id, name and perhaps a source, and perhaps about several findings.
ReportItem = Union[ComparedConnection, Violation, AcceptedFinding]


def make_model(  # noqa: PLR0913 - all but the check and its outcome is optional
    check: str,
    api_url: str | None,
    *,
    result: Mapping[str, Any] | None = None,
    error: TelnyxError | None = None,
    connections: int | None = None,
    account_label: str | None = None,
    accepted_files: Sequence[str] = (),
    read_at: str | None = None,
) -> Model:
    """Return the model of a check that has either a result or an error.

    ``check`` is ``drift`` or ``policy``. ``result`` is what ``_checks.drift.as_result`` or ``_checks.policy.evaluate``
    returns. ``connections`` is the number of connections in the account. ``account_label`` is a name for the account, for
    readers of several accounts' reports. ``accepted_files`` are the files of accepted findings. ``read_at``: see
    :class:`Account`.
    """
    common: CommonModel = {
        "format": f"siptrunk.telnyx/{check}",
        "format_version": FORMAT_VERSION,
        "status": result["status"] if result else "error",
        "summary": "",
        "generated_at": utc_now(),
        "generator": GENERATOR,
        "account": {"api_url": api_url, "connections": connections, "label": account_label, "read_at": read_at},
        "commit": commit(),
        "totals": result["totals"] if result else None,
        "error": error.as_dict() if error else None,
        "accepted_files": list(accepted_files),
        "acceptances": result["acceptances"] if result else [],
        "history": None,
        "report_url": None,
    }
    model: Model
    if check == "drift":
        model = {
            "check": "drift",
            **common,
            "connections": result["connections"] if result else [],
            "accepted": result["accepted"] if result else [],
        }
    else:
        model = {
            "check": "policy",
            **common,
            "rules": result["rules"] if result else [],
            "violations": result["violations"] if result else [],
            "accepted": result["accepted"] if result else [],
        }
    model["summary"] = f"{check} check: error: {error}" if error else _summary(model)
    return model


def model_findings(model: Model) -> Iterator[Finding]:
    """Return an iterator over the findings of a model, one by one, without the accepted ones; an error has none."""
    if model["check"] == "drift":
        return drift_findings(cast("DriftResult", model))
    return policy_findings(cast("PolicyResult", model))


def new_findings(model: Model) -> list[Finding]:
    """Return the findings that the last complete run did not have; without a history, or after an error, that is unknown and none."""
    history = model["history"]
    fingerprints = frozenset((history and history["new"]) or ())
    return [each for each in model_findings(model) if each.fingerprint in fingerprints]


def set_first_seen(model: Model, times: Mapping[str, str]) -> None:
    """Set ``first_seen`` of every finding to the time of its fingerprint. An accepted one is not in the history."""
    if model["check"] == "drift":
        for connection in model["connections"]:
            connection["first_seen"] = times.get(connection["fingerprint"] or "")
            for change in connection["changes"]:
                change["first_seen"] = times.get(change["fingerprint"])
    else:
        for violation in model["violations"]:
            violation["first_seen"] = times.get(violation["fingerprint"])


def utc_now() -> str:
    """Return the time in UTC as the reports have it."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def commit() -> str | None:
    """Return the commit that a CI job checked out, or ``None``."""
    for name in COMMIT_VARIABLES:
        value = os.environ.get(name, "")
        if re.fullmatch(r"[0-9a-f]{7,64}", value):
            return value
    return None


def _summary(model: Model) -> str:
    """Return one line that names the status, the counts, and some of the affected connections."""
    totals = model["totals"] or {}
    counted: Sequence[str]
    affected: Sequence[ReportItem]
    if model["check"] == "drift":
        counted = STATUS_ORDER
        affected = [each for each in model["connections"] if each["status"] in DRIFT_STATUSES]
        # A connection may be there twice, but only if it has an id.
        compared = f"connections compared: {len({each['id'] or str(id(each)) for each in model['connections']})}"
    else:
        counted = (*SEVERITIES, "accepted")
        affected = model["violations"]
        compared = f"connections: {totals['connections']}; rules: {totals['rules']}"
    counts = ", ".join(f"{totals[status]} {status_words(status)}" for status in counted if totals[status])
    parts = [f"{model['check']} check: {status_words(model['status'])}" + (f": {counts}" if counts else ""), compared]
    if model["account"]["read_at"]:
        parts.append(f"from a snapshot of {model['account']['read_at']}")
    names = [visible(str(each["name"] or each["id"] or NO_NAME))[:NAME_IN_SUMMARY_MAX] for each in affected]
    names = list(dict.fromkeys(names))
    if names:
        more = len(names) - NAMES_IN_SUMMARY_MAX
        parts.append(f"affected: {', '.join(names[:NAMES_IN_SUMMARY_MAX])}" + (f" and {more} more" if more > 0 else ""))
    return "; ".join(parts)


def outcomes(model: Model) -> list[str]:
    """Return what was found, in the values that the option ``fail_on`` takes, for a pipeline or a play to branch on."""
    totals = model["totals"]
    if totals is None:
        return ["error"]
    return [kind for kind in OUTCOMES[model["check"]] if kind == model["status"] or totals.get(kind)]
