# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kamailio that runs apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._console.reload import kamailio_command
from .._sip.preflight_config import kamailio_files
from .._sip.registrar_answers import answers, transport_error
from .._sip.registrations import STATUS_COMMANDS, registrations
from .instance import find_executable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._sip.preflight_config import Place
    from .instance import Setup
    from .process import TemporaryProcess


class KamailioInstance:
    """A Kamailio with the module ``uac`` that answers every request with 503."""

    def __init__(self, process: TemporaryProcess, setup: Setup) -> None:
        self._process, self._setup = process, setup
        self._console = [find_executable("kamcmd", beside=setup.executable), "-s", f"unix:{process.folder}/ctl"]

    def prepare(self, place: Place) -> list[str]:
        """Write the files and return the command. Raises :class:`OSError`."""
        folder = self._process.folder
        self._process.write_all(kamailio_files(place))
        self._process.write_all({f"dbtext/{name}": content for name, content in self._setup.files.items()})
        memory = ["-m", "64", "-M", "8"]
        return [
            self._setup.executable, "-DD", "-E", *memory, "-f", f"{folder}/kamailio.cfg", "-P", f"{folder}/pid",
            "-Y", folder, "-w", folder,
        ]  # fmt: skip

    def is_ready(self) -> bool:
        """Return whether the program has started."""
        return "uptime" in self._process.console([*self._console, "core.uptime"])

    def registered(self) -> set[str]:
        """Return the user names of the accounts that are registered."""
        found = registrations("kamailio", self._process.console([*self._console, STATUS_COMMANDS["kamailio"]]))
        return {user for user, state in found.items() if state.registered}

    def answers(self) -> dict[str, str]:
        """Return the registrar's answer to each account that was refused or got no response.

        Kamailio names no account in an error of a connection, which all its accounts share.
        """
        output = self._process.output()
        error = transport_error(output)
        everywhere = dict.fromkeys(self._setup.accounts, error) if error else {}
        return {**everywhere, **answers("kamailio", output)}

    def deregister(self, users: Iterable[str]) -> bool:
        """Send a REGISTER with the expiry 0 for the own contact of each account."""
        for user in users:
            self._process.console([*self._console, *kamailio_command("uac.reg_unregister l_uuid", user).split(" ")])
        return True

    def displaced(self, users: Iterable[str]) -> list[str]:
        """Return the accounts: the registrar may have dropped another registration of each."""
        return list(users)
