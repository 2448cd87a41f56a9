# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The console of a running SIP program."""

from __future__ import annotations

import os
import shlex
import time
from typing import TYPE_CHECKING

from .command import Answer, run
from .refusals import listing_refusal, refusal
from .registrations import STATUS_COMMANDS, registrations

if TYPE_CHECKING:
    from collections.abc import Callable

    from .registrations import Registration

# The command that passes its further argument, or arguments, to the program's console.
CONSOLE_COMMANDS = {"asterisk": "asterisk -rx", "freeswitch": "fs_cli -x", "kamailio": "kamcmd"}
COMMAND_TIMEOUT = 30.0  # seconds
_POLL = 0.25  # seconds between two questions


class ConsoleError(Exception):
    """The program did not answer, or refused a command. The message is what its console said, in one line."""


def run_text(command: str, arguments: list[str], timeout: float) -> Answer:
    """Run a command line with further arguments, without a shell; ``~`` and variables of the environment are expanded."""
    try:
        words = [os.path.expandvars(os.path.expanduser(word)) for word in shlex.split(command)]
    except ValueError as exc:
        return Answer(False, f"it is not a command: {exc}")
    return run([*words, *arguments], timeout) if words else Answer(False, "the command is empty")


class Console:
    """The console of a SIP program; ``prefix`` is the command line that passes its further arguments to it."""

    def __init__(self, program: str, prefix: str) -> None:
        self.program = program
        self.prefix = prefix

    def ask(self, command: str) -> str:
        """Run a command and return its output. Raises :class:`ConsoleError` if it is refused."""
        answer = self._run(command)
        reason = refusal(answer.succeeded, answer.output)
        if reason:
            raise ConsoleError(reason)
        return answer.output

    def registrations(self) -> dict[str, Registration]:
        """Return the registrations by user name. Raises :class:`ConsoleError`.

        The output itself is never shown, because Kamailio's has the passwords.
        """
        answer = self._run(STATUS_COMMANDS[self.program])
        reason = listing_refusal(answer.succeeded, answer.output)
        if reason:
            raise ConsoleError(reason)
        return registrations(self.program, answer.output)

    def _run(self, command: str) -> Answer:
        # kamcmd takes the words of a command as arguments of their own, the others one argument.
        arguments = command.split(" ") if self.program == "kamailio" else [command]
        return run_text(self.prefix, arguments, COMMAND_TIMEOUT)


def wait_until(ready: Callable[[], bool], seconds: float) -> bool:
    """Ask until ``ready`` returns true, for some seconds, at least once, and return whether it did."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() >= end:
            return False
        time.sleep(_POLL)
    return True
