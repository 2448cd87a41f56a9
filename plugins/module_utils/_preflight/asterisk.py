# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Asterisk that runs apart."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from .._sip.preflight_config import asterisk_directories, asterisk_files
from .._sip.registrar_answers import answers, shared_registrations
from .._sip.registrations import STATUS_COMMANDS, registrations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._sip.preflight_config import Place
    from .instance import Setup
    from .process import TemporaryProcess

_VERSION_WITHOUT_DELAY = 20


class AsteriskInstance:
    """An Asterisk with the modules for outbound registrations only, and no dialplan. A call to it is answered with 500."""

    def __init__(self, process: TemporaryProcess, setup: Setup) -> None:
        self._process, self._setup = process, setup
        self._command = [setup.executable, "-C", f"{process.folder}/asterisk.conf"]

    def prepare(self, place: Place) -> list[str]:
        """Write the files and return the command. Raises :class:`OSError`."""
        version = re.match(r"Asterisk \D*(\d+)", self._process.console([self._setup.executable, "-V"]))
        has_delay = not version or int(version[1]) < _VERSION_WITHOUT_DELAY
        try:
            with open(os.path.join(self._setup.dest, "asterisk.conf"), encoding="utf-8", errors="replace") as file:
                directories = asterisk_directories(file.read())
        except OSError:
            directories = {}
        self._process.write_all(asterisk_files(place, self._setup.accounts, directories, delay=has_delay))
        self._process.write_all(self._setup.files)
        return [*self._command, "-f", "-n"]

    def _cli(self, command: str) -> str:
        return self._process.console([*self._command, "-rx", command])

    def is_ready(self) -> bool:
        """Return whether the program has started."""
        return "Asterisk Ready" in self._process.output()

    def registered(self) -> set[str]:
        """Return the user names of the accounts that are registered."""
        found = registrations("asterisk", self._cli(STATUS_COMMANDS["asterisk"]))
        return {user for user, state in found.items() if state.registered}

    def answers(self) -> dict[str, str]:
        """Return the registrar's answer to each account that was refused or got no response."""
        return answers("asterisk", self._process.output())

    def deregister(self, users: Iterable[str]) -> bool:
        """Send a REGISTER with the expiry 0 for the own contact of each account."""
        for user in users:
            self._cli(f"pjsip send unregister telnyx-{user}-reg-0")
        return True

    def displaced(self, users: Iterable[str]) -> list[str]:
        """Return those of the registered accounts of which the registrar may have dropped another registration.

        An Asterisk that is asked to register again removes its registration first, so it is asked only if it needs to be.
        """
        shared = shared_registrations(self._process.output())
        return [user for user in users if user not in shared]
