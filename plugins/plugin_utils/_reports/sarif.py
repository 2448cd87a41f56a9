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
from .._checks.results import SEVERITIES
from .attribution import (
    change_attribution,
    connection_attribution,
    properties,
)
from .model import model_findings
from .values import (
    SARIF_RESULTS_MAX,
    STATUS_EXPLANATIONS,
    STATUS_ORDER,
    all_findings,
    change_text,
    display_name,
    sarif_limit_note,
    shown_changes,
    value_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._checks.results import (
        AcceptedBy,
        Change,
        ComparedConnection,
        RuleResult,
        Source,
    )
    from .model import (
        DriftModel,
        Model,
        PolicyModel,
        ReportItem,
    )

# The file that the playbook baseline writes by default.
DEFAULT_BASELINE = "baseline.yml"
PROJECT_URL = "https://github.com/siptrunk/ansible-telnyx"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# Characters. GitHub's limit for the descriptions of a rule is 1,024.
TEXT_MAX = 1000
# Characters; these keep the results far below GitHub's 10 MB, whatever the connections are called.
MESSAGE_MAX = 500
NAME_MAX = 100
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
# The property security-severity, by which code scanning ranks security findings (GitHub's documentation of SARIF).
SECURITY_SEVERITIES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
# The level of each status.
DRIFT_LEVELS = {
    "drifted": "error",
    "missing": "error",
    "recreated": "error",
    "unexpected": "warning",
    "unverifiable": "note",
}


def sarif_report(model: Model) -> str:
    """Return the report as a SARIF log of one run, which has the ``SARIF_RESULTS_MAX`` most severe findings as results."""
    if model["check"] == "drift":
        rules, all_results = _drift_rules(), _drift_results(model)
    else:
        rules, all_results = [_policy_rule(rule) for rule in model["rules"]], _policy_results(model)
    results = list(islice(chain(all_results, _absent_results(model, rules)), SARIF_RESULTS_MAX))
    rule_index = {rule["id"]: index for index, rule in enumerate(rules)}
    default_location = _physical_location({"file": _baseline(model), "line": 1})
    for result in results:
        result["ruleIndex"] = rule_index[result["ruleId"]]
        # Code scanning rejects a log in which a result has no location in a file.
        result["locations"][0].setdefault("physicalLocation", default_location)
    driver = {
        "name": f"siptrunk.telnyx {model['check']}",
        "semanticVersion": model["generator"]["version"],
        "informationUri": PROJECT_URL,
        "rules": rules,
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(model)],
        "results": results,
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _baseline(model: Model) -> str:
    """Return the first file in which a connection of the report is written: the location of findings without a file."""
    findings = model["connections"] if model["check"] == "drift" else all_findings(model)
    return next((each["source"]["file"] for each in findings if "source" in each), DEFAULT_BASELINE)


def _invocation(model: Model) -> dict[str, Any]:
    """Return the invocation, with a notification of an error or of findings that were left out."""
    notifications = []
    if model["error"]:
        notifications.append(_notification("error", visible(model["summary"])))
    read_at = model["account"]["read_at"]
    if read_at:
        notifications.append(_notification("note", f"The account was read at {read_at}, for a snapshot file."))
    note = sarif_limit_note(model)
    if note:
        notifications.append(_notification("warning", note))
    invocation: dict[str, Any] = {"executionSuccessful": model["error"] is None, "endTimeUtc": model["generated_at"]}
    if notifications:
        invocation["toolExecutionNotifications"] = notifications
    return invocation


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _sentence(text)}}


def _drift_rules() -> list[dict[str, Any]]:
    return [
        {
            "id": status,
            "name": f"Drift{status.capitalize()}",
            "shortDescription": {"text": STATUS_EXPLANATIONS[status]},
            "fullDescription": {"text": STATUS_EXPLANATIONS[status]},
            "help": {"text": STATUS_REMEDIES[status]},
            "defaultConfiguration": {"level": level},
        }
        for status, level in DRIFT_LEVELS.items()
    ]


def _policy_rule(rule: RuleResult) -> dict[str, Any]:
    description = _sentence(rule["description"])
    return {
        "id": rule["id"],
        "name": _rule_name(rule["id"]),
        "shortDescription": {"text": description},
        "fullDescription": {"text": description},
        "help": {"text": _sentence(rule["help"] or rule["description"])},
        "defaultConfiguration": {"level": LEVELS[rule["severity"]]},
        "properties": {"tags": ["security"], "security-severity": SECURITY_SEVERITIES[rule["severity"]]},
    }


def _rule_name(rule_id: str) -> str:
    """Return the name of a rule, which must differ from its id: ``PolicySrtpRequired`` for ``srtp_required``."""
    return "Policy" + "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", rule_id))[:NAME_MAX]


def _sentence(text: str, limit: int = TEXT_MAX) -> str:
    """Return text without control characters that ends like a sentence, as SARIF requires of messages."""
    shown = _shortened(text, limit)
    return shown if shown.endswith((".", "…", "!", "?")) else f"{shown}."


