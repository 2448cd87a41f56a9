"""The report as data, which is the JSON report, and its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import DriftCheck, drift_outcome
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import (
    Account,
    Report,
    commit,
    make_report,
)
from check_helpers import statuses
from report_models import CANARY, READ_AT, REPORTS, drift_report, each_report

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "report.schema.json").read_text())


@each_report
def test_json_report_follows_its_schema_and_has_no_secret(report: Report) -> None:
    text = FORMATS["json"](report)
    assert json.loads(text) == json.loads(json.dumps(report.as_dict()))
    jsonschema.validate(json.loads(text), SCHEMA)
    assert CANARY not in text


def test_schema_refuses_what_a_report_cannot_have() -> None:
    good = REPORTS["drift"].as_dict()
    change: dict[str, Any]
    for change in ({"format_version": 1}, {"status": "ok"}, {"other": 1}, {"findings": [{}]}, {"totals": {}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**good, **change}, SCHEMA)


@each_report
def test_every_format_has_the_same_findings(report: Report) -> None:
    fingerprints = {each.fingerprint for each in (*report.findings, *report.accepted)}
    assert {each.fingerprint for each in report.findings} == {
        each["fingerprint"] for each in report.as_dict()["findings"]
    }
    for suffix in ("sarif", "html"):
        text = FORMATS[suffix](report)
        assert {each for each in fingerprints if each not in text} == set(), suffix
    junit = FORMATS["junit.xml"](report)
    assert {each.fingerprint for each in report.findings if each.status != "unverifiable"} <= {
        each for each in fingerprints if each in junit
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("drift", "drift: 1 missing, 1 recreated, 1 ambiguous, 3 drifted, 1 unexpected, 1 unverifiable; connections compared: 42"),
        ("in-sync", "in sync; connections compared: 0"),
        ("drift-error", "error: It is <down>. Wait."),
        ("drift-accepted", "drift: 2 drifted, 1 unexpected, 2 accepted; connections compared: 9"),
    ],
)  # fmt: skip
def test_message_has_the_status_and_the_numbers(name: str, message: str) -> None:
    assert REPORTS[name].message == message


def test_message_names_the_time_of_a_snapshot() -> None:
    message = REPORTS["policy-accepted"].message
    assert message.startswith("violations: 1 critical, ")
    assert message.endswith(f"; rules: 14; from a snapshot of {READ_AT}")


@pytest.mark.parametrize(
    ("name", "status", "outcomes", "news"),
    [
        (
            "drift",
            "drift",
            ["drift", "missing", "recreated", "ambiguous", "drifted", "unexpected", "unverifiable"],
            True,
        ),
        ("policy", "violations", ["violations", "critical", "high", "medium", "low"], True),
        ("drift-error", "error", ["error"], True),
        ("in-sync", "in_sync", [], False),
    ],
)
def test_status_outcomes_and_news(name: str, status: str, outcomes: list[str], news: bool) -> None:
    report = REPORTS[name]
    assert (report.status, report.outcomes, report.news) == (status, outcomes, news)
    assert (report.totals is None) == (status == "error")


LIVE: list[dict[str, Any]] = [
    {"id": str(place), "connection_name": f"{name} {place}", "tags": [tag], "user_name": f"u{place}", "active": False}
    for place, (name, tag) in enumerate([("Berlin", "x"), ("Berlin", "y"), ("Paris", "x"), ("Rome", "z")])
]
DESIRED = [
    *({"id": each["id"], "connection_name": each["connection_name"], "active": True} for each in LIVE[:2]),
    {"connection_name": "Berlin gone"},
    {"id": "2", "connection_name": "Milano 2"},
]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"names": ["Berlin*"]}, [("0", "drifted"), ("1", "drifted"), (None, "missing")]),
        ({"names": ["Milano*"]}, [("2", "drifted")]),  # a desired name selects, too
        ({"tags": ["x"]}, [("0", "drifted"), ("2", "drifted")]),
        ({"terms": ["3", "u1"]}, [("1", "drifted"), ("3", "unexpected")]),
    ],
)
def test_subset_leaves_out_what_it_does_not_select(selection: Any, expected: list[Any]) -> None:
    outcome = drift_outcome(DriftCheck().compare([Desired(each) for each in DESIRED], LIVE))
    report = make_report(Account(selection=selection), outcome)
    assert [(id_, status) for id_, _name, status in statuses(report)] == expected
    assert {each.connection.id for each in report.findings} == {id_ for id_, _status in expected}
    assert report.as_dict()["selection"] == selection


@pytest.mark.parametrize("selection", [{}, {"names": []}, {"names": ["berlin*"]}, {"terms": ["nowhere"]}])
def test_subset_that_selects_nothing_is_an_error(selection: Any) -> None:
    outcome = drift_outcome(DriftCheck().compare([], LIVE))
    with pytest.raises(OptionError, match="connections"):
        make_report(Account(selection=selection), outcome)


@pytest.mark.parametrize("value", ["", "HEAD", "main; rm", "a" * 40])
def test_commit_is_only_a_hash(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CI_COMMIT_SHA", value)
    assert commit() == (value if value == "a" * 40 else None)


def test_reports_do_not_change_what_they_read() -> None:
    live = [{"id": "1", "connection_name": "a", "active": False}]
    report = drift_report([Desired({"id": "1", "active": True})], live)
    before = report.as_dict()
    for render in FORMATS.values():
        render(report)
    assert report.as_dict() == before
