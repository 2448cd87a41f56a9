# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A SIP program that runs apart, to register with files that are not in use yet."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .process import StartError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._sip.preflight_config import Place

# Where the programs are, besides PATH: PATH of a remote command often has no folders for the administrator.
_FOLDERS = (
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/usr/local/freeswitch/bin",
    "/opt/freeswitch/bin",
)


@dataclass
class Setup:
    """What an instance needs.

    ``files``: the content of the files by name. ``accounts``: the user names. ``dest``: the folder that the files are meant
    for. ``executable``: the path of the program.
    """

    files: Mapping[str, bytes]
    accounts: Sequence[str]
    dest: str
    executable: str


class Instance(Protocol):
    """One program as a temporary process. Its methods wait for a command of its console at most."""

    def prepare(self, place: Place) -> list[str]:
        """Write the files and return the command. Raises :class:`StartError` and :class:`OSError`."""

    def is_ready(self) -> bool:
        """Return whether the program has started."""

    def registered(self) -> set[str]:
        """Return the user names of the accounts that are registered."""

    def answers(self) -> dict[str, str]:
        """Return the registrar's answer to each account that was refused or got no response."""

    def deregister(self, users: Iterable[str]) -> bool:
        """Ask the program to remove its registrations of these accounts; return whether to wait until it has."""

    def displaced(self, users: Iterable[str]) -> list[str]:
        """Return the registered accounts of which the registrar may have removed another registration."""


def find_executable(name: str, given: str | None = None, beside: str | None = None) -> str:
    """Return the path of a program: the one that is given, else in the folder of another program, else where programs are.

    Raises :class:`StartError` if there is none.
    """
    if given:
        if not os.access(given, os.X_OK) or os.path.isdir(given):
            raise StartError(f"{given} is not an executable file")
        return os.path.abspath(given)
    folders = [*([os.path.dirname(beside)] if beside else []), *os.environ.get("PATH", "").split(":"), *_FOLDERS]
    found = shutil.which(name, path=":".join(filter(None, folders)))
    if not found:
        raise StartError(f"there is no executable {name}")
    return found
