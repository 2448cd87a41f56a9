# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), for code scanning."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any, Dict, List, Mapping
from urllib.parse import quote

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.report_markdown import value_text
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.text import visible

# Where the playbook baseline writes unless told otherwise.
BASELINE = "baseline.yml"
HOME = "https://github.com/siptrunk/ansible-telnyx"
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
# What code scanning sorts security findings by (GitHub's documentation of SARIF, property security-severity).
SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
DRIFT_RULES = {
    "drifted": ("error", "The live connection differs from the desired one"),
    "missing": ("error", "The desired connection is not in the account"),
    "unexpected": ("warning", "The account has a connection that is not desired"),
    "unverifiable": ("note", "The API does not tell the password, so it cannot be compared"),
}


def sarif_report(model: Mapping[str, Any]) -> str:
    """Return the report as a SARIF log of one run."""
    rules = _drift_rules() if model["check"] == "drift" else [_policy_rule(rule) for rule in model["rules"]]
    places = {rule["id"]: place for place, rule in enumerate(rules)}
    results = _drift_results(model) if model["check"] == "drift" else _policy_results(model)
    # Code scanning refuses a log in which a result has no place in a file: what stands in none would stand in the baseline.
    everyone = [*model.get("connections", ()), *model.get("violations", ()), *model.get("exempted", ())]
    files = (each["source"]["file"] for each in everyone if each.get("source"))
    top = {"file": next(files, BASELINE), "line": 1}
    for result in results:
        result["ruleIndex"] = places[result["ruleId"]]
        result["locations"][0].setdefault("physicalLocation", _physical(top))
    invocation: Dict[str, Any] = {"executionSuccessful": model["error"] is None, "endTimeUtc": model["generated_at"]}
    if model["error"]:
        message = {"text": visible(model["summary"])}
        invocation["toolExecutionNotifications"] = [{"level": "error", "message": message}]
    driver = {
        "name": f"siptrunk.telnyx {model['check']}",
        "semanticVersion": model["generator"]["version"],
        "informationUri": HOME,
        "rules": rules,
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "results": results,
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def _drift_rules() -> List[Dict[str, Any]]:
    return [
        {
            "id": status,
            "name": status.capitalize(),
            "shortDescription": {"text": text},
            "defaultConfiguration": {"level": level},
        }
        for status, (level, text) in DRIFT_RULES.items()
    ]


def _policy_rule(rule: Mapping[str, str]) -> Dict[str, Any]:
    text = visible(rule["help"] or rule["description"])
    return {
        "id": rule["id"],
        "name": "".join(map(str.capitalize, rule["id"].split("_"))),
        "shortDescription": {"text": visible(rule["description"])},
        "fullDescription": {"text": text},
        "help": {"text": text},
        "defaultConfiguration": {"level": LEVELS[rule["severity"]]},
        "properties": {"tags": ["security"], "security-severity": SCORES[rule["severity"]]},
    }


def _drift_results(model: Mapping[str, Any]) -> List[Dict[str, Any]]:
    results = []
    for each in model["connections"]:
        if each["status"] != "in_sync":
            lines = [
                f"{change['path']}: expected {value_text(change['expected'])}, actual {value_text(change['actual'])}"
                for change in each["changes"]
            ]
            level, text = DRIFT_RULES[each["status"]]
            results.append(_result(each, each["status"], level, "; ".join(lines) or text))
    return results


def _policy_results(model: Mapping[str, Any]) -> List[Dict[str, Any]]:
    results = [_result(each, each["rule"], LEVELS[each["severity"]], each["message"]) for each in model["violations"]]
    for each in model["exempted"]:
        result = _result(each, each["rule"], LEVELS[each["severity"]], each["message"])
        why = f"{visible(each['reason'])} (until {each['expires']})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
        results.append(result)
    return results


def _physical(source: Mapping[str, Any]) -> Dict[str, Any]:
    artifact = {"uri": quote(os.fsencode(source["file"].replace(os.sep, "/")))}
    if not os.path.isabs(source["file"]):
        artifact["uriBaseId"] = "%SRCROOT%"
    return {"artifactLocation": artifact, "region": {"startLine": source["line"]}}


def _result(each: Mapping[str, Any], rule: str, level: str, message: str) -> Dict[str, Any]:
    name = visible(str(each["name"] or "(no name)"))
    logical = {"name": name, "kind": "resource"}
    if each["id"]:
        logical["fullyQualifiedName"] = str(each["id"])
    location: Dict[str, Any] = {"logicalLocations": [logical]}
    if each.get("source"):
        location["physicalLocation"] = _physical(each["source"])
    identity = hashlib.sha256(f"{rule}/{each['id'] or each['name']}".encode("utf-8", "replace")).hexdigest()
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": f"{name}: {visible(message)}"},
        "locations": [location],
        "partialFingerprints": {"connection/v1": identity},
    }
