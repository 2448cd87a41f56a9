# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program in a folder of its own, with a guard: a process that ends the program and removes the folder.

The guard does so when it is asked to, and also if the module ends in any way, SIGKILL included: it then reads the end of a
pipe whose other end only the module has.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STOP_SECONDS = 5.0  # after SIGTERM, before SIGKILL
_POLL_SECONDS = 0.1
# The path of a Unix socket in the folder has at most 107 bytes.
_FOLDER_MAX = 60
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StartError(Exception):
    """The program cannot be started, or it ended. The message is a part of a sentence, such as ``"it ended with ..."``."""


class Owner(NamedTuple):
    """The user that a program runs as, and that user's groups."""

    name: str
    uid: int
    gid: int


def owner_of(name: str | None) -> Owner | None:
    """Return the user, a name or a number, that the program is to run as; ``None`` for the module's own user.

    Only root can run a program as another user. Raises :class:`StartError` if there is no such user.
    """
    if name is None or os.geteuid() != 0:
        return None
    try:
        found = pwd.getpwuid(int(name)) if name.isdigit() else pwd.getpwnam(name)
    except KeyError:
        raise StartError(f"there is no user {name!r}") from None
    return Owner(found.pw_name, found.pw_uid, found.pw_gid)


class Sandbox:
    """A folder for one program. Use it as a context manager; at its end, the program has ended and the folder is removed."""

    def __init__(self, owner: Owner | None = None) -> None:
        base = tempfile.gettempdir()
        self.folder = os.path.join(base if len(base) < _FOLDER_MAX else "/tmp", f"sip-{os.urandom(6).hex()}")  # noqa: S108
        self._owner = owner
        self._requests = self._reports = self._guard = -1
        self._group = 0
        self._exit_code: int | None = None
        self._pending = b""

    @property
    def log(self) -> str:
        """The path of the program's output."""
        return os.path.join(self.folder, "output")

    def __enter__(self) -> Sandbox:
        request_end, self._requests = os.pipe()
        self._reports, report_end = os.pipe()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        self._guard = os.fork()
        if self._guard == 0:
            _Guard(self.folder, request_end, report_end).run()  # does not return
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(request_end)
        os.close(report_end)
        # The guard exists before the folder does.
        os.mkdir(self.folder, 0o700)
        self._give(self.folder)
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self._requests)
        with contextlib.suppress(OSError):
            os.waitpid(self._guard, 0)
        os.close(self._reports)
        if self._group:  # the guard has done this, unless somebody killed it
            _end_group(self._group)
        _remove(self.folder)

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file with mode 0600; folders in the name are created. Raises :class:`OSError`."""
        folder = self.folder
        for part in os.path.dirname(name).split("/") if "/" in name else ():
            folder = os.path.join(folder, part)
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder, 0o700)
                self._give(folder)
        path = os.path.join(self.folder, name)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        self._give(path)

    def write_all(self, files: Mapping[str, str] | Mapping[str, bytes]) -> None:
        """Write files, by their names. Raises :class:`OSError`."""
        for name, content in files.items():
            self.write(name, content)

    def _give(self, path: str) -> None:
        if self._owner:
            os.chown(path, self._owner.uid, self._owner.gid)

    def start(self, command: Sequence[str]) -> None:
        """Start the program in a session of its own, with its output in :attr:`log`. Raises :class:`StartError`."""
        self.write("output", "")
        request = {"command": list(command), "environment": self.environment(), "owner": self._owner}
        os.write(self._requests, json.dumps(request).encode() + b"\n")
        while not self._group:
            self._read_reports(timeout=10.0)

    def environment(self) -> Mapping[str, str]:
        """Return the environment of the program and of its console."""
        path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin:/sbin:/bin"
        return {"PATH": path.lstrip(":"), "HOME": self.folder, "LC_ALL": "C.UTF-8", "TERM": "dumb"}

    def exit_code(self) -> int | None:
        """Return the exit code of the program, negative for a signal; ``None`` while it runs. Raises :class:`StartError`."""
        self._read_reports(timeout=0.0)
        return self._exit_code

    def output(self) -> str:
        """Return what the program has printed so far."""
        try:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def console(self, command: Sequence[str]) -> str:
        """Run a command of the program's console as the program's user, and return its output; empty if it fails."""
        return run_console(command, self.environment(), self._owner)

    def _read_reports(self, timeout: float) -> None:
        while self._exit_code is None and select.select([self._reports], [], [], timeout)[0]:
            received = os.read(self._reports, 4096)
            if not received:
                raise StartError("its guard was killed")
            *lines, self._pending = (self._pending + received).split(b"\n")
            for line in lines:
                report = json.loads(line)
                if "error" in report:
                    raise StartError(report["error"])
                self._group = report.get("group", self._group)
                self._exit_code = report.get("exit_code", self._exit_code)
            timeout = 0.0


class _Guard:
    """The guard's process: it starts the program, reports what happens to it, and ends it."""

    def __init__(self, folder: str, requests: int, reports: int) -> None:
        self._folder, self._requests, self._reports = folder, requests, reports
        self._program: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Serve until the module closes the pipe or ends."""
        try:
            self._detach()
            self._serve()
        finally:
            try:
                if self._program:
                    _end_group(self._program.pid, self._program)
                _remove(self._folder)
            finally:
                os._exit(0)

    def _detach(self) -> None:
        os.setsid()
        for number in _SIGNALS:
            signal.signal(number, lambda *_arguments: None)  # not SIG_IGN, which the program would inherit
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        # Ansible reads the module's output until every process has closed it.
        keep = {self._requests, self._reports}
        for descriptor in [int(name) for name in os.listdir("/proc/self/fd")] if os.path.isdir("/proc/self/fd") else []:
            if descriptor > 2 and descriptor not in keep:
                with contextlib.suppress(OSError):
                    os.close(descriptor)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)

    def _serve(self) -> None:
        received, is_reported = b"", False
        while True:
            if select.select([self._requests], [], [], _POLL_SECONDS)[0]:
                read = os.read(self._requests, 65536)
                if not read:
                    return
                received += read
                if received.endswith(b"\n") and self._program is None:
                    self._start(**json.loads(received))
            if self._program and not is_reported and self._program.poll() is not None:
                self._report(exit_code=self._program.returncode)
                is_reported = True

    def _start(self, command: list[str], environment: dict[str, str], owner: list[object] | None) -> None:
        try:
            with open(os.path.join(self._folder, "output"), "ab") as output:
                self._program = _popen(command, environment, Owner(*owner) if owner else None, output, self._folder)  # type: ignore[arg-type]
        except OSError as exc:
            self._report(error=f"{command[0]} cannot be run: {exc.strerror}")
        else:
            self._report(group=self._program.pid)

    def _report(self, **values: object) -> None:
        with contextlib.suppress(OSError):  # the module may have ended
            os.write(self._reports, json.dumps(values).encode() + b"\n")


def _popen(
    command: Sequence[str], environment: Mapping[str, str], owner: Owner | None, output: object, folder: str
) -> subprocess.Popen[bytes]:
    user = (
        {"user": owner.uid, "group": owner.gid, "extra_groups": os.getgrouplist(owner.name, owner.gid)} if owner else {}
    )
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=dict(environment),
        start_new_session=True,
        restore_signals=True,
        **user,
    )


def run_console(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    owner: Owner | None = None,
    seconds: float = 5.0,
) -> str:
    """Run a command of a console and return its standard output; empty if it cannot be run or takes too long."""
    user = (
        {"user": owner.uid, "group": owner.gid, "extra_groups": os.getgrouplist(owner.name, owner.gid)} if owner else {}
    )
    try:
        done = subprocess.run(  # type: ignore[call-overload]
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=None if environment is None else dict(environment),
            timeout=seconds,
            check=False,
            **user,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return str(done.stdout.decode("utf-8", "replace"))


def _end_group(group: int, leader: subprocess.Popen[bytes] | None = None) -> None:
    """End all processes of a group: SIGTERM, and SIGKILL for those that still run some seconds later."""
    for number, seconds in ((signal.SIGTERM, _STOP_SECONDS), (signal.SIGKILL, 1.0)):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                # The group's number is not used again while one of its processes exists.
                os.killpg(group, number if number is not None else 0)
            except (ProcessLookupError, PermissionError):
                return
            number = None  # type: ignore[assignment]  # noqa: PLW2901 - sent once
            if leader:
                leader.poll()
            time.sleep(0.02)


def _remove(folder: str) -> None:
    """Remove the folder, also if a program writes into it while it is removed."""
    for _time in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(0.1)
