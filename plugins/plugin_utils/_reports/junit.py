# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JUnit XML: a test case for each connection (drift) or rule (policy)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from ...module_utils._text import visible
from .acceptance_notes import entries_to_review
from .report import findings_by_connection
from .summary import summary_lines
from .values import display_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._checks.findings import Connection, Finding
    from .._checks.results import RuleResult
    from .report import Report


def junit_report(report: Report) -> str:
    """Return the report as JUnit XML that is valid by the schemas of Jenkins and of Apache Ant's users."""
    name = f"siptrunk.telnyx.{report.check}"
    cases = _cases(report)
    count = Counter(outcome.tag for case in cases for outcome in case)
    root = ET.Element("testsuites")
    suite = ET.SubElement(
        root,
        "testsuite",
        {
            "name": name,
            "tests": str(len(cases)),
            "failures": str(count["failure"]),
            "errors": str(count["error"]),
            "skipped": str(count["skipped"]),
            "time": "0",
            "timestamp": report.generated_at.rstrip("Z"),
            "hostname": "localhost",
            "id": "0",
            "package": name,
        },
    )
    ET.SubElement(suite, "properties")
    for case in cases:
        case.set("classname", name)
        suite.append(case)
    notes = summary_lines(report)
    notes += [f"Accepted: {each.entry} ({each.place}): {each.state}" for each in entries_to_review(report.acceptances)]
    ET.SubElement(suite, "system-out").text = _visible_lines(notes)
    ET.SubElement(suite, "system-err")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(name: str, outcome: str = "", lines: Sequence[str] = (), **attributes: str) -> ET.Element:
    """Return a test case. ``outcome`` is the element in it: ``failure``, ``error``, ``skipped``, or none for a success."""
    case = ET.Element("testcase", {"name": visible(name), "time": "0"})
    if outcome:
        shown = {key: visible(value) for key, value in attributes.items()}
        ET.SubElement(case, outcome, shown).text = _visible_lines(lines) or None
    return case


def _visible_lines(lines: Sequence[str]) -> str:
    return "\n".join(visible(" ".join(line.split("\n"))) for line in lines)


def _cases(report: Report) -> list[ET.Element]:
    if report.error is not None:
        lines = [str(report.error["message"]), str(report.error["hint"])]
        return [_case(f"{report.check} check", "error", lines, type=report.status, message=report.message)]
    if report.check == "policy":
        return [
            _rule_case(rule, [each for each in report.findings if each.rule == rule["id"]]) for rule in report.rules
        ]
    by_connection = findings_by_connection(report.findings)
    return [_connection_case(each, status, by_connection.get(each.key, ())) for each, status in report.connections]


def _connection_case(connection: Connection, status: str, findings: Sequence[Finding]) -> ET.Element:
    name = f"{display_name(connection)} ({connection.id or 'no id'})"
    if not findings:
        return _case(name)
    if status == "unverifiable":
        return _case(name, "skipped", message=f"{status}: {findings[0].message}")
    paths = [each.path or str(each.status) for each in findings]
    lines = [f"{each.message} (fingerprint {each.fingerprint}). {each.remedy}" for each in findings]
    updated_at, url = findings[0].updated_at, findings[0].url
    lines += [f"updated_at: {updated_at}"] if updated_at else []
    lines += [url] if url else []
    message = f"{status}: {', '.join(paths)}" if paths != [status] else status
    return _case(name, "failure", lines, type="drift", message=message)


def _rule_case(rule: RuleResult, findings: Sequence[Finding]) -> ET.Element:
    if not findings:
        return _case(rule["id"])
    lines = [
        f"{display_name(each.connection)} ({each.connection.id}): {each.message} (fingerprint {each.fingerprint})"
        + (f" {each.remedy}" if each.remedy != rule["help"] else "")
        + (f" {each.url}" if each.url else "")
        for each in findings
    ]
    message = f"{rule['description']}; connections: {len(findings)}"
    return _case(rule["id"], "failure", [*lines, rule["help"]], type="violations", message=message)
