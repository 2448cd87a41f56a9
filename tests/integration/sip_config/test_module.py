"""The module sip_config_files: modes, staging, validation, links, and what it refuses."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from integration.sip_config.hosts import files_of

from playbooks import Run


def files_task(folder: Path, files: dict[str, str], **options: Any) -> dict[str, Any]:
    """A task of the module that writes files with this content."""
    encoded = {name: base64.b64encode(content.encode()).decode() for name, content in files.items()}
    return {"siptrunk.telnyx.sip_config_files": {"dest": str(folder), "program": "x", "files": encoded, **options}}


class Watcher:
    """A thread that looks for files in a folder, staged ones included, that others may access."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count, self.open = folder, 0, set[str]()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.is_set():
            for name in os.listdir(self.folder):
                with contextlib.suppress(FileNotFoundError):
                    self.count += 1
                    if (self.folder / name).lstat().st_mode & 0o077:
                        self.open.add(name)


COUNT = 200
MANY = {f"user{place:03d}.conf": f"c4n4ry-{place}\n" * 50 for place in range(COUNT)}


def test_files_are_at_no_time_readable_by_others(play: Callable[..., Run], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    old = sorted(MANY)[:50]
    for name in old:
        (out / name).write_text("before")
        (out / name).chmod(0o600)
    with Watcher(out) as watcher:
        run = play(files_task(out, MANY))
    assert run.exit_code == 0, run.output
    assert watcher.open == set()
    assert watcher.count > COUNT
    assert files_of(out) == MANY
    # If the module is killed, the files that it leaves are not accessible to others either.
    (tmp_path / "kill").write_text('case "$1" in *user100*) kill -9 $PPID;; esac\n')
    with Watcher(out) as watcher:
        killed = play(
            files_task(out, {name: f"{text}new" for name, text in MANY.items()}, validate=f"sh {tmp_path}/kill %s")
        )
    assert killed.exit_code == 2
    assert len(list(out.iterdir())) > COUNT  # it was killed while staged files were there
    assert watcher.open == set()
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}


def test_validate_sees_the_final_mode_and_its_output_is_not_shown(play: Callable[..., Run], tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "look").write_text(f'stat -c "%a %s" "$1" >> {tmp_path}/seen; cat "$1"; cat "$1" >&2; exit $2\n')
    accepted, rejected = (
        files_task(out, files, mode="0640", validate=f"sh {tmp_path}/look %s {code}")
        for code, files in enumerate([{"a.conf": "c4n4ry", "b.conf": "c4n4ry-b"}, {"a.conf": "c4n4ry, another"}])
    )
    run = play(accepted, rejected, args=("-vvvv", "--diff"))
    assert run.exit_code == 2, run.output
    assert "changed=1 " in run.output
    assert "c4n4ry" not in run.output
    assert (tmp_path / "seen").read_text() == "640 6\n640 8\n640 15\n"
    assert files_of(out) == {"a.conf": "c4n4ry", "b.conf": "c4n4ry-b"}
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o640}


def test_full_disk_changes_nothing_and_leaves_no_temporary_file(play: Callable[..., Run], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.conf").write_text("before")
    limited = tmp_path / "python"
    limited.write_text(f'#!/bin/sh\nulimit -f 4000\nexec {sys.executable} "$@"\n')  # blocks of 512 bytes
    limited.chmod(0o755)
    files = {"a.conf": "c4n4ry", "b.conf": "c4n4ry", "c.conf": "c4n4ry" * 500_000}
    run = play(files_task(out, files), vars={"ansible_python_interpreter": str(limited)}, args=("-vvv",))
    assert run.exit_code == 2
    assert "File too large" in run.output
    assert files_of(out) == {"a.conf": "before"}
    assert "c4n4ry" not in run.output


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"files": {"../up": ""}}, "'../up' is not the name of a file"),
    ({"files": {"a\0b": ""}}, "is not the name of a file"),
    ({"files": {"a": "c4n4ry!"}}, "the content of 'a' is not Base64"),
    ({"files": {"b": "c4n4r"}}, "the content of 'b' is not Base64"),
    ({"files": {"c": ["c4n4ry"]}}, "the content of 'c' is not Base64"),
    ({"files": {"pipe": ""}}, "pipe: it is a named pipe, not a regular file"),
    ({"files": {"folder": ""}}, "folder: it is a folder, not a regular file"),
    ({"files": {"link": ""}}, "link: it is a symbolic link, not a regular file"),
    (
        {"program": "baresip", "files": {"mine": base64.b64encode(b"c4n4ry").decode()}},
        "mine: it was not written by the role, so it is not replaced",
    ),
]


@pytest.mark.parametrize("arguments", [(), ("--check",)], ids=str)
def test_invalid_arguments_are_an_error_and_nothing_is_written(
    arguments: tuple[str, ...], play: Callable[..., Run], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / "folder").mkdir(parents=True)
    os.mkfifo(out / "pipe")
    (out / "mine").write_text("c4n4ry")
    (out / "link").symlink_to("mine")
    name = "siptrunk.telnyx.sip_config_files"
    every = [options for options, _message in REFUSED]
    if not arguments:  # in check mode, the mode of a new file is not checked
        every.append({"files": {"new": ""}, "mode": "u=nothing"})
    every.append({"files": {"new": ""}, "dest": "a\0b"})  # some versions of ansible-core refuse it themselves
    # Newer versions of ansible-core quote the task that fails, so the content is in another file.
    (tmp_path / "contents.json").write_text(json.dumps({"contents": [each["files"] for each in every]}))
    tasks = [
        {
            name: {"dest": str(out), "program": "x", **each, "files": f"{{{{ contents[{place}] }}}}"},
            "ignore_errors": True,
        }
        for place, each in enumerate(every)
    ]
    run = play(*tasks, args=("--diff", "-e", "@contents.json", *arguments))
    assert run.exit_code == 0, run.output
    assert f"ignored={len(every)} " in run.output
    for _options, message in REFUSED:
        assert message in run.flat()
    assert "Traceback" not in run.output
    assert "c4n4ry" not in run.output
    assert sorted(path.name for path in out.iterdir()) == ["folder", "link", "mine", "pipe"]
