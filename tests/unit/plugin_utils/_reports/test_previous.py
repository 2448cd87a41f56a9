"""The previous complete report: what counts as one, and what is done with any other file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.previous import read_previous
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import Account, Report
from report_models import REPORTS, each_report


@each_report
def test_complete_report_of_the_account_is_read_again(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(report.as_dict()))
    found = read_previous(str(path), report.check, report.account)
    assert found.replace
    if report.error is not None:
        assert found.previous is None
        assert "counts as no previous report: it is not a complete report" in found.warning
    else:
        assert found.warning == ""
        assert found.previous
        assert found.previous.generated_at == report.generated_at
        assert list(found.previous.findings) == list(report.findings)
        assert list(found.previous.accepted) == list(report.accepted)


def test_no_file_is_no_previous_report_and_no_warning(tmp_path: Path) -> None:
    assert read_previous(str(tmp_path / "x.json"), "drift", Account()) == (None, True, "")


@pytest.mark.parametrize(
    "change", [{"label": "berlin"}, {"api_url": "https://other/v2"}, {"selection": {"tags": ["x"]}}], ids=str
)
def test_report_of_another_account_or_selection_stays(change: dict[str, Any], tmp_path: Path) -> None:
    report = REPORTS["drift"]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(report.as_dict()))
    found = read_previous(str(path), "drift", replace(report.account, **change))
    assert (found.previous, found.replace) == (None, False)
    assert "is of another account, account_label or selection of connections" in found.warning


def damaged(**changes: Any) -> str:
    return json.dumps({**REPORTS["drift"].as_dict(), **changes})


FINDING = REPORTS["drift"].findings[0].as_dict()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff", b"{}", b"[]", b"null", b"[" * 100_000, damaged()[:-9].encode(), damaged(format_version=1).encode(),
        damaged(check="policy").encode(), damaged(findings=None).encode(), damaged(findings=[1]).encode(),
        damaged(findings=[{**FINDING, "status": "high"}]).encode(), damaged(accepted=[{**FINDING, "first_seen": 1}]).encode(),
        damaged(findings=[{**FINDING, "connection": None}]).encode(), damaged(generated_at=None).encode(),
        damaged(account=[]).encode(), damaged(account={}).encode(),
    ],
)  # fmt: skip
def test_damaged_report_is_a_warning_and_counts_as_none(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    found = read_previous(str(path), "drift", REPORTS["drift"].account)
    assert (found.previous, found.replace) == (None, True)
    assert found.warning.startswith(f"{path}: counts as no previous report: ")


def test_folder_in_its_place_is_a_warning(tmp_path: Path) -> None:
    assert "it is a folder" in read_previous(str(tmp_path), "drift", Account()).warning
