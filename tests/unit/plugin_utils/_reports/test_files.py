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
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import ReportError, TransportError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS, write_reports
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import (
    EXIT_CODES,
    Model,
    make_model,
    outcomes,
)
from report_models import CANARY, MODELS, URL, compared_model, each_model

ROOT = Path(__file__).parents[4]
TOTALS = dict.fromkeys(("violations", "accepted", "errors", "critical", "high", "medium", "low"), 0)
OK = make_model(
    "policy",
    URL,
    result={
        "status": "ok",
        "totals": {**TOTALS, "connections": 1, "rules": 1},
        "rules": [],
        "violations": [],
        "accepted": [],
        "acceptances": [],
    },
    connections=1,
)
ERROR = make_model("policy", URL, error=TransportError("The API is down."))
NAMES = [f"policy.{suffix}" for suffix in FORMATS]


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


def test_write_reports_returns_which_file_is_which(tmp_path: Path) -> None:
    files = write_reports(str(tmp_path), OK)
    assert list(files.items()) == [
        *((suffix, str(tmp_path / f"policy.{suffix}")) for suffix in FORMATS),
        ("status", str(tmp_path / "status.json")),
    ]
    assert status(tmp_path) == "ok"


@each_model
def test_write_reports_writes_every_format_and_a_valid_status(model: Model, tmp_path: Path) -> None:
    write_reports(str(tmp_path), model)
    answer = json.loads((tmp_path / "status.json").read_text())
    jsonschema.validate(answer, json.loads((ROOT / "docs" / "status.schema.json").read_text()))
    assert (answer["status"], answer["exit_code"]) == (model["status"], EXIT_CODES[model["status"]])
    assert answer["findings"] == outcomes(model)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*answer["reports"], "status.json"])
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes.pop(f"{model['check']}.prom") == 0o644  # only numbers, for a program with another user
    assert set(modes.values()) == {0o600}
    for suffix, render in FORMATS.items():
        assert (tmp_path / f"{model['check']}.{suffix}").read_bytes() == render(model).encode("utf-8", "replace")


@each_model
@pytest.mark.parametrize("suffix", FORMATS)
def test_no_format_contains_a_secret(model: Model, suffix: str) -> None:
    assert CANARY not in FORMATS[suffix](model)


def test_every_format_accepts_a_file_name_of_any_bytes() -> None:
    model = compared_model([Desired({"id": "9"}, os.fsdecode(b"caf\xe9.yml"), 3)], [])
    assert all(render(model).encode("utf-8", "replace") for render in FORMATS.values())


def test_write_reports_expands_the_folder_and_rejects_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTS", str(tmp_path))
    write_reports("$REPORTS/drift", MODELS[0])
    assert (tmp_path / "drift" / "status.json").exists()
    with pytest.raises(ReportError, match="no name"):
        write_reports("", MODELS[0])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("model", [OK, ERROR], ids=["ok", "error"])
def test_status_is_an_error_if_a_report_cannot_be_written(tmp_path: Path, name: str, model: Model) -> None:
    write_reports(str(tmp_path), OK)
    (tmp_path / name).unlink()
    (tmp_path / name / "file").mkdir(parents=True)
    with pytest.raises(ReportError, match=name):
        write_reports(str(tmp_path), model)
    answer = json.loads((tmp_path / "status.json").read_text())
    assert (answer["status"], answer["exit_code"], answer["findings"]) == ("error", 1, ["error"])
    assert name in answer["summary"]
    assert sorted(answer["reports"]) == sorted(set(NAMES) - {name})


@pytest.mark.parametrize("limit", [0, 600, 3000])
def test_status_of_an_earlier_check_is_gone_if_the_disk_is_full(tmp_path: Path, limit: int) -> None:
    write_reports(str(tmp_path), OK)
    with full_disk(limit), pytest.raises(ReportError, match="cannot be written"):
        write_reports(str(tmp_path), ERROR)
    assert status(tmp_path) == ("error" if limit else "absent")
    for name in NAMES:
        file = tmp_path / name
        marks = ("The API is down.", 'status="error"} 1')
        assert not file.exists() or not limit or any(mark in file.read_text() for mark in marks)
    assert {path.name for path in tmp_path.iterdir()} <= {*NAMES, "status.json"}  # no temporary file


def test_status_that_cannot_be_removed_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "status.json").mkdir()
    with pytest.raises(ReportError, match=r"status\.json: cannot be removed"):
        write_reports(str(tmp_path), OK)
    assert list(tmp_path.iterdir()) == [tmp_path / "status.json"]


def test_status_that_is_a_symbolic_link_is_replaced_and_its_target_is_kept(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("{}")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/status.json").symlink_to(tmp_path / "target")
    write_reports(str(tmp_path / "reports"), OK)
    assert (tmp_path / "target").read_text() == "{}"
    assert not (tmp_path / "reports/status.json").is_symlink()


def test_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="cannot be created"):
        write_reports(str(tmp_path / "file/reports"), OK)
