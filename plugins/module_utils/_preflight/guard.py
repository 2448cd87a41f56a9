# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard of a program: a script that starts the program, and ends it when the module closes a pipe or has ended.

:class:`TemporaryProcess` in ``process.py`` runs the source of this file as a process of its own, so it imports the standard library only.
Its arguments are the program's folder and the descriptors of two pipes: for requests from the module, and for reports to it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from typing import Any

STOP_SECONDS = 5.0  # after SIGTERM, before SIGKILL
KILL_SECONDS = 1.0
POLL_SECONDS = 0.1


class Guard:
    """Starts the program, reports what happens to it, ends it, and removes its folder."""

    def __init__(self, folder: str, requests: int, reports: int) -> None:
        self._folder, self._requests, self._reports = folder, requests, reports
        self._program: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Serve until the module closes the pipe of the requests, or ends."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_arguments: None)  # not SIG_IGN, which the program would inherit
        try:
            self._report(ready=True)
            self._serve()
        finally:
            try:
                if self._program:
                    end_group(self._program.pid, self._program)
            finally:
                remove(self._folder)

    def _serve(self) -> None:
        received, is_reported = b"", False
        while True:
            if select.select([self._requests], [], [], POLL_SECONDS)[0]:
                read = os.read(self._requests, 65536)
                if not read:
                    return
                received += read
                if received.endswith(b"\n") and self._program is None:
                    self._start(**json.loads(received))
            if self._program and not is_reported and self._program.poll() is not None:
                self._report(exit_code=self._program.returncode)
                is_reported = True

    def _start(self, command: list[str], output: str, owner: list[int] | None, options: dict[str, Any]) -> None:
        """Start the program in a session of its own; ``options`` are those of ``Popen`` that JSON can hold.

        ``owner``: the ids of the user and group that get the folder.
        """
        try:
            with open(output, "ab") as file:
                if owner:
                    give(self._folder, *owner)
                # AnsibleModule.run_command would wait for the program.
                self._program = subprocess.Popen(  # pylint: disable=ansible-bad-function
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    cwd=self._folder,
                    start_new_session=True,
                    **options,
                )
        except OSError as exc:
            self._report(error=f"{command[0]} cannot be run: {exc.strerror}")
        else:
            self._report(group=self._program.pid)

    def _report(self, **values: object) -> None:
        with contextlib.suppress(OSError):  # the module may have ended
            os.write(self._reports, json.dumps(values).encode() + b"\n")


def give(folder: str, user: int, group: int) -> None:
    """Change the owner of all files in a folder, and then of the folder. Raises :class:`OSError`."""
    for path, folders, files in os.walk(folder, topdown=False):
        for name in (*folders, *files):
            os.chown(os.path.join(path, name), user, group, follow_symlinks=False)
    os.chown(folder, user, group)


def end_group(group: int, leader: subprocess.Popen[bytes] | None = None) -> None:
    """End all processes of a group: by SIGTERM, and by SIGKILL those that still run some seconds later."""
    for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
        end = time.monotonic() + seconds
        wanted: int = number
        while time.monotonic() < end:
            try:
                # The number of a group is not used again while one of its processes exists.
                os.killpg(group, wanted)
            except (ProcessLookupError, PermissionError):
                return
            wanted = 0  # only whether the group exists
            if leader:
                leader.poll()
            time.sleep(0.02)


def remove(folder: str) -> None:
    """Remove the folder, also if a process still writes into it."""
    for _time in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(0.1)


if __name__ == "__main__":
    Guard(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])).run()
