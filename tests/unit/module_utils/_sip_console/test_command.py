"""Running of commands: no shell, a time limit, and no waiting for what a command leaves behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.command import Answer, run
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.console import run_text


def python(source: str) -> list[str]:
    return [sys.executable, "-c", source]


def test_output_and_exit_code_are_returned() -> None:
    assert run(python("import sys; print('out', flush=True); print('err', file=sys.stderr)"), 60) == Answer(
        True, "out\nerr\n"
    )
    assert run(python("print(b'a'); raise SystemExit(3)"), 60) == Answer(False, "b'a'\n")
    assert run(python("import sys; sys.stdout.buffer.write(b'\\xff')"), 60) == Answer(True, "\ufffd")
    assert run(python("input()"), 60).succeeded is False  # there is no standard input


def test_command_that_does_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    (tmp_path / "child").write_text("import time; time.sleep(600)")
    source = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, {str(tmp_path / "child")!r}])
open({str(tmp_path / "pid")!r}, "w").write(str(child.pid))
child.wait()
"""
    answer = run(python(source), 3)
    assert answer == Answer(False, f"{sys.executable} did not end within 3 seconds")
    stat = Path("/proc") / (tmp_path / "pid").read_text() / "stat"
    end = time.monotonic() + 30
    while stat.exists() and stat.read_text().split()[2] != "Z" and time.monotonic() < end:
        time.sleep(0.05)
    assert not stat.exists() or stat.read_text().split()[2] == "Z"


def test_service_that_keeps_the_output_open_is_not_waited_for() -> None:
    source = "import subprocess; print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid)"
    answer = run(python(source), 60)
    assert answer.succeeded
    os.kill(int(answer.output), signal.SIGKILL)  # it still runs


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("/nonexistent/program", "/nonexistent/program: No such file or directory"),
        ("x\0y", "embedded null byte"),
        ("grep 'x", "it is not a command: No closing quotation"),
        (" ", "the command is empty"),
    ],
)
def test_command_that_cannot_be_run_is_an_answer(command: str, output: str) -> None:
    answer = run_text(command, [], 60)
    assert answer.succeeded is False
    assert output in answer.output


def test_command_line_is_expanded_without_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHO", "a  b")
    monkeypatch.setenv("HOME", "/h")
    assert run_text("echo $WHO ~/x ';' | '$(id)'", ["y z"], 60) == Answer(True, "a  b /h/x ; | $(id) y z\n")
