"""When files were committed last, by the real git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.audit_log import format_time
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.commit_time import last_commit_time


def git(folder: Path, *arguments: str, time: str = "2026-11-01T12:00:00+00:00") -> None:
    environment = {**os.environ, "GIT_COMMITTER_DATE": time, "HOME": str(folder)}
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *identity, *arguments], cwd=folder, env=environment, check=True, capture_output=True)


def commit(folder: Path, file: str, time: str) -> str:
    """Commit a new text of a file."""
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text(f"# {time}\n[]\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "x", time=time)
    return str(folder / file)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with three commits, each of another file."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q")
    commit(folder, "baseline.yml", "2026-11-01T12:00:00+02:00")
    commit(folder, "teams/berlin *.yml", "2026-11-03T12:00:00+00:00")
    commit(folder, "README.md", "2026-11-05T12:00:00+00:00")
    return folder


def shown(*files: str | Path) -> str | None:
    time = last_commit_time([str(file) for file in files])
    return None if time is None else format_time(time)


def test_time_is_that_of_the_last_commit_of_one_of_the_files(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert shown(repository / "baseline.yml") == "2026-11-01T10:00:00Z"
    assert shown(repository / "baseline.yml", repository / "teams" / "berlin *.yml") == "2026-11-03T12:00:00Z"
    monkeypatch.chdir(repository)
    assert shown("baseline.yml") == "2026-11-01T10:00:00Z"
    (repository / "baseline.yml").write_text("# not committed\n")
    assert shown("baseline.yml") == "2026-11-01T10:00:00Z"
    (tmp_path / "link.yml").symlink_to(repository / "baseline.yml")
    assert shown(tmp_path / "link.yml") == "2026-11-01T10:00:00Z"


def test_wildcards_in_the_name_of_a_file_are_none(repository: Path) -> None:
    assert shown(repository / "*.md") is None


def test_time_is_unknown_without_git_a_repository_or_a_commit(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outside.yml").write_text("[]")
    (repository / "new.yml").write_text("[]")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert shown() is None
    assert shown(tmp_path / "outside.yml") is None
    assert shown(repository / "new.yml") is None
    assert shown(repository / "baseline.yml", tmp_path / "outside.yml") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shown(repository / "baseline.yml") is None


def test_shallow_repository_does_not_know_older_commits(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")
    assert shown(tmp_path / "shallow" / "baseline.yml") is None
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{repository}", "deeper")
    assert shown(tmp_path / "deeper" / "README.md") == "2026-11-05T12:00:00Z"
    assert shown(tmp_path / "deeper" / "baseline.yml") is None
    git(tmp_path / "deeper", "fetch", "-q", "--unshallow")
    assert shown(tmp_path / "deeper" / "baseline.yml") == "2026-11-01T10:00:00Z"


def test_configuration_of_the_repository_runs_no_program(repository: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    for name, value in (("log.showSignature", "true"), ("gpg.program", str(program)), ("core.pager", str(program))):
        git(repository, "config", name, value)
    assert shown(repository / "baseline.yml") == "2026-11-01T10:00:00Z"
    assert not (tmp_path / "ran").exists()
