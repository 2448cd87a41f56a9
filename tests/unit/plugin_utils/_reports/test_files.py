"""The files of a check: whatever cannot be written, the status of an earlier check is never mistaken for a new one."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import ReportError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import (
    FORMATS,
    SUMMARIES,
    remove_reports,
    write_reports,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import Account, Report, utc_now
from check_helpers import in_file
from report_models import CANARY, REPORTS, drift_report, each_report, error_report

ROOT = Path(__file__).parents[4]
OK = Report("policy", Account(connections=1), utc_now())
ERROR = error_report("policy")
NAMES = [*(f"policy.{suffix}" for suffix in FORMATS), *SUMMARIES]
PREVIOUS = "policy.previous.json"


@contextmanager
def full_disk(limit: int) -> Iterator[None]:
    """Let no file grow beyond ``limit`` bytes, so that a write fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def status(folder: Path) -> str:
    """The status that a pipeline reads, or ``absent``."""
    file = folder / "status.json"
    return str(json.loads(file.read_text())["status"]) if file.exists() else "absent"


@each_report
@pytest.mark.parametrize("keep", [True, False])
def test_write_reports_writes_every_file_and_a_valid_status(report: Report, keep: bool, tmp_path: Path) -> None:
    files = write_reports(str(tmp_path), report, keep=keep)
    answer = json.loads((tmp_path / "status.json").read_text())
    jsonschema.validate(answer, json.loads((ROOT / "docs" / "status.schema.json").read_text()))
    assert (answer["status"], answer["exit_code"]) == (report.status, report.exit_code)
    assert (answer["outcomes"], answer["news"]) == (report.outcomes, report.news)
    previous = [f"{report.check}.previous.json"] if keep else []
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == sorted([*answer["reports"], "status.json", *previous])
    assert list(files) == [*FORMATS, *SUMMARIES, "status.json"]
    assert set(written) - set(previous) == {Path(path).name for path in files.values()}
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes.pop(f"{report.check}.prom") == 0o644  # only numbers, for a program with another user
    assert set(modes.values()) == {0o600}
    for suffix, render in FORMATS.items():
        assert (tmp_path / f"{report.check}.{suffix}").read_bytes() == render(report).encode("utf-8", "replace")
    if keep:
        assert (tmp_path / previous[0]).read_bytes() == Path(files["json"]).read_bytes()


@each_report
def test_reports_of_the_run_before_are_removed_but_not_the_previous_complete_one(
    report: Report, tmp_path: Path
) -> None:
    write_reports(str(tmp_path), report, keep=True)
    (tmp_path / "mine.txt").write_text("")
    remove_reports(str(tmp_path), report.check)
    assert {path.name for path in tmp_path.iterdir()} == {f"{report.check}.previous.json", "mine.txt"}
    remove_reports(str(tmp_path / "nowhere"), report.check)


@each_report
@pytest.mark.parametrize("suffix", FORMATS)
def test_no_format_contains_a_secret(report: Report, suffix: str) -> None:
    assert CANARY not in FORMATS[suffix](report)


def test_every_format_accepts_a_file_name_of_any_bytes() -> None:
    report = drift_report([in_file({"id": "9"}, os.fsdecode(b"caf\xe9.yml"))], [])
    assert all(render(report).encode("utf-8", "replace") for render in FORMATS.values())


def test_write_reports_expands_the_folder_and_rejects_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTS", str(tmp_path))
    write_reports("$REPORTS/drift", OK, keep=False)
    assert (tmp_path / "drift" / "status.json").exists()
    with pytest.raises(ReportError, match="no name"):
        write_reports("", OK, keep=False)


@pytest.mark.parametrize("name", [*NAMES, PREVIOUS])
def test_none_is_written_and_the_status_is_an_error_if_one_cannot_be_written(tmp_path: Path, name: str) -> None:
    (tmp_path / name / "file").mkdir(parents=True)
    with pytest.raises(ReportError, match=name):
        write_reports(str(tmp_path), OK, keep=True)
    answer = json.loads((tmp_path / "status.json").read_text())
    assert (answer["status"], answer["exit_code"], answer["outcomes"]) == ("error", 1, ["error"])
    assert name in answer["summary"]
    assert answer["reports"] == []
    assert {path.name for path in tmp_path.iterdir()} == {name, "status.json"}


@pytest.mark.parametrize("limit", [0, 400, 3000])
def test_full_disk_leaves_no_report_and_the_previous_complete_one(tmp_path: Path, limit: int) -> None:
    write_reports(str(tmp_path), OK, keep=True)
    before = (tmp_path / PREVIOUS).read_bytes()
    remove_reports(str(tmp_path), "policy")
    with full_disk(limit), pytest.raises(ReportError, match="cannot be written"):
        write_reports(str(tmp_path), REPORTS["policy"], keep=True)
    assert status(tmp_path) == ("error" if limit else "absent")
    assert {path.name for path in tmp_path.iterdir()} <= {PREVIOUS, "status.json"}  # and no temporary file
    assert (tmp_path / PREVIOUS).read_bytes() == before


def test_report_that_cannot_be_removed_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "status.json").mkdir()
    with pytest.raises(ReportError, match=r"status\.json: cannot be removed"):
        remove_reports(str(tmp_path), "policy")
    assert list(tmp_path.iterdir()) == [tmp_path / "status.json"]


def test_removing_a_symbolic_link_keeps_its_target(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("{}")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/status.json").symlink_to(tmp_path / "target")
    remove_reports(str(tmp_path / "reports"), "policy")
    write_reports(str(tmp_path / "reports"), ERROR, keep=False)
    assert (tmp_path / "target").read_text() == "{}"


def test_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="cannot be created"):
        write_reports(str(tmp_path / "file/reports"), OK, keep=True)
