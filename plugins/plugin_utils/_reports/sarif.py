# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), for code scanning.

GitHub's documentation "SARIF support for code scanning" describes what code scanning requires beyond the standard.
"""

from __future__ import annotations

import json
import os
import re
from itertools import chain, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...module_utils._text import visible
from .._checks.remedies import STATUS_REMEDIES
from .._checks.results import FINDING_STATUSES, RANKS
from .report import GENERATOR
from .values import SARIF_RESULTS_MAX, STATUS_EXPLANATIONS, display_name, sarif_limit_note, shortened

if TYPE_CHECKING:
    from .._checks.findings import Finding
    from .._checks.results import AcceptedBy, RuleResult, Source
    from .report import Report

# The file that the playbook baseline writes by default.
DEFAULT_BASELINE = "baseline.yml"
PROJECT_URL = "https://github.com/siptrunk/ansible-telnyx"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# Characters. GitHub's limit for the descriptions of a rule is 1,024.
TEXT_MAX = 1000
# Characters; these keep the results far below GitHub's 10 MB, whatever the connections are called.
MESSAGE_MAX = 500
NAME_MAX = 100
# The level of each severity and status; those that are not here are errors.
LEVELS = {"medium": "warning", "low": "note", "unexpected": "warning", "unverifiable": "note"}
# The property security-severity, by which code scanning ranks security findings (GitHub's documentation of SARIF).
SECURITY_SEVERITIES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}


def sarif_report(report: Report) -> str:
    """Return the report as a SARIF log of one run, which has the ``SARIF_RESULTS_MAX`` most severe findings as results."""
    rules = (
        list(map(_policy_rule, report.rules)) if report.check == "policy" else list(map(_drift_rule, FINDING_STATUSES))
    )
    order = RANKS[report.check]
    accepted = sorted(report.accepted, key=lambda each: order.index(each.rank))
    shown = islice(chain(report.sorted_findings, accepted), SARIF_RESULTS_MAX)
    results = [_finding_result(report, each) for each in shown]
    rule_index = {rule["id"]: index for index, rule in enumerate(rules)}
    # A connection that is in no file is shown in the first line of the file with the others.
    file = report.place["file"] if report.place else DEFAULT_BASELINE
    default_location = _physical_location({"file": file, "line": 1})
    for result in results:
        result["ruleIndex"] = rule_index[result["ruleId"]]
        # Code scanning rejects a log in which a result has no location in a file.
        result["locations"][0].setdefault("physicalLocation", default_location)
    driver = {
        "name": f"siptrunk.telnyx {report.check}",
        "semanticVersion": GENERATOR["version"],
        "informationUri": PROJECT_URL,
        "rules": rules,
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(report)],
        "results": results,
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation(report: Report) -> dict[str, Any]:
    """Return the invocation, with a notification of an error or of findings that were left out."""
    notifications = []
    if report.error is not None:
        notifications.append(_notification("error", visible(report.message)))
    if report.account.read_at:
        text = f"The account was read at {report.account.read_at}, for a snapshot file."
        notifications.append(_notification("note", text))
    note = sarif_limit_note(len(report.findings) + len(report.accepted))
    if note:
        notifications.append(_notification("warning", note))
    invocation: dict[str, Any] = {"executionSuccessful": report.error is None, "endTimeUtc": report.generated_at}
    if notifications:
        invocation["toolExecutionNotifications"] = notifications
    return invocation


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _sentence(text)}}


def _drift_rule(status: str) -> dict[str, Any]:
    return {
        "id": status,
        "name": f"Drift{status.capitalize()}",
        "shortDescription": {"text": STATUS_EXPLANATIONS[status]},
        "fullDescription": {"text": STATUS_EXPLANATIONS[status]},
        "help": {"text": STATUS_REMEDIES[status]},
        "defaultConfiguration": {"level": LEVELS.get(status, "error")},
    }


def _policy_rule(rule: RuleResult) -> dict[str, Any]:
    description = _sentence(rule["description"])
    return {
        "id": rule["id"],
        "name": _rule_name(rule["id"]),
        "shortDescription": {"text": description},
        "fullDescription": {"text": description},
        "help": {"text": _sentence(rule["help"] or rule["description"])},
        "defaultConfiguration": {"level": LEVELS.get(rule["severity"], "error")},
        "properties": {"tags": ["security"], "security-severity": SECURITY_SEVERITIES[rule["severity"]]},
    }


def _rule_name(rule_id: str) -> str:
    """Return the name of a rule, which must differ from its id: ``PolicySrtpRequired`` for ``srtp_required``."""
    return "Policy" + "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", rule_id))[:NAME_MAX]


def _sentence(text: str, limit: int = TEXT_MAX) -> str:
    """Return text without control characters that ends like a sentence, as SARIF requires of messages."""
    shown = shortened(text, limit)
    return shown if shown.endswith((".", "…", "!", "?")) else f"{shown}."


def _finding_result(report: Report, finding: Finding) -> dict[str, Any]:
    connection = finding.connection
    name = shortened(display_name(connection), NAME_MAX)
    logical_location = {"name": name, "kind": "resource"}
    if connection.id:
        logical_location["fullyQualifiedName"] = shortened(connection.id, NAME_MAX)
    location: dict[str, Any] = {"logicalLocations": [logical_location]}
    if finding.source:
        location["physicalLocation"] = _physical_location(finding.source)
    properties = {"remedy": shortened(finding.remedy, TEXT_MAX), "updated_at": finding.updated_at}
    result: dict[str, Any] = {
        "ruleId": finding.what if finding.kind == "rule" else finding.rank,
        "level": LEVELS.get(finding.rank, "error"),
        "message": {"text": _sentence(f"{name}: {finding.message}", MESSAGE_MAX)},
        "locations": [location],
        # By primaryLocationLineHash, GitHub recognizes an alert; what follows the colon counts equal hashes.
        "partialFingerprints": {
            "finding/v1": finding.fingerprint,
            "primaryLocationLineHash": f"{finding.fingerprint}:1",
        },
        "properties": {name: value for name, value in properties.items() if value},
    }
    if finding.url:
        result["hostedViewerUri"] = finding.url
    if finding.first_seen and not finding.accepted:
        result["provenance"] = {"firstDetectionTimeUtc": finding.first_seen}
    if report.accepted_files:
        result["baselineState"] = finding.state
    if finding.accepted:
        result["suppressions"] = [_suppression(finding.accepted)]
    return result


def _suppression(accepted: AcceptedBy) -> dict[str, Any]:
    by = f", by {accepted['who']}" if accepted["who"] else ""
    until = f" (until {accepted['expires']})" if accepted["expires"] else ""
    justification = f"{shortened(accepted['reason'] + by, MESSAGE_MAX)}{until}"
    return {"kind": "external", "status": "accepted", "justification": justification}


def _physical_location(source: Source) -> dict[str, Any]:
    artifact = {"uri": quote(os.fsencode(source["file"].replace(os.sep, "/")))}
    if not os.path.isabs(source["file"]):
        artifact["uriBaseId"] = "%SRCROOT%"
    return {"artifactLocation": artifact, "region": {"startLine": source["line"] or 1}}
