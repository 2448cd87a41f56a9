"""Reports that are read again: those of this version, and clear errors for others."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AcceptanceError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance_update import (
    Note,
    Selection,
    update_acceptances,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.reading import read_report
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_models import TODAY, accepted_model, drift_model, error_model, policy_model


def reports() -> list[dict[str, Any]]:
    models = (drift_model(), policy_model(), accepted_model("drift"), accepted_model("policy"))
    return [json.loads(FORMATS["json"](model)) for model in models]


def read(folder: Path, report: Any) -> dict[str, Any]:
    path = folder / "report.json"
    path.write_text(report if isinstance(report, str) else json.dumps(report))
    return read_report(str(path))


def test_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    for report in reports():
        assert read(tmp_path, report) == report


@pytest.mark.parametrize(
    "text",
    ["", "[]", "5", "{", "[" * 10_000, '{"check": "drift"}', '{"check": ["drift"]}', '{"check": "x", "format": "y"}'],
)
def test_other_files_are_no_reports(text: str, tmp_path: Path) -> None:
    with pytest.raises(AcceptanceError, match=r"report\.json: is not a JSON report of a check"):
        read(tmp_path, text)


def test_other_version_and_an_error_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AcceptanceError, match="of this version"):
        read(tmp_path, {**reports()[0], "format_version": 2})
    with pytest.raises(AcceptanceError, match="was not completed"):
        read(tmp_path, FORMATS["json"](error_model("drift")))
    with pytest.raises(AcceptanceError, match="does not exist"):
        read_report(str(tmp_path / "none.json"))


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        (["connections"], "the key connections is missing"),
        (["connections", 1, "changes"], r"the key connections\[1\]\.changes is missing"),
        (
            ["connections", 0, "changes", 0, "fingerprint"],
            r"the key connections\[0\]\.changes\[0\]\.fingerprint is missing",
        ),
        (["acceptances"], "the key acceptances is missing"),
    ],
)
def test_missing_key_is_named(place: list[Any], problem: str, tmp_path: Path) -> None:
    report = reports()[0]
    part = report
    for key in place[:-1]:
        part = part[key]
    del part[place[-1]]
    with pytest.raises(AcceptanceError, match=rf"report\.json: {problem}"):
        read(tmp_path, report)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_mutilated_report_is_accepted_or_a_clear_error(tmp_path: Path, data: st.DataObject) -> None:
    report = copy.deepcopy(data.draw(st.sampled_from(REPORTS)))
    part: Any = report
    while True:
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        key = data.draw(st.sampled_from(keys))
        below = part[key]
        if not isinstance(below, (dict, list)) or not below or data.draw(st.booleans()):
            break
        part = below
    if data.draw(st.booleans()):
        del part[key]
    else:
        part[key] = data.draw(st.sampled_from([None, 5, "x", [], {}, [1], {"x": 1}]))
    try:
        found = read(tmp_path, report)
    except AcceptanceError:
        return
    update_acceptances([], found, Selection(), Note("r", TODAY), prune=True)


REPORTS = reports()