def _shortened(text: str, limit: int) -> str:
    shown = visible(text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _drift_results(model: DriftModel) -> Iterator[dict[str, Any]]:
    """Yield the results, the most severe first; the accepted ones come last."""
    for connection in sorted(model["connections"], key=lambda each: STATUS_ORDER.index(each["status"])):
        status = connection["status"]
        findings: list[tuple[str, str, ComparedConnection | Change]]
        if connection["fingerprint"]:
            message = "; ".join(map(change_text, shown_changes(connection))) or STATUS_EXPLANATIONS[status].rstrip(".")
            findings = [(message, connection_attribution(connection), connection)]
        else:
            findings = [(change_text(change), change_attribution(change), change) for change in connection["changes"]]
        for message, who, finding in findings:
            text = f"{message}; {who}" if who else message
            result = _result(connection, status, DRIFT_LEVELS[status], text, finding["fingerprint"])
            result["properties"] = properties(connection, finding["attribution"])
            _add_first_seen(result, finding["first_seen"])
            yield _with_state(result, model, finding["state"], finding["remedy"])
    for each in sorted(model["accepted"], key=lambda each: STATUS_ORDER.index(each["status"])):
        status, message = each["status"], STATUS_EXPLANATIONS[each["status"]]
        if each["path"] is not None:
            values = f"expected {value_text(each['expected'])}, actual {value_text(each['actual'])}"
            message = f"{each['path']}: {values}"
        result = _result(each, status, DRIFT_LEVELS[status], message, each["fingerprint"])
        yield _suppressed(result, model, each)


def _policy_results(model: PolicyModel) -> Iterator[dict[str, Any]]:
    """Yield the results, the most severe first; the accepted ones come last."""
    for violation in sorted(model["violations"], key=lambda each: SEVERITIES.index(each["severity"])):
        level, message = LEVELS[violation["severity"]], violation["message"]
        result = _result(violation, violation["rule"], level, message, violation["fingerprint"])
        _add_first_seen(result, violation["first_seen"])
        yield _with_state(result, model, violation["state"], violation["remedy"])
    for accepted in sorted(model["accepted"], key=lambda each: SEVERITIES.index(each["severity"])):
        level, message = LEVELS[accepted["severity"]], accepted["message"]
        result = _result(accepted, accepted["rule"], level, message, accepted["fingerprint"])
        yield _suppressed(result, model, accepted)


def _add_first_seen(result: dict[str, Any], first_seen: str | None) -> None:
    if first_seen:
        result["provenance"] = {"firstDetectionTimeUtc": first_seen}


def _with_state(result: dict[str, Any], model: Model, state: str | None, remedy: str | None = None) -> dict[str, Any]:
    """Add the state in comparison with the accepted findings, if there are files of them, and what to do."""
    if model["accepted_files"]:
        result["baselineState"] = state
    if remedy:
        result.setdefault("properties", {})["remedy"] = _shortened(remedy, TEXT_MAX)
    return result


def _suppressed(result: dict[str, Any], model: Model, accepted: AcceptedBy) -> dict[str, Any]:
    """Mark the result of an accepted finding as suppressed, with the reason."""
    result["suppressions"] = [_suppression(accepted)]
    return _with_state(result, model, "unchanged")


def _suppression(accepted: AcceptedBy) -> dict[str, Any]:
    by = f", by {accepted['who']}" if accepted["who"] else ""
    until = f" (until {accepted['expires']})" if accepted["expires"] else ""
    justification = f"{_shortened(accepted['reason'] + by, MESSAGE_MAX)}{until}"
    return {"kind": "external", "status": "accepted", "justification": justification}


def _absent_results(model: Model, rules: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield a result for each accepted finding that is gone, if its entry is about one finding of a known rule."""
    # A finding that is there may be accepted by another entry.
    seen = {None, *(each.fingerprint for each in model_findings(model))}
    seen.update(each["fingerprint"] for each in model["accepted"])
    levels = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in rules}
    for each in model["acceptances"] if model["accepted_files"] else ():
        selects = each["selects"]
        rule_id = selects.get("rule") or selects.get("status") or "drifted"
        if each["state"] != "unused" or each["fingerprint"] in seen or rule_id not in levels:
            continue
        seen.add(each["fingerprint"])
        gone: Any = {"id": selects.get("id"), "name": selects.get("connection_name")}
        if "source" in each:
            gone["source"] = each["source"]
        message = f"It was accepted and is gone ({selects.get('path') or rule_id})"
        result = _result(gone, rule_id, levels[rule_id], message, each["fingerprint"])
        # As in the report before: a program that knows no baselineState, but suppressions, shows no alert.
        result["suppressions"] = [_suppression(each)]
        yield _with_state(result, model, "absent")


def _physical_location(source: Source) -> dict[str, Any]:
    artifact = {"uri": quote(os.fsencode(source["file"].replace(os.sep, "/")))}
    if not os.path.isabs(source["file"]):
        artifact["uriBaseId"] = "%SRCROOT%"
    return {"artifactLocation": artifact, "region": {"startLine": source["line"]}}


def _result(finding: ReportItem, rule_id: str, level: str, message: str, fingerprint: str | None) -> dict[str, Any]:
    name = _shortened(display_name(finding), NAME_MAX)
    logical_location = {"name": name, "kind": "resource"}
    if finding["id"]:
        logical_location["fullyQualifiedName"] = _shortened(str(finding["id"]), NAME_MAX)
    location: dict[str, Any] = {"logicalLocations": [logical_location]}
    if "source" in finding:
        location["physicalLocation"] = _physical_location(finding["source"])
    result: dict[str, Any] = {
        "ruleId": rule_id,
        "level": level,
        "message": {"text": _sentence(f"{name}: {message}", MESSAGE_MAX)},
        "locations": [location],
        # By primaryLocationLineHash, GitHub recognizes an alert; what follows the colon counts equal hashes.
        "partialFingerprints": {"finding/v1": fingerprint, "primaryLocationLineHash": f"{fingerprint}:1"},
    }
    if "url" in finding:
        result["hostedViewerUri"] = finding["url"]
    return result
