# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which accounts a SIP program has registered, read from the output of its console."""

from __future__ import annotations

import re

REGISTERED = "registered"

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


def registrations(program: str, output: str) -> dict[str, str]:
    """Return the states of the registrations by section or gateway, from the output of the command in :data:`STATUS_COMMANDS`.

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
