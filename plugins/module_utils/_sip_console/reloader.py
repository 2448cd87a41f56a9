# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a SIP program load its files, by its console or by a user's command, and verifying that it registers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._file_replacement import read_regular
from .configured import ACCOUNT_FILES, configured_accounts
from .console import Console, ConsoleError, run_text
from .file_backups import files_in_backup
from .refusals import refusal
from .reload import Change, register_changed_again, reload_program
from .verification import Verification, wait_for_registrations

RELOAD_COMMAND_TIMEOUT = 300.0  # seconds, for a user's own command
_SHOWN = 20


class Attempt(NamedTuple):
    """A reload: whether it happened, what is wrong with it or an empty string, and if it was verified, what is registered."""

    reloaded: bool
    problem: str
    outcome: Verification | None = None

    def is_good(self) -> bool:
        """Return whether the program loaded everything, and all accounts are registered if that was verified."""
        return self.reloaded and not self.problem and not (self.outcome and self.outcome.not_registered)

    def as_dict(self) -> dict[str, Any]:
        """Return the result in JSON types."""
        result: dict[str, Any] = {"reloaded": self.reloaded}
        if self.outcome:
            states = self.outcome.not_registered.items()
            result["registered"] = self.outcome.registered
            result["not_registered"] = [{"user_name": user, "state": state} for user, state in states]
        return result

    def sentence(self, program: str, timeout: int) -> str:
        """Return what happened as the rest of a sentence, with its period."""
        if not self.reloaded:
            return f"{program} was not reloaded: {self.problem}."
        problem = f" {self.problem}." if self.problem else ""
        states = list(self.outcome.not_registered.items()) if self.outcome else []
        if not states:
            return f"{program} was reloaded.{problem}" if problem else f"{program} registered all accounts."
        shown = ", ".join(f"{user} ({state})" for user, state in states[:_SHOWN])
        more = f" and {len(states) - _SHOWN} more" if len(states) > _SHOWN else ""
        total = len(states) + len(self.outcome.registered if self.outcome else [])
        which = f"{len(states)} of {total} accounts"
        return f"{program} did not register {which} within {timeout} seconds: {shown}{more}.{problem}"


@dataclass
class Reloader:
    """How a program loads the files of a folder, and for how many seconds its registrations are waited for; 0: not at all.

    ``console`` is ``None`` for a program without one; then it needs ``command``, a user's own. ``profile`` is FreeSWITCH's.
    """

    program: str
    dest: str
    console: Console | None
    command: str | None
    profile: str
    timeout: int

    def accounts(self) -> dict[str, str]:
        """Return the settings of the accounts in the files as they are now, by user name. Raises :class:`OSError`."""
        if self.console is None:
            return {}
        if self.program in ACCOUNT_FILES:
            names = [ACCOUNT_FILES[self.program]]
        else:
            names = (
                sorted(name for name in os.listdir(self.dest) if name.endswith(".xml"))
                if os.path.isdir(self.dest)
                else []
            )
        paths = [os.path.join(self.dest, name) for name in names]
        contents = [(read_regular(path) or b"") if os.path.isfile(path) else b"" for path in paths]
        return configured_accounts(self.program, {name: _text(content) for name, content in zip(names, contents)})

    def accounts_before(self, backup: str | None) -> dict[str, str]:
        """Return the settings of the accounts in the files of a backup. For FreeSWITCH they are not needed. Raises :class:`OSError`."""
        if backup is None or self.program not in ACCOUNT_FILES:
            return {}
        files = {name: _text(content) for name, content in files_in_backup(backup).items()}
        return configured_accounts(self.program, files)

    def change(self, paths: list[str], before: dict[str, str]) -> Change:
        """Return how the accounts changed.

        ``paths`` are the files that changed, and ``before`` are the earlier accounts, empty if they are not known.
        """
        now = self.accounts()
        if self.program == "freeswitch":
            stems = {os.path.basename(path)[: -len(".xml")] for path in paths if path.endswith(".xml")}
            return Change(set(now), stems & now.keys(), stems - now.keys())
        changed = {user for user in now.keys() & before.keys() if now[user] != before[user]}
        return Change(set(now), changed, before.keys() - now.keys())

    def attempt(self, change: Change) -> Attempt:
        """Reload the program and, with a timeout, wait for its registrations."""
        try:
            problem = self._load(change)
        except ConsoleError as exc:
            return Attempt(False, str(exc))
        if not self.timeout or self.console is None:
            return Attempt(True, problem)
        renewed = change.changed if self.program == "asterisk" else set()
        if self.command:
            register_changed_again(self.console, renewed)
        return Attempt(True, problem, wait_for_registrations(self.console, change.accounts, renewed, self.timeout))

    def _load(self, change: Change) -> str:
        if self.command:
            answer = run_text(self.command, [], RELOAD_COMMAND_TIMEOUT)
            reason = refusal(answer.succeeded, answer.output)
            if reason:
                raise ConsoleError(reason)
            return ""
        if self.console is None:
            raise ConsoleError("it has no console, and there is no command")
        return reload_program(self.console, change, self.profile)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
