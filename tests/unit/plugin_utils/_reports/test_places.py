"""Paths relative to the repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports import places
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from check_helpers import in_file
from report_models import drift_report


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a job in a repository."""
    for name in places.ROOT_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "infrastructure" / "prod"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    places._root_of.cache_clear()
    return folder


@pytest.mark.parametrize("root", ["git", "file", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_path_is_that_in_the_repository(root: str, job: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if root == "git":
        (tmp_path / ".git").mkdir()
    elif root == "file":
        (tmp_path / ".git").write_text("gitdir: elsewhere")  # a work tree, or a submodule
    else:
        monkeypatch.setenv(root, str(tmp_path))
    assert places.located({"file": str(tmp_path / "shared.yml"), "line": 1}) == {"file": "shared.yml", "line": 1}
    report = drift_report([in_file({"id": "9"}), Desired({"id": "8"})], [])
    assert [each.source and each.source["file"] for each in report.findings] == [
        "infrastructure/prod/baseline.yml",
        None,
    ]
    assert '"uri": "infrastructure/prod/baseline.yml"' in FORMATS["sarif"](report)


def test_path_outside_a_repository_stays(job: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", "/elsewhere")
    for file in ("baseline.yml", "/srv/baseline.yml"):
        assert places.located({"file": file, "line": None}) == {"file": file, "line": None}
