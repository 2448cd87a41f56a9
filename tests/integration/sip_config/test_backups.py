"""Backups of the files that the role replaced, putting them back, and what is refused before anything is written."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from pathlib import Path

import yaml
from integration.sip_config.hosts import Configure, files_of, modes_of
from integration.sip_config.test_module import files_task
from sandbox.process import SandboxProcess

from playbooks import Run

ROOT = Path(__file__).parents[3]


def backups(folder: Path) -> list[dict[str, str]]:
    """The files of each backup, the oldest first."""
    found = sorted((folder / ".telnyx-backups").glob("*"))
    return [{path.name: path.read_text() for path in each.iterdir() if path.suffix != ".json"} for each in found]


def test_module_keeps_the_last_backups_and_none_of_a_failure(play: Callable[..., Run], tmp_path: Path) -> None:
    out, none = tmp_path / "out", tmp_path / "none"
    texts = [{"a.conf": f"c4n4ry {number}"} for number in range(4)]
    tasks = [files_task(out, files, backups=2, mode="0640") for files in texts]
    unchanged = files_task(out, texts[-1], backups=2, mode="0640")
    rejected = files_task(out, {"a.conf": "c4n4ry rejected", "b.conf": ""}, backups=2, validate="false %s")
    # The second file cannot be replaced, after the backup was made.
    immovable = files_task(
        out, {"a.conf": "c4n4ry failed", "c.conf": "c4n4ry"}, backups=2, validate=f"sh {tmp_path}/break %s"
    )
    (tmp_path / "break").write_text(
        'case "$1" in *c.conf*) mkdir "$(dirname "$1")/c.conf"; touch "$(dirname "$1")/c.conf/x";; esac'
    )
    failing = [{**task, "ignore_errors": True} for task in (rejected, immovable)]
    run = play(*tasks, unchanged, *failing, files_task(none, texts[0]), args=("--diff", "-vvv"))
    assert run.exit_code == 0, run.output
    assert "changed=5 " in run.output
    assert "ignored=2 " in run.output
    assert backups(out) == [texts[1], texts[2]]
    assert files_of(out)["a.conf"] == texts[3]["a.conf"]
    assert stat.S_IMODE((out / "a.conf").stat().st_mode) == 0o640
    assert modes_of(out / ".telnyx-backups") == {("file", 0o600), ("folder", 0o700)}
    assert not (none / ".telnyx-backups").exists()
    assert "c4n4ry" not in run.output


def test_role_puts_back_what_it_replaced(
    configure: Configure, trunks: SandboxProcess, tmp_path: Path, ansible: Callable[..., Run]
) -> None:
    hosts = {"baresip": {"program": "baresip", "reload": "changed", "reload_command": f"touch {tmp_path}/reloaded"}}
    assert configure(hosts, "--check").exit_code == 0
    assert not (tmp_path / "baresip").exists()
    states = []
    for password in ("c4n4ry one", "c4n4ry two"):
        trunks.change(fields={trunks.seen()["records"][0]["id"]: {"password": password}})
        run = configure(hosts)
        assert run.exit_code == 0, run.output
        states.append(run.files("baresip"))
    assert len(backups(tmp_path / "baresip")) == 2

    def roll_back(*arguments: str) -> Run:
        guide = (ROOT / "docs" / "sip" / "reload.md").read_text()
        example = re.search(r"^```yaml\+rollback\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
        assert example
        (play,) = yaml.safe_load(example[1])
        play["hosts"] = "all"
        (tmp_path / "rollback.yml").write_text(yaml.safe_dump([play]))
        return ansible("ansible-playbook", "-i", "hosts.yml", "rollback.yml", *arguments)

    (tmp_path / "reloaded").unlink()
    checked = roll_back("--check")
    assert "changed=1 " in checked.output, checked.output
    assert files_of(tmp_path / "baresip") == states[1]
    assert not (tmp_path / "reloaded").exists()
    first = roll_back("-vvvv", "--diff")
    assert first.exit_code == 0, first.output
    assert files_of(tmp_path / "baresip") == states[0]
    assert (tmp_path / "reloaded").exists()
    assert roll_back().exit_code == 0
    assert list((tmp_path / "baresip").iterdir()) == []  # as before the first run
    last = roll_back()
    assert last.exit_code == 2
    assert "There is no backup in" in last.flat()
    assert "c4n4ry" not in checked.output + first.output + last.output
