# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program in a folder of its own, with a guard: a process that ends the program and removes the folder.

The guard does so when it is asked to, and also if the module ends in any way, SIGKILL included: it then reads the end of a
pipe whose other end only the module has.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import pwd
import select
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from .._console.command import run
from . import guard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# The path of a Unix socket in the folder has at most 107 bytes.
_BASE_MAX = 60
_CONSOLE_SECONDS = 5.0
_GUARD_SECONDS = 10.0


class StartError(Exception):
    """The program cannot be started, or it ended. The message is a part of a sentence, such as ``"it ended with ..."``."""


class Owner(NamedTuple):
    """The user that a program runs as."""

    name: str
    uid: int
    gid: int

    def options(self) -> dict[str, Any]:
        """Return the options of ``Popen`` that run a program as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": os.getgrouplist(self.name, self.gid)}


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


class TemporaryProcess:
    """A folder for one program. Use it as a context manager; at its end, the program has ended and the folder is removed.

    ``folder`` is its path and ``log`` that of the program's output. With an owner, the program runs as that user, and the
    folder belongs to that user from then on.
    """

    def __init__(self, owner: Owner | None = None) -> None:
        base = tempfile.gettempdir()
        self.folder = os.path.join(base if len(base) < _BASE_MAX else "/tmp", f"sip-{os.urandom(6).hex()}")  # noqa: S108
        self.log = os.path.join(self.folder, "output")
        self._owner = owner
        self._requests = self._reports = self._output = -1
        self._guard: subprocess.Popen[bytes] | None = None
        self._group: int | None = None
        self._exit_code: int | None = None
        self._is_guarded = False
        self._pending = b""

    def __enter__(self) -> TemporaryProcess:
        request_end, self._requests = os.pipe()
        self._reports, report_end = os.pipe()
        try:
            # It has none of the module's descriptors: Ansible reads the module's output until every process has closed it.
            self._guard = subprocess.Popen(  # pylint: disable=ansible-bad-function
                [sys.executable, "-I", "-", self.folder, str(request_end), str(report_end)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(request_end, report_end),
                start_new_session=True,
            )
            os.close(request_end)
            os.close(report_end)
            if self._guard.stdin:
                with self._guard.stdin as script:
                    script.write(inspect.getsource(guard).encode())
            self._wait_for_report(lambda: self._is_guarded)
            os.mkdir(self.folder, 0o700)  # the guard exists before the folder does
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self._requests)
        if self._guard:
            self._guard.wait()
        os.close(self._reports)
        if self._output >= 0:
            os.close(self._output)
        # The guard has done this, unless somebody killed it.
        if self._group is not None:
            guard.end_group(self._group)
        guard.remove(self.folder)

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file with mode 0600, before the program is started. Raises :class:`OSError`.

        Folders in the name are created. Until the program is started, they belong to the module's user: otherwise
        the program's user could replace one by a symbolic link, and make root write elsewhere.
        """
        folder = self.folder
        for part in os.path.dirname(name).split("/") if "/" in name else ():
            folder = os.path.join(folder, part)
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder, 0o700)
        path = os.path.join(self.folder, name)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())

    def write_all(self, files: Mapping[str, str] | Mapping[str, bytes]) -> None:
        """Write files, by their names. Raises :class:`OSError`."""
        for name, content in files.items():
            self.write(name, content)

    def _options(self) -> dict[str, Any]:
        """Return the options of ``Popen`` for the program and its console: the environment and the user."""
        path = ":".join(filter(None, (os.environ.get("PATH"), "/usr/sbin:/usr/bin:/sbin:/bin")))
        environment = {"PATH": path, "HOME": self.folder, "LC_ALL": "C.UTF-8", "TERM": "dumb"}
        return {"env": environment, **(self._owner.options() if self._owner else {})}

    def start(self, command: Sequence[str]) -> None:
        """Start the program, with its output in the file ``log``. Raises :class:`StartError` and :class:`OSError`."""
        self.write("output", "")
        self._output = os.open(self.log, os.O_RDONLY | os.O_CLOEXEC)
        owner = [self._owner.uid, self._owner.gid] if self._owner else None
        request = {"command": list(command), "output": self.log, "owner": owner, "options": self._options()}
        os.write(self._requests, json.dumps(request).encode() + b"\n")
        self._wait_for_report(lambda: self._group is not None)

    def exit_code(self) -> int | None:
        """Return the exit code of the program, negative for a signal; ``None`` while it runs. Raises :class:`StartError`."""
        self._read_reports(0.0)
        return self._exit_code

    def output(self) -> str:
        """Return what the program has printed so far."""
        if self._output < 0:
            return ""
        return os.pread(self._output, os.fstat(self._output).st_size, 0).decode("utf-8", "replace")

    def console(self, command: Sequence[str]) -> str:
        """Run a command of the program's console as the program's user, and return its output; empty if it fails."""
        answer = run(command, _CONSOLE_SECONDS, **self._options())
        return answer.output if answer.succeeded else ""

    def _wait_for_report(self, has_come: Callable[[], bool]) -> None:
        """Read reports of the guard until one has come. Raises :class:`StartError` if none does in time."""
        end = time.monotonic() + _GUARD_SECONDS
        while not has_come():
            remaining = end - time.monotonic()
            if remaining <= 0:
                raise StartError(f"its guard process did not answer within {_GUARD_SECONDS:.0f} seconds")
            self._read_reports(remaining)

    def _read_reports(self, timeout: float) -> None:
        """Wait for reports of the guard for so many seconds, and read those that there are. Raises :class:`StartError`."""
        while select.select([self._reports], [], [], timeout)[0]:
            received = os.read(self._reports, 4096)
            if not received:
                raise StartError("its guard process has ended")
            *lines, self._pending = (self._pending + received).split(b"\n")
            for line in lines:
                report = json.loads(line)
                if "error" in report:
                    raise StartError(report["error"])
                self._is_guarded = self._is_guarded or "ready" in report
                self._group = report.get("group", self._group)
                self._exit_code = report.get("exit_code", self._exit_code)
            timeout = 0.0
