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

_ASTERISK = re.compile(r"(?m)^\s*(\S+)-reg-\d+/\S*\s+\S+\s+(\w+)")
# A gateway that was killed is listed until FreeSWITCH has removed it, and if its file was loaded again, as another gateway too.
_FREESWITCH = re.compile(r"(?m)^ *\S+?::(\S+)\t *sip:[^\t]*\t(\w+)")
_KAMAILIO = re.compile(r"(?m)^\s*l_uuid: (\S+)$(?:\n(?!\s*l_uuid: ).*)*?\n\s*flags: (\d+)$")
# Source: the flags UAC_REG_* in Kamailio's module uac, uac_reg.c.
_KAMAILIO_DISABLED, _KAMAILIO_ONLINE = 1, 4


def registrations(program: str, output: str) -> dict[str, Registration]:
    """Return the registrations by the name of the section or gateway, from the output of the command in :data:`STATUS_COMMANDS`.

    If one is listed twice, it is registered only if both are.
    """
    if program == "asterisk":
        found = [(name, state == "Registered", state) for name, state in _ASTERISK.findall(output)]
    elif program == "freeswitch":
        found = [(name, state == "REGED", state) for name, state in _FREESWITCH.findall(output)]
    else:
        found = [(name, *_of_flags(int(flags))) for name, flags in _KAMAILIO.findall(output)]
    result: dict[str, Registration] = {}
    for name, registered, state in found:
        if name not in result or result[name].registered:
            result[name] = Registration(registered, state)
    return result


def _of_flags(flags: int) -> tuple[bool, str]:
    online = bool(flags & _KAMAILIO_ONLINE) and not flags & _KAMAILIO_DISABLED
    return online, "registered" if online else f"not registered, flags {flags}"
