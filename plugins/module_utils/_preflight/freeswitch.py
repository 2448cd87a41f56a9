# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A FreeSWITCH that runs apart."""

from __future__ import annotations

import os
import secrets
import socket
from typing import TYPE_CHECKING

from .._sip.preflight_config import freeswitch_files
from .._sip.registrar_answers import answers
from .._sip.registrations import STATUS_COMMANDS, registrations
from .addresses import free_port
from .process import StartError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import BufferedRWPair

    from .._sip.preflight_config import Place
    from .instance import Setup
    from .process import TemporaryProcess

# The options that name a folder of FreeSWITCH; -conf must come with -log and -db.
_FOLDERS = (
    "conf", "log", "db", "run", "storage", "cache", "certs", "recordings", "temp", "scripts", "sounds", "grammar", "htdocs",
)  # fmt: skip
_MODULES = ("/usr/lib/freeswitch/mod", "/usr/lib64/freeswitch/mod", "/usr/local/freeswitch/mod")


class FreeswitchInstance:
    """A FreeSWITCH with one Sofia profile, and no dialplan and no users. A call to it is answered with 407."""

    def __init__(self, process: TemporaryProcess, setup: Setup) -> None:
        self._process, self._setup = process, setup
        self._password = secrets.token_hex(16)
        self._port = 0

    def prepare(self, place: Place) -> list[str]:
        """Write the files and return the command. Raises :class:`StartError` and :class:`OSError`."""
        folder = self._process.folder
        self._port = free_port("127.0.0.1")
        self._process.write_all(freeswitch_files(place, self._port, self._password))
        self._process.write_all({f"conf/gateways/{name}": content for name, content in self._setup.files.items()})
        self._process.write_all({f"{name}/.keep": "" for name in _FOLDERS})
        if place.transport == "tls" and place.ca_file:
            with open(place.ca_file, "rb") as file:
                self._process.write("certs/cafile.pem", file.read())
        beside = os.path.join(os.path.dirname(os.path.dirname(self._setup.executable)), "lib", "freeswitch", "mod")
        modules = next((each for each in (beside, *_MODULES) if os.path.isdir(each)), None)
        if modules is None:
            raise StartError("the folder of its modules was not found")
        folders = [word for name in _FOLDERS for word in (f"-{name}", f"{folder}/{name}")]
        return [self._setup.executable, "-nf", "-nonat", "-np", "-nc", *folders, "-mod", modules]

    def _api(self, command: str) -> str:
        """Run a command on the event socket and return its output; empty if it fails."""
        try:
            with (
                socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection,
                connection.makefile("rwb") as stream,
            ):
                _response(stream)  # the request for authentication
                for line in (f"auth {self._password}", f"api {command}"):
                    stream.write(f"{line}\n\n".encode())
                    stream.flush()
                    body = _response(stream)
                return body.decode("utf-8", "replace")
        except (OSError, ValueError):
            return ""

    def is_ready(self) -> bool:
        """Return whether the program has started and has its profile."""
        return "RUNNING" in self._api("sofia status")

    def registered(self) -> set[str]:
        """Return the user names of the accounts that are registered."""
        found = registrations("freeswitch", self._api(STATUS_COMMANDS["freeswitch"]))
        return {user for user, state in found.items() if state.registered}

    def answers(self) -> dict[str, str]:
        """Return the registrar's answer to each account that was refused or got no response."""
        return answers("freeswitch", self._process.output())

    def deregister(self, users: Iterable[str]) -> bool:
        """Send a REGISTER with the expiry 0 for the own contact of each account."""
        for user in users:
            self._api(f"sofia profile external unregister telnyx-{user}")
        return True

    def displaced(self, users: Iterable[str]) -> list[str]:
        """Return the accounts: the registrar may have dropped another registration of each."""
        return list(users)


def _response(stream: BufferedRWPair) -> bytes:
    """Read one message of the event socket and return its body. Raises :class:`OSError` and :class:`ValueError`."""
    length = 0
    while True:
        line = stream.readline()
        if not line:
            raise OSError(0, "the connection was closed")
        if line == b"\n":
            return stream.read(length) if length else b""
        name, _colon, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
