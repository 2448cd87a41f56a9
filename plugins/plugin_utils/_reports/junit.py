# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JUnit XML: a test case for each connection (drift) or rule (policy)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from ...module_utils._text import visible
from .acceptance_notes import review_lines
from .report import findings_by_connection
from .summary import summary_lines
from .values import display_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._checks.findings import Connection, Finding
    from .._checks.results import RuleResult
    from .report import Report


class Case(NamedTuple):
    """A test case. ``outcome`` is the XML element in it: ``failure``, ``error``, ``skipped``, or none for a success."""

    name: str
    outcome: str = ""
    message: str = ""
    details: str = ""


def junit_report(report: Report) -> str:
    """Return the report as JUnit XML that is valid by the schemas of Jenkins and of Apache Ant's users."""
    name = f"siptrunk.telnyx.{report.check}"
    cases = _cases(report)
    count = Counter(case.outcome for case in cases)
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
        element = ET.SubElement(suite, "testcase", {"classname": name, "name": visible(case.name), "time": "0"})
        if case.outcome == "skipped":
            ET.SubElement(element, "skipped", {"message": visible(case.message)})
        elif case.outcome:
            attributes = {"type": report.status, "message": visible(case.message)}
            ET.SubElement(element, case.outcome, attributes).text = _visible_lines(case.details)
    notes = [*summary_lines(report), *review_lines(report.acceptances)]
    ET.SubElement(suite, "system-out").text = _visible_lines("\n".join(notes))
    ET.SubElement(suite, "system-err")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _visible_lines(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))


def _cases(report: Report) -> list[Case]:
    if report.error is not None:
        details = f"{report.error['message']}\n{report.error['hint']}"
        return [Case(f"{report.check} check", "error", report.message, details)]
    if report.check == "policy":
        return [
            _rule_case(rule, [each for each in report.findings if each.rule == rule["id"]]) for rule in report.rules
        ]
    found = findings_by_connection(report.findings)
    return [_connection_case(each, status, found.get(each.key, ())) for each, status in report.connections]


def _connection_case(connection: Connection, status: str, findings: Sequence[Finding]) -> Case:
    name = f"{display_name(connection)} ({connection.id or 'no id'})"
    if not findings:
        return Case(name)
    if status == "unverifiable":
        return Case(name, "skipped", f"{status}: {findings[0].message}")
    paths = [each.path or str(each.status) for each in findings]
    lines = [_line(each) for each in findings]
    updated_at, url = findings[0].updated_at, findings[0].url
    lines += [f"updated_at: {updated_at}"] if updated_at else []
    lines += [url] if url else []
    return Case(name, "failure", f"{status}: {', '.join(paths)}" if paths != [status] else status, "\n".join(lines))


def _line(finding: Finding) -> str:
    return " ".join(f"{finding.message} (fingerprint {finding.fingerprint}). {finding.remedy}".split("\n"))


def _rule_case(rule: RuleResult, findings: Sequence[Finding]) -> Case:
    if not findings:
        return Case(rule["id"])
    lines = [
        " ".join(f"{display_name(each.connection)} ({each.connection.id}): {each.message}".split("\n"))
        + f" (fingerprint {each.fingerprint})"
        + (f" {each.remedy}" if each.remedy != rule["help"] else "")
        + (f" {each.url}" if each.url else "")
        for each in findings
    ]
    message = f"{rule['description']}; connections: {len(findings)}"
    return Case(rule["id"], "failure", message, "\n".join([*lines, rule["help"]]))
