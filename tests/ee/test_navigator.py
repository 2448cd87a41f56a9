"""ansible-navigator runs the collection's playbooks with the settings of docs/ee, and leaves no secret behind."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from ee.commands import ROOT, run
from sandbox.process import SandboxProcess

from playbooks import KEY

SETTINGS = ROOT / "docs" / "ee" / "ansible-navigator.yml"
COLLECTIONS = Path(os.environ["ANSIBLE_COLLECTIONS_PATH"])
RUN = ("ansible-navigator", "run")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project's folder, with the settings."""
    shutil.copy(SETTINGS, tmp_path)
    return tmp_path


@pytest.fixture
def environment(sandbox: SandboxProcess) -> dict[str, str]:
    """The environment of somebody who runs a check."""
    return {"TELNYX_API_KEY": KEY, "TELNYX_BASE_URL": sandbox.api_url, "ANSIBLE_LOCALHOST_WARNING": "false"}


def files(*folders: Path) -> set[Path]:
    return {file for folder in folders for file in folder.rglob("*") if file.is_file()}


def holding(secrets: list[str], found: set[Path]) -> list[tuple[Path, str]]:
    """The files that hold a secret, and which."""
    texts = {file: file.read_text(encoding="utf-8", errors="replace") for file in found}
    return [(file, secret) for file, text in texts.items() for secret in secrets if secret in text]


def test_playbooks_run_by_name_and_leave_no_artifact(
    project: Path, environment: dict[str, str], sandbox: SandboxProcess
) -> None:
    before = files(COLLECTIONS)
    run(project, *RUN, "siptrunk.telnyx.baseline", **environment)
    output = run(
        project, *RUN, "siptrunk.telnyx.drift_check", "-e", "drift_check_desired_files=baseline.yml", **environment
    )
    assert "in sync; connections compared: 25" in output
    assert files(COLLECTIONS) == before
    assert json.loads((project / "telnyx-reports/drift/status.json").read_text())["exit_code"] == 0
    passwords = [record["password"] for record in sandbox.seen()["records"]]
    assert holding([KEY, *passwords], files(project)) == []


def test_an_artifact_and_a_log_that_were_asked_for_hold_no_secret(
    project: Path, environment: dict[str, str], sandbox: SandboxProcess
) -> None:
    asked = ("--playbook-artifact-enable", "true", "--playbook-artifact-save-as", str(project / "artifact.json"))
    verbose = ("-vvvv", "--log-level", "debug", "--log-file", str(project / "navigator.log"))
    run(project, *RUN, "siptrunk.telnyx.list", *asked, *verbose, **environment)
    artifact = json.loads((project / "artifact.json").read_text(encoding="utf-8"))
    records = sandbox.seen()["records"]
    assert any(records[0]["connection_name"] in line for line in artifact["stdout"])
    assert (project / "navigator.log").stat().st_size > 1000
    assert holding([KEY, *(record["password"] for record in records)], files(project)) == []
