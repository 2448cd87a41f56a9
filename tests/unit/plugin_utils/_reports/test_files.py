"""The files of a check: whatever cannot be written, the status of an earlier check never stands for this one."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import ReportError, TransportError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import FORMATS, make_model, write_reports

TOTALS = dict.fromkeys(("violations", "exempted", "errors", "critical", "high", "medium", "low"), 0)
OK = make_model(
    "policy",
    "https://api.telnyx.com/v2",
    result={
        "status": "ok",
        "totals": {**TOTALS, "connections": 1, "rules": 1},
        "rules": [],
        "violations": [],
        "exempted": [],
    },
    total=1,
)
ERROR = make_model("policy", "https://api.telnyx.com/v2", error=TransportError("The API is down."))
NAMES = [f"policy.{suffix}" for suffix in FORMATS]


@contextmanager
def full_disk(limit: int) -> Iterator[None]:
    """No file can grow beyond so many bytes, which fails a write as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def status(folder: Path) -> str:
    """What a pipeline reads: the status, or absent."""
    file = folder / "status.json"
    return str(json.loads(file.read_text())["status"]) if file.exists() else "absent"


def test_a_check_that_succeeds_leaves_its_status_and_every_report(tmp_path: Path) -> None:
    paths = write_reports(str(tmp_path), OK)
    assert [Path(path).name for path in paths] == [*NAMES, "status.json"]
    assert status(tmp_path) == "ok"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("model", [OK, ERROR], ids=["ok", "error"])
def test_a_report_that_cannot_be_written_makes_the_status_an_error(
    tmp_path: Path, name: str, model: dict[str, Any]
) -> None:
    write_reports(str(tmp_path), OK)
    (tmp_path / name).unlink()
    (tmp_path / name / "in the way").mkdir(parents=True)
    with pytest.raises(ReportError, match=name):
        write_reports(str(tmp_path), model)
    answer = json.loads((tmp_path / "status.json").read_text())
    assert (answer["status"], answer["exit_code"], answer["findings"]) == ("error", 1, ["error"])
    assert name in answer["summary"]
    assert sorted(answer["reports"]) == sorted(set(NAMES) - {name})


@pytest.mark.parametrize("limit", [0, 600, 3000])
def test_on_a_full_disk_no_earlier_answer_stands(tmp_path: Path, limit: int) -> None:
    write_reports(str(tmp_path), OK)
    with full_disk(limit), pytest.raises(ReportError, match="cannot be written"):
        write_reports(str(tmp_path), ERROR)
    assert status(tmp_path) == ("error" if limit else "absent")
    for name in NAMES:
        file = tmp_path / name
        assert not file.exists() or not limit or "The API is down." in file.read_text()
    assert {path.name for path in tmp_path.iterdir()} <= {*NAMES, "status.json"}  # no temporary file


def test_a_status_that_cannot_be_removed_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "status.json").mkdir()
    with pytest.raises(ReportError, match=r"status\.json: cannot be removed"):
        write_reports(str(tmp_path), OK)
    assert list(tmp_path.iterdir()) == [tmp_path / "status.json"]


def test_a_status_that_is_a_link_is_replaced_and_its_target_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("{}")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/status.json").symlink_to(tmp_path / "target")
    write_reports(str(tmp_path / "reports"), OK)
    assert (tmp_path / "target").read_text() == "{}"
    assert not (tmp_path / "reports/status.json").is_symlink()


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="cannot be created"):
        write_reports(str(tmp_path / "file/reports"), OK)
