"""The model of the report, which is the JSON report, and its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks import results
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.history import ResolvedFinding
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TransportError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports import model as report_model
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model, make_model, outcomes
from report_models import (
    CANARY,
    READ_AT,
    URL,
    accepted_model,
    compared_model,
    drift_model,
    each_model,
    error_model,
    policy_model,
)
from sandbox.account import make_connection

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "report.schema.json").read_text())


@each_model
def test_json_report_is_valid_by_its_schema(model: Model) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(FORMATS["json"](model)), SCHEMA)


@pytest.mark.parametrize(
    ("name", "typed_dict"),
    [
        ("drift", report_model.DriftModel),
        ("policy", report_model.PolicyModel),
        ("connection", results.ComparedConnection),
        ("change", results.Change),
        ("violation", results.Violation),
        ("accepted_violation", results.AcceptedViolation),
        ("accepted_finding", results.AcceptedFinding),
        ("acceptance", results.AcceptanceResult),
        ("rule", results.RuleResult),
        ("source", results.Source),
        ("generator", report_model.Generator),
        ("account", report_model.Account),
        ("seen_finding", ResolvedFinding),
    ],
)
def test_typed_dict_has_the_properties_of_the_schema(name: str, typed_dict: Any) -> None:
    schema = SCHEMA["$defs"][name]
    assert set(schema["properties"]) == typed_dict.__required_keys__ | typed_dict.__optional_keys__
    assert set(schema["required"]) == typed_dict.__required_keys__


def test_summary_counts_all_and_names_some() -> None:
    summary = drift_model()["summary"]
    assert summary.startswith(
        "drift check: drift: 3 drifted, 1 missing, 1 recreated, 1 unexpected, 1 unverifiable, 34 in sync; "
        "connections compared: 41"
    )
    assert "\n" not in summary
    assert summary.partition("; affected: ")[2].endswith(", gone and 1 more")
    assert " more" not in compared_model([], [make_connection(1, index) for index in range(5)])["summary"]
    assert compared_model([], [make_connection(1, index) for index in range(7)])["summary"].endswith(" and 2 more")
    assert policy_model()["summary"].startswith("policy check: violations: ")
    assert error_model("drift")["summary"] == "drift check: error: It is <down>. Wait."


@pytest.mark.parametrize("suffix", ["json", "md", "html", "sarif", "junit.xml"])
def test_report_on_a_snapshot_says_when_the_account_was_read(suffix: str) -> None:
    model = accepted_model("policy")
    assert model["account"]["read_at"] == READ_AT
    assert f"; from a snapshot of {READ_AT}; affected: " in model["summary"]
    assert READ_AT in FORMATS[suffix](model)
    assert "snapshot" not in policy_model()["summary"]


def test_summary_names_a_connection_without_a_name_by_its_id() -> None:
    live: list[dict[str, Any]] = [{"id": "1", "connection_name": None}, {"id": "2", "connection_name": ""}]
    model = compared_model([Desired({"user_name": "who"})], live, match_by="user_name")
    assert model["summary"].endswith("affected: (no name), 2, 1")


def test_finding_kinds_are_values_of_fail_on() -> None:
    assert outcomes(drift_model()) == ["drift", "drifted", "missing", "recreated", "unexpected", "unverifiable"]
    assert outcomes(policy_model()) == ["violations", *results.SEVERITIES]
    assert outcomes(error_model("policy")) == ["error"]
    assert outcomes(compared_model([], [])) == []


@pytest.mark.parametrize("variable", report_model.COMMIT_VARIABLES)
def test_report_shows_the_account_and_the_commit(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in report_model.COMMIT_VARIABLES:
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
