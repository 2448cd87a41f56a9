# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JUnit XML: a test case for each connection (drift) or rule (policy)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import visible
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import value_text

# A test case: its name, and what it ended with (failure, error, skipped, or nothing), in short and at length.
Case = tuple[str, str, str, str]


def junit_report(model: Mapping[str, Any]) -> str:
    """Return the report as JUnit XML, as the schemas of Jenkins and of Apache Ant's users have it."""
    name = f"siptrunk.telnyx.{model['check']}"
    cases = _cases(model)
    count = {kind: str(sum(case[1] == kind for case in cases)) for kind in ("failure", "error", "skipped")}
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
    for title, kind, short, long in cases:
        case = ET.SubElement(suite, "testcase", {"classname": name, "name": visible(title), "time": "0"})
        if kind == "skipped":
            ET.SubElement(case, kind, {"message": visible(short)})
        elif kind:
            ET.SubElement(case, kind, {"type": model["status"], "message": visible(short)}).text = _lines(long)
    ET.SubElement(suite, "system-out").text = _lines(model["summary"])
    ET.SubElement(suite, "system-err")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _lines(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))


def _cases(model: Mapping[str, Any]) -> list[Case]:
    if model["error"]:
        return [
            (
                f"{model['check']} check",
                "error",
                model["summary"],
                f"{model['error']['message']}\n{model['error']['hint']}",
            )
        ]
    if model["check"] == "drift":
        return [_connection(each) for each in model["connections"]]
    return [_rule(rule, model) for rule in model["rules"]]


def _connection(each: Mapping[str, Any]) -> Case:
    name = f"{each['name']} ({each['id'] or 'no id'})"
    if each["status"] == "in_sync":
        return name, "", "", ""
    if each["status"] == "unverifiable":
        return name, "skipped", "unverifiable: the API does not tell the password", ""
    fields = ", ".join(change["path"] for change in each["changes"])
    lines = [
        f"{change['path']}: expected {value_text(change['expected'])}, actual {value_text(change['actual'])}"
        for change in each["changes"]
    ]
    return name, "failure", each["status"] + (f": {fields}" if fields else ""), "\n".join(lines) or each["status"]


def _rule(rule: Mapping[str, str], model: Mapping[str, Any]) -> Case:
    found = [each for each in model["violations"] if each["rule"] == rule["id"]]
    if not found:
        return rule["id"], "", "", ""
    lines = [" ".join(f"{each['name']} ({each['id']}): {each['message']}".split("\n")) for each in found]
    return rule["id"], "failure", f"{rule['description']}; connections: {len(found)}", "\n".join([*lines, rule["help"]])
