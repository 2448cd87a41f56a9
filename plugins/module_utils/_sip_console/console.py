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
from typing import TYPE_CHECKING

from .._text import one_line

if TYPE_CHECKING:
    from collections.abc import Collection

# The command that passes its further argument, or arguments, to the program's console.
CONSOLE_COMMANDS = {"asterisk": "asterisk -rx", "freeswitch": "fs_cli -x", "kamailio": "kamcmd"}
_COMMAND_TIMEOUT = 30.0  # seconds

REGISTERED = "registered"

# The command of each program's console that lists the registrations. baresip has no console.
_STATUS_COMMANDS = {
    "asterisk": "pjsip show registrations",
    "freeswitch": "sofia status gateway",
    "kamailio": "uac.reg_dump",
}

_ASTERISK = re.compile(r"(?m)^\s*(\S+)-reg-\d+/\S*\s+\S+\s+(\w+)")
# A gateway that was killed is listed until FreeSWITCH has removed it, and if its file was loaded again, as another gateway too.
_FREESWITCH = re.compile(r"(?m)^ *\S+?::(\S+)\t *sip:[^\t]*\t(\w+)")
_KAMAILIO = re.compile(r"(?m)^\s*l_uuid: (\S+)$(?:\n(?!\s*l_uuid: ).*)*?\n\s*flags: (\d+)$")
# Source: the flags UAC_REG_* in Kamailio's module uac, uac_reg.c.
_KAMAILIO_DISABLED, _KAMAILIO_ONLINE = 1, 4

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


def run(command: str, arguments: list[str], timeout: float) -> tuple[bool, str]:
    """Run a command line with further arguments for at most ``timeout`` seconds. ``~`` and environment variables are expanded.

    Return whether it exited with 0, and its output and standard error, or the reason why it did not run.
    """
    if not command.strip():
        return False, "the command is empty"
    try:
        words = [os.path.expandvars(os.path.expanduser(word)) for word in shlex.split(command)] + arguments
    except ValueError as exc:
        return False, f"it is not a command: {exc}"
    # The output goes to an unnamed file and not to a pipe: a service that the command starts may inherit a pipe, and keep it open.
    with tempfile.TemporaryFile() as output:
        try:
            # AnsibleModule.run_command has no time limit, and waits until a pipe is closed.
            process = subprocess.Popen(  # noqa: S603  # pylint: disable=ansible-bad-function
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        except (OSError, ValueError) as exc:  # ValueError: a null byte
            return False, f"{words[0]}: {getattr(exc, 'strerror', None) or exc}"
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return False, f"{words[0]} did not end within {timeout:.0f} seconds"
        output.seek(0)
        return process.returncode == 0, output.read().decode("utf-8", "replace")


def check(answer: tuple[bool, str], passwords: Collection[str] | None) -> None:
    """Raise :class:`ConsoleError` if a command was refused.

    ``passwords`` are those of the program's files, as they stand there: output that holds one is not quoted. ``None`` if they
    are not known, and then nothing is quoted.
    """
    succeeded, output = answer
    if not succeeded or _REFUSALS.search(output):
        raise ConsoleError(_quote(output, passwords))


def _quote(output: str, passwords: Collection[str] | None) -> str:
    if not output.strip():
        return "the command printed no reason"
    if passwords is None:
        return "its output is not shown, because it may hold a password"
    plain = _plain(output)
    if any(_plain(password) in plain for password in passwords if _plain(password)):
        return "its answer is not shown, because it holds a password"
    return one_line(output)


def _plain(text: str) -> str:
    """Return text without what a file's format adds to a password: escapes, quotes, and line breaks of the output."""
    return re.sub(r"[\\\"'\s]", "", html.unescape(text))


def registrations(program: str, output: str) -> dict[str, str]:
    """Return the states of the registrations by section or gateway, from the output of the console.

    A state is :data:`REGISTERED`, or else the program's own word, such as ``Rejected``. If a registration is listed twice, it
    is registered only if both are.
    """
    if program == "kamailio":
        found = [(name, _of_flags(int(flags))) for name, flags in _KAMAILIO.findall(output)]
    else:
        pattern, registered = (_ASTERISK, "Registered") if program == "asterisk" else (_FREESWITCH, "REGED")
        found = [(name, REGISTERED if state == registered else state) for name, state in pattern.findall(output)]
    result: dict[str, str] = {}
    for name, state in found:
        if result.get(name, REGISTERED) == REGISTERED:
            result[name] = state
    return result


def _of_flags(flags: int) -> str:
    is_online = flags & _KAMAILIO_ONLINE and not flags & _KAMAILIO_DISABLED
    return REGISTERED if is_online else f"not registered, flags {flags}"


class Console:
    """The console of a SIP program; ``prefix`` is the command line that passes its further arguments to it.

    No message shows one of the ``passwords``.
    """

    def __init__(self, program: str, prefix: str, passwords: Collection[str]) -> None:
        self.program = program
        self._prefix = prefix
        self._passwords = passwords

    def silence(self) -> str:
        """Return why the program does not answer, or an empty string if it does, whatever it says."""
        succeeded, output = self._run(_STATUS_COMMANDS[self.program])
        return "" if succeeded else _quote(_first_line(output), self._passwords)

    def ask(self, command: str) -> None:
        """Run a command. Raises :class:`ConsoleError` if it is refused."""
        check(self._run(command), self._passwords)

    def registrations(self) -> dict[str, str]:
        """Return the states of the registrations by section or gateway. Raises :class:`ConsoleError`.

        Of the output only the first line may be quoted: Kamailio's has the passwords, and values may look like a refusal.
        """
        succeeded, output = self._run(_STATUS_COMMANDS[self.program])
        check((succeeded, _first_line(output)), self._passwords)
        return registrations(self.program, output)

    def _run(self, command: str) -> tuple[bool, str]:
        # kamcmd takes the words of a command as arguments of their own, the others one argument.
        arguments = command.split(" ") if self.program == "kamailio" else [command]
        return run(self._prefix, arguments, _COMMAND_TIMEOUT)


def _first_line(output: str) -> str:
    return output.lstrip().partition("\n")[0]
