# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JUnit XML: a test case for each connection (drift) or rule (policy)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from ...module_utils._text import visible
from .acceptance_notes import review_lines
from .attribution import (
    change_attribution,
    connection_attribution,
)
from .values import (
    change_text,
    display_name,
    shown_changes,
)

if TYPE_CHECKING:
    from .._checks.results import ComparedConnection, RuleResult
    from .model import Model, PolicyModel


class Case(NamedTuple):
    """A test case. ``outcome`` is the XML element in it: ``failure``, ``error``, ``skipped``, or none for a success."""

    name: str
    outcome: str = ""
    message: str = ""
    details: str = ""


def junit_report(model: Model) -> str:
    """Return the report as JUnit XML that is valid by the schemas of Jenkins and of Apache Ant's users."""
    name = f"siptrunk.telnyx.{model['check']}"
    cases = _cases(model)
    count = {kind: str(sum(case.outcome == kind for case in cases)) for kind in ("failure", "error", "skipped")}
    root = ET.Element("testsuites")
    suite = ET.SubElement(
        root,
        "testsuite",
        {
            "name": name,
            "tests": str(len(cases)),
            "failures": count["failure"],
            "errors": count["error"],
            "skipped": count["skipped"],
            "time": "0",
            "timestamp": model["generated_at"].rstrip("Z"),
            "hostname": "localhost",
            "id": "0",
            "package": name,
        },
    )
    ET.SubElement(suite, "properties")
    for case in cases:
        element = ET.SubElement(suite, "testcase", {"classname": name, "name": visible(case.name), "time": "0"})
        if case.outcome == "skipped":
            ET.SubElement(element, "skipped", {"message": visible(case.message)})
        elif case.outcome:
            attributes = {"type": model["status"], "message": visible(case.message)}
            ET.SubElement(element, case.outcome, attributes).text = _visible_lines(case.details)
    ET.SubElement(suite, "system-out").text = _visible_lines("\n".join([model["summary"], *review_lines(model)]))
    ET.SubElement(suite, "system-err")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _visible_lines(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))


def _cases(model: Model) -> list[Case]:
    error = model["error"]
    if error:
        return [Case(f"{model['check']} check", "error", model["summary"], f"{error['message']}\n{error['hint']}")]
    if model["check"] == "drift":
        cases = [_connection_case(connection) for connection in model["connections"]]
        ids = [connection["id"] for connection in model["connections"]]
        # A connection whose password could not be compared may be there twice; programs count equal names as one test.
        return [
            case._replace(name=f"{case.name}: password") if id_ and id_ == before else case
            for case, id_, before in zip(cases, ids, [None, *ids])
        ]
    return [_rule_case(rule, model) for rule in model["rules"]]


def _connection_case(connection: ComparedConnection) -> Case:
    name = f"{display_name(connection)} ({connection['id'] or 'no id'})"
    status, changes = connection["status"], shown_changes(connection)
    if status in ("in_sync", "accepted"):
        return Case(name)
    if status == "unverifiable":
        notes = [f"updated_at: {connection['updated_at']}"] if connection["updated_at"] else []
        notes += [attribution] if (attribution := connection_attribution(connection)) else []
        message = "unverifiable: the API masks the password, so it could not be compared"
        return Case(name, "skipped", "; ".join([message, *notes]))
    fields = ", ".join(change["path"] for change in changes)
    details = [
        f"{change_text(change)} (fingerprint {change['fingerprint']})"
        f"{_after_comma(change_attribution(change))} {change['remedy']}".rstrip()
        for change in changes
    ]
    attribution = _after_comma(connection_attribution(connection))
    details = details or [f"{status} (fingerprint {connection['fingerprint']}){attribution} {connection['remedy']}"]
    details += [f"updated_at: {connection['updated_at']}"] if connection["updated_at"] else []
    details += [connection["url"]] if "url" in connection else []
    return Case(name, "failure", f"{status}: {fields}" if fields else status, "\n".join(details))


def _after_comma(text: str) -> str:
    return f", {text}" if text else ""


def _rule_case(rule: RuleResult, model: PolicyModel) -> Case:
    violations = [each for each in model["violations"] if each["rule"] == rule["id"]]
    if not violations:
        return Case(rule["id"])
    lines = [
        " ".join(f"{display_name(each)} ({each['id']}): {each['message']}".split("\n"))
        + f" (fingerprint {each['fingerprint']})"
        + (f" {each['remedy']}" if each["remedy"] != rule["help"] else "")
        + (f" {each['url']}" if "url" in each else "")
        for each in violations
    ]
    message = f"{rule['description']}; connections: {len(violations)}"
    return Case(rule["id"], "failure", message, "\n".join([*lines, rule["help"]]))
