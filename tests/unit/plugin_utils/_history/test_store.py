"""The files of a history: several runs at once, runs that are killed, and files that are damaged."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.findings import Finding
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.history import Run, make_run
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._history import store as store_module
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._history.store import HistoryStore

# A process that adds runs, as a check does, each with a finding of its own.
WRITER = """
import sys
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.findings import Finding
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.history import make_run
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._history.store import HistoryStore
folder, writer, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for number in range(count):
    store = HistoryStore(folder, "drift", None)
    previous = store.last_complete(list(store.newest_first()))
    found = [Finding(f"{writer:016x}{each:016x}", "path", "active", "drifted", "1", "x" * 90) for each in range(300)]
    run = make_run("drift", None, f"2026-11-20T03:{number:02}:00Z", "drift", totals={}, findings=found, previous=previous)
    staged = store.stage(run)
    if count == 1:
        print(staged, flush=True)
        sys.stdin.readline()
    store.add(staged)
    assert not store.warnings, store.warnings
"""


def run_of(number: int, status: str = "drift", check: str = "drift", account: str | None = None) -> Run:
    severity = "drifted" if check == "drift" else "low"
    found = [] if status == "error" else [Finding(f"{number:032x}", "path", "active", severity, "1", "\ud800\n")]
    time = f"2026-11-20T03:00:{number % 60:02}Z"
    return make_run(check, account, time, status, totals={}, findings=found, previous=None)


def add(folder: Path, run: Run) -> str:
    store = HistoryStore(str(folder), run.head["check"], run.head["account"])
    return store.add(store.stage(run))


def last(folder: Path) -> tuple[Run | None, list[str]]:
    store = HistoryStore(str(folder), "drift", None)
    return store.last_complete(list(store.newest_first())), store.warnings


def start_writer(folder: Path, number: int, count: int) -> subprocess.Popen[str]:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(folder), str(number), str(count)], **pipes)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def test_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert last(tmp_path / "none") == (None, [])
    name = add(tmp_path / "new", run_of(1))
    assert last(tmp_path / "new") == (run_of(1), [])
    assert [path.name for path in (tmp_path / "new").iterdir()] == [name]
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new" / name).stat().st_mode & 0o777 == 0o600


def test_last_run_is_the_last_one_written_also_if_the_clock_was_set_back(tmp_path: Path) -> None:
    first = add(tmp_path, run_of(1))
    future = first.replace(first[15:23], "20991231")
    (tmp_path / first).rename(tmp_path / future)
    second = add(tmp_path, run_of(2))
    assert sorted([second, future]) == [future, second]
    assert last(tmp_path) == (run_of(2), [])


def test_last_complete_run_is_not_an_error(tmp_path: Path) -> None:
    add(tmp_path, run_of(1))
    add(tmp_path, run_of(2, "error"))
    assert last(tmp_path) == (run_of(1), [])


def test_checks_and_accounts_share_a_folder(tmp_path: Path) -> None:
    add(tmp_path, run_of(1))
    add(tmp_path, run_of(2, account="Berlin"))
    add(tmp_path, run_of(3, "violations", "policy"))
    assert last(tmp_path) == (run_of(1), [])
    store = HistoryStore(str(tmp_path), "drift", "Berlin")
    assert [each.head for each in store.newest_first()] == [run_of(2, account="Berlin").head]


def test_only_the_newest_runs_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "RUNS_MAX", 3)
    other = add(tmp_path, run_of(9, account="Berlin"))
    names = [add(tmp_path, run_of(number)) for number in range(5)]
    assert {path.name for path in tmp_path.iterdir()} == {other, *names[2:]}


def damaged(content: bytes) -> dict[str, bytes]:
    head, line = content.splitlines()
    entry = json.loads(line)
    return {
        "empty": b"",
        "half": content[: len(content) // 2],
        "without findings": head + b"\n",
        "not JSON": b"\x00\xff\n",
        "nested": b"[" * 100_000,
        "a list": b"[]\n" + line,
        "another format": head.replace(b"siptrunk.telnyx/history", b"other") + b"\n" + line,
        "another version": head.replace(b'"format_version":1', b'"format_version":2') + b"\n" + line,
        "another account": head.replace(b'"account":null', b'"account":"x"') + b"\n" + line,
        "negative count": head.replace(b'"drifted":1', b'"drifted":-1') + b"\n" + line,
        "a boolean count": head.replace(b'"drifted":1', b'"drifted":true') + b"\n" + line,
        "a wrong status": head.replace(b'"status":"drift"', b'"status":"drifted"') + b"\n" + line,
        "a wrong time": head.replace(b"2026-11-20T03", b"yesterday-03") + b"\n" + line,
        "markup": head + b"\n" + json.dumps({**entry, "first_seen": "<script>"}).encode(),
        "a list as a name": head + b"\n" + json.dumps({**entry, "name": []}).encode(),
    }


@pytest.mark.parametrize("kind", damaged(b"{}\n{}"))
def test_damaged_file_is_skipped_with_a_warning(tmp_path: Path, kind: str) -> None:
    add(tmp_path, run_of(1))
    name = add(tmp_path, run_of(2))
    content = damaged((tmp_path / name).read_bytes())[kind]
    assert content != (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content)
    run, warnings = last(tmp_path)
    assert run == run_of(1)
    assert len(warnings) == 1
    assert name in warnings[0]
    assert "<script>" not in warnings[0]


def test_file_that_is_not_regular_is_skipped_with_a_warning(tmp_path: Path) -> None:
    names = [add(tmp_path, run_of(number)) for number in range(3)]
    (tmp_path / names[1]).unlink()
    os.mkfifo(tmp_path / names[1])
    (tmp_path / names[2]).unlink()
    (tmp_path / names[2]).mkdir()
    (tmp_path / "README.md").write_text("Not a run.")
    run, warnings = last(tmp_path)
    assert run == run_of(0)
    assert [name in warning for name, warning in zip(reversed(names), warnings)] == [True, True]


def test_runs_at_once_all_write(tmp_path: Path) -> None:
    writers = [start_writer(tmp_path, number, 10) for number in range(4)]
    for each in writers:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    assert [each.wait(60) for each in writers] == [0] * 4
    store = HistoryStore(str(tmp_path), "drift", None)
    runs = [store.load(name) for name in store.names()]
    assert len(runs) == len(list(tmp_path.iterdir())) == 40
    assert [len(run.findings) for run in runs if run] == [300] * 40
    assert store.warnings == []


def test_run_that_is_killed_leaves_only_a_temporary_file_which_is_removed_later(tmp_path: Path) -> None:
    add(tmp_path, run_of(1))
    writer = start_writer(tmp_path, 1, 1)
    assert writer.stdin
    assert writer.stdout
    writer.stdin.write("go\n")
    writer.stdin.flush()
    staged = Path(writer.stdout.readline().strip())
    writer.send_signal(signal.SIGKILL)
    assert writer.wait(60) == -signal.SIGKILL
    assert last(tmp_path) == (run_of(1), [])
    add(tmp_path, run_of(2))
    assert staged.exists()  # it may be that of a run that is still there
    os.utime(staged, (1, 1))
    add(tmp_path, run_of(3))
    assert not staged.exists()
    assert len(list(tmp_path.iterdir())) == 3
