# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The console of a running SIP program, and other commands: without a shell, with a time limit, and never quoting a password."""

from __future__ import annotations

import contextlib
import html
import os
import re
import shlex
import signal
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING, NamedTuple

from .._text import one_line
from .registrations import STATUS_COMMANDS, registrations

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .registrations import Registration

# The command that passes its further argument, or arguments, to the program's console.
CONSOLE_COMMANDS = {"asterisk": "asterisk -rx", "freeswitch": "fs_cli -x", "kamailio": "kamcmd"}
COMMAND_TIMEOUT = 30.0  # seconds
_OUTPUT_MAX = 16 * 1024 * 1024  # bytes; a listing of 10,000 registrations has about 5 million
_POLL = 0.25  # seconds between two questions

# Consoles exit with 0 also when they refuse a command.
_REFUSALS = re.compile(
    r"""
    ^(error|-ERR|\[ERROR\]|No\ such|Unable|Invalid\ (Profile|Gateway))
    | \[\[error                      # FreeSWITCH: Reload XML [[error near line 71]: unexpected closing tag </gateway>]
    | reload\ failure | does\ not\ support\ reload | not\ properly\ initialized | already\ in\ progress | cannot\ reload
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


class ConsoleError(Exception):
    """The program did not answer, or refused a command. The message is what its console said, in one line."""


class Answer(NamedTuple):
    """The result of a command: whether it exited with 0, and its output, or the reason why it did not run."""

    succeeded: bool
    output: str


def run(command: str, arguments: list[str], timeout: float) -> Answer:
    """Run a command line with further arguments for at most ``timeout`` seconds; standard error is a part of the output.

    ``~`` and variables of the environment are expanded.
    """
    if not command.strip():
        return Answer(False, "the command is empty")
    try:
        words = [os.path.expandvars(os.path.expanduser(word)) for word in shlex.split(command)] + arguments
    except ValueError as exc:
        return Answer(False, f"it is not a command: {exc}")
    # The output goes to an unnamed file and not to a pipe: a service that the command starts may inherit a pipe, and keep it open.
    with tempfile.TemporaryFile() as output:
        try:
            # AnsibleModule.run_command has no time limit, and waits until a pipe is closed.
            process = subprocess.Popen(  # noqa: S603  # pylint: disable=ansible-bad-function
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        except (OSError, ValueError) as exc:  # ValueError: a null byte
            return Answer(False, f"{words[0]}: {getattr(exc, 'strerror', None) or exc}")
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return Answer(False, f"{words[0]} did not end within {timeout:.0f} seconds")
        output.seek(0)
        return Answer(process.returncode == 0, output.read(_OUTPUT_MAX).decode("utf-8", "replace"))


class Quoting:
    """Quotes a program's output in a message, unless it may hold a password.

    ``passwords`` are those of its files, as they stand there; ``None`` if they are not known, and then nothing is quoted.
    """

    def __init__(self, passwords: Collection[str] | None) -> None:
        self._passwords = None if passwords is None else {_plain(each) for each in passwords} - {""}

    def quote(self, output: str) -> str:
        """Return the output as one line."""
        if not output.strip():
            return "the command printed no reason"
        if self._passwords is None:
            return "its output is not shown, because it may hold a password"
        plain = _plain(output)
        if any(password in plain for password in self._passwords):
            return "its answer is not shown, because it holds a password"
        return one_line(output)


def _plain(text: str) -> str:
    """Return text without what a file's format adds to a password: escapes, quotes, and line breaks of the output."""
    return re.sub(r"[\\\"'\s]", "", html.unescape(text))


def refusal(answer: Answer, quoting: Quoting) -> str:
    """Return why a command was refused, in one line, or an empty string if it was not."""
    if answer.succeeded and not _REFUSALS.search(answer.output):
        return ""
    return quoting.quote(answer.output)


class Console:
    """The console of a SIP program; ``prefix`` is the command line that passes its further arguments to it."""

    def __init__(self, program: str, prefix: str, quoting: Quoting) -> None:
        self.program = program
        self.prefix = prefix
        self.quoting = quoting

    def silence(self) -> str:
        """Return why the program does not answer, or an empty string if it does, whatever it says."""
        answer = self._run(STATUS_COMMANDS[self.program])
        return "" if answer.succeeded else self.quoting.quote(_first_line(answer.output))

    def ask(self, command: str) -> None:
        """Run a command. Raises :class:`ConsoleError` if it is refused."""
        reason = refusal(self._run(command), self.quoting)
        if reason:
            raise ConsoleError(reason)

    def registrations(self) -> dict[str, Registration]:
        """Return the registrations by the name of the section or gateway. Raises :class:`ConsoleError`.

        Of the output only the first line may be quoted: Kamailio's has the passwords, and values may look like a refusal.
        """
        answer = self._run(STATUS_COMMANDS[self.program])
        reason = refusal(Answer(answer.succeeded, _first_line(answer.output)), self.quoting)
        if reason:
            raise ConsoleError(reason)
        return registrations(self.program, answer.output)

    def _run(self, command: str) -> Answer:
        # kamcmd takes the words of a command as arguments of their own, the others one argument.
        arguments = command.split(" ") if self.program == "kamailio" else [command]
        return run(self.prefix, arguments, COMMAND_TIMEOUT)


def _first_line(output: str) -> str:
    return output.lstrip().partition("\n")[0]


def wait_until(ready: Callable[[], bool], seconds: float) -> bool:
    """Ask until ``ready`` returns true, for some seconds, at least once, and return whether it did."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() >= end:
            return False
        time.sleep(_POLL)
    return True
