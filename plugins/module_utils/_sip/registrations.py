# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which accounts a SIP program has registered, read from the output of its console."""

from __future__ import annotations

import re
from typing import NamedTuple


class Registration(NamedTuple):
    """The state of an account's registration; ``state`` is the program's own word, such as ``Rejected``."""

    registered: bool
    state: str


# The command of each program's console that lists the registrations. baresip has no console.
STATUS_COMMANDS = {
    "asterisk": "pjsip show registrations",
    "freeswitch": "sofia status gateway",
    "kamailio": "uac.reg_dump",
}

_KAMAILIO_ONLINE = 4  # UAC_REG_ONLINE (source: Kamailio's uac module, uac_reg.c)


def registrations(program: str, output: str) -> dict[str, Registration]:
    """Return the registrations by user name, from the output of the command in :data:`STATUS_COMMANDS`.

    Accounts that the role sip_config did not write are left out where the program's output tells them apart.
    """
    if program == "asterisk":
        found = re.findall(r"(?m)^\s*telnyx-([\w.+-]+)-reg-\d+/\S+\s+\S+\s+(\w+)", output)
        return {user: Registration(state == "Registered", state) for user, state in found}
    if program == "freeswitch":
        found = re.findall(r"(?m)^\S+::telnyx-(\S+)\t\s*\S+\t(\S+)", output)
        return {user: Registration(state == "REGED", state) for user, state in found}
    found = re.findall(r"l_uuid: (\S+).*?flags: (\d+)", output, re.DOTALL)
    return {user: Registration(bool(int(flags) & _KAMAILIO_ONLINE), f"flags {flags}") for user, flags in found}
