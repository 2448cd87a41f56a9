# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), for code scanning.

What GitHub's code scanning needs beyond the standard is in its documentation, "SARIF support for code scanning".
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import visible
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import (
    SARIF_RESULTS_MAX,
    STATUS_ORDER,
    identity,
    left_out_of_sarif,
    value_text,
)

# Where the playbook baseline writes unless told otherwise.
BASELINE = "baseline.yml"
HOME = "https://github.com/siptrunk/ansible-telnyx"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# GitHub's limit for the descriptions of a rule is 1,024 characters.
TEXT_MAX = 1000
# So that the results together stay far below 10 MB, whatever text they hold.
MESSAGE_MAX = 500
NAME_MAX = 100
SEVERITIES = ("critical", "high", "medium", "low")
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
# What code scanning sorts security findings by (GitHub's documentation of SARIF, property security-severity).
SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
# Of each status: the level, what it means, and what to do.
DRIFT_RULES = {
    "drifted": (
        "error",
        "The live connection differs from the desired one.",
        "Change the connection at Telnyx back, or the desired state if the change was wanted.",
    ),
    "missing": (
        "error",
        "The desired connection is not in the account.",
        "Create the connection at Telnyx, or remove it from the desired state.",
    ),
    "unexpected": (
        "warning",
        "The account has a connection that is not desired.",
        "Add the connection to the desired state, or delete it at Telnyx.",
    ),
    "unverifiable": (
        "note",
        "The API does not show the password, so it cannot be compared.",
        "Compare the password by hand, or leave it out of the desired state.",
    ),
}


def sarif_report(model: Mapping[str, Any]) -> str:
    """Return the report as a SARIF log of one run, with the worst ``SARIF_RESULTS_MAX`` results."""
    rules = _drift_rules() if model["check"] == "drift" else [_policy_rule(rule) for rule in model["rules"]]
    places = {rule["id"]: place for place, rule in enumerate(rules)}
    found = _drift_results(model) if model["check"] == "drift" else _policy_results(model)
    results = found[:SARIF_RESULTS_MAX]
    # Code scanning refuses a log in which a result has no place in a file: what stands in none would stand in the baseline.
    everyone = [*model.get("connections", ()), *model.get("violations", ()), *model.get("exempted", ())]
    files = (each["source"]["file"] for each in everyone if each.get("source"))
    top = {"file": next(files, BASELINE), "line": 1}
    for result in results:
        result["ruleIndex"] = places[result["ruleId"]]
        result["locations"][0].setdefault("physicalLocation", _physical(top))
    _add_fingerprints(results)
    driver = {
        "name": f"siptrunk.telnyx {model['check']}",
        "semanticVersion": model["generator"]["version"],
        "informationUri": HOME,
        "rules": rules,
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(model)],
        "results": results,
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _invocation(model: Mapping[str, Any]) -> dict[str, Any]:
    """What the run has to say besides its results: an error, or that results were left out."""
    notifications = []
    if model["error"]:
        notifications.append(_notification("error", visible(model["summary"])))
    text = left_out_of_sarif(model)
    if text:
        notifications.append(_notification("warning", text))
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
            "shortDescription": {"text": text},
            "fullDescription": {"text": text},
            "help": {"text": help_text},
            "defaultConfiguration": {"level": level},
        }
        for status, (level, text, help_text) in DRIFT_RULES.items()
    ]


def _policy_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    description = _sentence(rule["description"])
    return {
        "id": rule["id"],
        "name": _pascal(rule["id"]),
        "shortDescription": {"text": description},
        "fullDescription": {"text": description},
        "help": {"text": _sentence(rule["help"] or rule["description"])},
        "defaultConfiguration": {"level": LEVELS[rule["severity"]]},
        "properties": {"tags": ["security"], "security-severity": SCORES[rule["severity"]]},
    }


def _pascal(rule: str) -> str:
    """A rule's name, which must differ from its id: ``PolicySrtpRequired`` for ``srtp_required``."""
    return "Policy" + "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", rule))[:NAME_MAX]


def _sentence(text: str, limit: int = TEXT_MAX) -> str:
    """Text that is harmless, bounded, and ends as a sentence does, which SARIF asks of messages."""
    shown = _short(text, limit)
    return shown if shown.endswith((".", "…", "!", "?")) else f"{shown}."


def _short(text: str, limit: int) -> str:
    shown = visible(text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _drift_results(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The results, the worst first."""
    results = []
    for each in sorted(model["connections"], key=lambda each: STATUS_ORDER.index(each["status"])):
        if each["status"] != "in_sync":
            lines = [
                f"{change['path']}: expected {value_text(change['expected'])}, actual {value_text(change['actual'])}"
                for change in each["changes"]
            ]
            level, text, _help = DRIFT_RULES[each["status"]]
            results.append(_result(each, each["status"], level, "; ".join(lines) or text))
    return results


def _policy_results(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The results, the worst first, and what is exempted last."""
    violations = sorted(model["violations"], key=lambda each: SEVERITIES.index(each["severity"]))
    results = [_result(each, each["rule"], LEVELS[each["severity"]], each["message"]) for each in violations]
    for each in sorted(model["exempted"], key=lambda each: SEVERITIES.index(each["severity"])):
        result = _result(each, each["rule"], LEVELS[each["severity"]], each["message"])
        why = f"{_short(each['reason'], MESSAGE_MAX)} (until {each['expires']})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
        results.append(result)
    return results


def _physical(source: Mapping[str, Any]) -> dict[str, Any]:
    artifact = {"uri": quote(os.fsencode(source["file"].replace(os.sep, "/")))}
    if not os.path.isabs(source["file"]):
        artifact["uriBaseId"] = "%SRCROOT%"
    return {"artifactLocation": artifact, "region": {"startLine": source["line"]}}


def _result(each: Mapping[str, Any], rule: str, level: str, message: str) -> dict[str, Any]:
    name = _short(str(each["name"] or "(no name)"), NAME_MAX)
    logical = {"name": name, "kind": "resource"}
    if each["id"]:
        logical["fullyQualifiedName"] = _short(str(each["id"]), NAME_MAX)
    location: dict[str, Any] = {"logicalLocations": [logical]}
    if each.get("source"):
        location["physicalLocation"] = _physical(each["source"])
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": _sentence(f"{name}: {message}", MESSAGE_MAX)},
        "locations": [location],
        "partialFingerprints": {"connection/v1": identity(rule, each)},
    }


def _add_fingerprints(results: list[dict[str, Any]]) -> None:
    """Add what GitHub tells alerts apart by: a hash, and which of the results with that hash it is."""
    seen: Counter[str] = Counter()
    for result in results:
        prints = result["partialFingerprints"]
        seen[prints["connection/v1"]] += 1
        prints["primaryLocationLineHash"] = f"{prints['connection/v1']}:{seen[prints['connection/v1']]}"
