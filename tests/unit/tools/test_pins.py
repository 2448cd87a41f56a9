"""What CI installs and runs has exact versions, and the same ones everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
WORKFLOWS = [*sorted((ROOT / ".github" / "workflows").glob("*.yml")), ROOT / "docs" / "ci" / "github-actions.yml"]
NEWEST = max((ROOT / "requirements").glob("core-*.txt"), key=lambda file: int(file.stem.rpartition(".")[2]))


def pins(file: Path) -> dict[str, str]:
    """The versions of a lock file by the names of the distributions."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", file.read_text(encoding="utf-8"), re.MULTILINE))


def test_the_examples_install_what_the_tests_on_the_newest_core_run_with() -> None:
    file = ROOT / "docs" / "ci" / "requirements.txt"
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert len(pins(file)) == len(lines) > 3
    assert {"ansible-core", "requests", "jmespath"} <= set(pins(file))
    assert pins(file).items() <= pins(NEWEST).items()


def test_the_examples_install_the_collection_s_release() -> None:
    required = yaml.safe_load((ROOT / "docs/ci/requirements.yml").read_text(encoding="utf-8"))["collections"]
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    assert [each["version"] for each in required] == [galaxy["version"]]


def test_the_examples_install_nothing_by_name_alone() -> None:
    for file in ("github-actions.yml", "gitlab-ci.yml"):
        text = (ROOT / "docs/ci" / file).read_text(encoding="utf-8")
        assert re.findall(r"pip install (.*)", text) == ["-r requirements.txt"]
        assert re.findall(r"collection install (.*)", text) == ["-r requirements.yml"]
    image = yaml.safe_load((ROOT / "docs/ci/gitlab-ci.yml").read_text(encoding="utf-8"))["telnyx"]["image"]
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-\w+", image)


def test_each_action_is_pinned_to_one_commit() -> None:
    commits: dict[str, set[str]] = {}
    for file in WORKFLOWS:
        for action, commit in re.findall(r"uses: (\S+?)@(.*)", file.read_text(encoding="utf-8")):
            assert re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", commit), f"{file.name}: {action}"
            commits.setdefault(action, set()).add(commit)
    assert "actions/checkout" in commits
    assert [action for action, found in commits.items() if len(found) > 1] == []


@pytest.mark.parametrize("file", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda file: file.stem)
def test_dependabot_finds_its_options_in_the_lock_files(file: Path) -> None:
    # Its ecosystem "uv" searches the text of a lock file for the options of uv.
    assert "--universal" in file.read_text(encoding="utf-8").split("\n", 2)[1]
