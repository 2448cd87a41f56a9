"""Reading of reports: what is missing or broken is an error, and never a good result."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.overview import account_row, make_overview
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError, PostError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.reports import read_check_report, report_folders
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import write_reports
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.overview import write_overview
from history_models import night
from posting import report


def test_hash_depends_on_the_findings_only(tmp_path: Path) -> None:
    hashes = [
        report(tmp_path, night(number, drifted)).findings_hash
        for number, drifted in enumerate(({1, 2}, {2, 1}, {1}, set()))
    ]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3


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
        read_check_report(str(tmp_path))


def test_error_without_a_report_is_read(tmp_path: Path) -> None:
    write_reports(str(tmp_path), night(1, None))
    (tmp_path / "drift.json").unlink()
    (tmp_path / "drift.md").unlink()
    found = read_check_report(str(tmp_path))
    assert not found.complete
    assert not found.clean
    assert "It is &#60;down&#62;." in found.markdown


def test_overview_of_several_accounts_is_read(tmp_path: Path) -> None:
    hashes = []
    error = OptionError("account", "must be a dictionary with a name.").as_dict()
    for name in ("a", "a", "b"):
        write_overview(str(tmp_path), make_overview([account_row(name, None, [], error)], with_history=True))
        found = read_check_report(str(tmp_path))
        hashes.append(found.findings_hash)
        assert (found.check, found.label, found.status, found.complete) == ("accounts", None, "error", True)
        assert found.notify_text.startswith(f"Accounts check: 1 account: 1 in error; affected: {name}\n")
    assert hashes[0] == hashes[1] != hashes[2]
    assert found.affected == ["b: error: account: must be a dictionary with a name."]
    (tmp_path / "overview.json").write_text('{"accounts": [{}]}')
    with pytest.raises(PostError, match=r"overview\.json"):
        read_check_report(str(tmp_path))
    (tmp_path / "overview.json").unlink()
    assert "affected: b" in read_check_report(str(tmp_path)).markdown


def test_message_with_findings_that_are_none_is_an_error(tmp_path: Path) -> None:
    write_reports(str(tmp_path), night(1, {1}))
    (tmp_path / "notify.json").write_text('{"new": [{}], "new_total": 1}')
    with pytest.raises(PostError, match=r"notify\.json"):
        read_check_report(str(tmp_path))


def test_folders_are_found_by_patterns(tmp_path: Path) -> None:
    for name in ("a/drift", "b/drift", "b/policy", "b/[x]"):
        write_reports(str(tmp_path / name), night(1, {1}))
    (tmp_path / "c").mkdir()
    for pattern, found in {
        "*/drift": ["a/drift", "b/drift"],
        "**": ["a/drift", "b/[x]", "b/drift", "b/policy"],
        "b/[x]": ["b/[x]"],
        "c": ["c"],
        "missing": ["missing"],
    }.items():
        assert report_folders(f"{tmp_path}/{pattern}") == [f"{tmp_path}/{each}" for each in found]
    with pytest.raises(PostError, match="no folder has a "):
        report_folders(f"{tmp_path}/c*")
