# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A baresip that runs apart."""

from __future__ import annotations

import glob
import os
import re
from typing import TYPE_CHECKING

from .._sip.preflight_config import baresip_files
from .._sip.registrar_answers import answers, baresip_registered
from .process import StartError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._sip.preflight_config import Place
    from .instance import Setup
    from .process import TemporaryProcess

_PLACES = (
    "/usr/lib/baresip/modules",
    "/usr/lib64/baresip/modules",
    "/usr/local/lib/baresip/modules",
    "/usr/lib/*/baresip/modules",
)


class BaresipInstance:
    """A baresip without codecs and audio. A call to it is answered with 488."""

    def __init__(self, process: TemporaryProcess, setup: Setup) -> None:
        self._process, self._setup = process, setup

    def prepare(self, place: Place) -> list[str]:
        """Write the files and return the command. Raises :class:`StartError` and :class:`OSError`."""
        folder = _module_path(self._setup)
        modules = [name for name in ("uuid.so",) if os.path.exists(os.path.join(folder, name))]
        self._process.write_all({**baresip_files(place, folder, modules), "contacts": ""})
        self._process.write_all(self._setup.files)
        return [self._setup.executable, "-f", self._process.folder]

    def is_ready(self) -> bool:
        """Return whether the program has started."""
        return "baresip is ready" in self._process.output()

    def registered(self) -> set[str]:
        """Return the user names of the accounts that are registered."""
        return baresip_registered(self._process.output())

    def answers(self) -> dict[str, str]:
        """Return the registrar's answer to each account that was refused or got no response."""
        return answers("baresip", self._process.output())

    def deregister(self, users: Iterable[str]) -> bool:  # noqa: ARG002 - see Instance
        """Return false: baresip removes its registrations when it gets SIGTERM."""
        return False

    def displaced(self, users: Iterable[str]) -> list[str]:  # noqa: ARG002 - see Instance
        """Return none: baresip has no console, so it cannot be asked to register again."""
        return []


def _module_path(setup: Setup) -> str:
    """Return the folder of the modules: that of the real configuration, else where it usually is."""
    candidates: list[str] = []
    try:
        with open(os.path.join(setup.dest, "config"), encoding="utf-8", errors="replace") as file:
            candidates += re.findall(r"(?m)^\s*module_path\s+(/\S+)", file.read())
    except OSError:
        pass
    beside = os.path.join(os.path.dirname(os.path.dirname(setup.executable)), "lib", "baresip", "modules")
    for pattern in (beside, *_PLACES):
        candidates += sorted(glob.glob(pattern))
    for folder in candidates:
        if os.path.exists(os.path.join(folder, "account.so")):
            return folder
    raise StartError("the folder of its modules was not found")
