# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a program without a shell and with a time limit."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_OUTPUT_MAX = 16 * 1024 * 1024  # bytes; a listing of 10,000 registrations has about 5 million


class Answer(NamedTuple):
    """The result of a command: whether it exited with 0, and its output, or the reason why it did not run."""

    succeeded: bool
    output: str


def run(command: Sequence[str], timeout: float, **options: Any) -> Answer:
    """Run a command for at most ``timeout`` seconds and return its output, standard error included.

    ``options`` are further options of ``Popen``, such as the user.

    The output goes to an unnamed file and not to a pipe: a service that the command starts may inherit it, and keep a pipe open.
    """
    with tempfile.TemporaryFile() as output:
        try:
            # AnsibleModule.run_command has no time limit, and waits until a pipe is closed.
            process = subprocess.Popen(  # noqa: S603  # pylint: disable=ansible-bad-function
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **options,
            )
        except (OSError, ValueError) as exc:  # ValueError: a null byte
            return Answer(False, f"{command[0]}: {getattr(exc, 'strerror', None) or exc}")
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return Answer(False, f"{command[0]} did not end within {timeout:.0f} seconds")
        output.seek(0)
        text = output.read(_OUTPUT_MAX).decode("utf-8", "replace")
    return Answer(process.returncode == 0, text)
