"""Reading of reports: what is missing or broken is an error, and never a good result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import PostError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.reports import read_report, report_folders
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import write_reports
from history_models import night
from posting import report


def test_state_depends_on_the_findings_only(tmp_path: Path) -> None:
    states = [
        report(tmp_path, night(number, drifted)).state for number, drifted in enumerate(({1, 2}, {2, 1}, {1}, set()))
    ]
    assert states[0] == states[1]
    assert len(set(states)) == 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("status.json", None),
        ("status.json", "{"),
        ("status.json", "[]"),
        ("status.json", "{}"),
        ("status.json", '{"check": "../x", "status": "ok", "exit_code": 0, "summary": "", "generated_at": "x"}'),
        (
            "status.json",
            '{"check": "drift", "status": "ok", "exit_code": false, "summary": "", "generated_at": "2026"}',
        ),
        ("status.json", '{"check": "drift", "status": "ok", "exit_code": 0, "summary": "", "generated_at": "-->"}'),
        ("drift.json", None),
        ("drift.json", "[" * 100_000),
        ("drift.json", '{"check": "drift", "connections": [{}]}'),
        ("notify.json", "{"),
    ],
)
def test_broken_report_is_an_error_that_names_the_file(tmp_path: Path, name: str, text: str | None) -> None:
    write_reports(str(tmp_path), night(1, {1}))
    if text is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(text)
    with pytest.raises(PostError, match=name):
        read_report(str(tmp_path))


def test_error_without_a_report_is_read(tmp_path: Path) -> None:
    write_reports(str(tmp_path), night(1, None))
    (tmp_path / "drift.json").unlink()
    (tmp_path / "drift.md").unlink()
    found = read_report(str(tmp_path))
    assert not found.complete
    assert not found.clean
    assert "It is &#60;down&#62;." in found.markdown


def test_overview_of_another_check_is_read(tmp_path: Path) -> None:
    status = {
        "check": "accounts",
        "status": "drift",
        "exit_code": 2,
        "summary": "a: drift",
        "generated_at": "2026-11-26T03:00:00Z",
    }
    states = []
    for summary in ("a: drift", "a: drift", "b: drift"):
        (tmp_path / "status.json").write_text(json.dumps({**status, "summary": summary}))
        states.append(read_report(str(tmp_path)).state)
    assert states[0] == states[1] != states[2]


def test_folders_are_found_by_patterns(tmp_path: Path) -> None:
    for name in ("a/drift", "b/drift", "b/policy", "b/[x]"):
        write_reports(str(tmp_path / name), night(1, {1}))
    (tmp_path / "c").mkdir()
    found = report_folders([f"{tmp_path}/*/drift", f"{tmp_path}/b/policy", f"{tmp_path}/b/[x]", f"{tmp_path}/b/drift"])
    assert [str(Path(each).relative_to(tmp_path)) for each in found] == ["a/drift", "b/drift", "b/policy", "b/[x]"]
    assert report_folders([f"{tmp_path}/missing"]) == [f"{tmp_path}/missing"]
    with pytest.raises(PostError, match="no folder has a "):
        report_folders([f"{tmp_path}/c*"])
