# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which SIP accounts the files of the role sip_config configure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .redaction import is_managed_gateway

if TYPE_CHECKING:
    from collections.abc import Mapping

# The name of the file with the accounts; FreeSWITCH has a file for each of them.
ACCOUNT_FILES = {"asterisk": "pjsip_wizard_telnyx.conf", "kamailio": "uacreg"}

_ASTERISK_SECTION = re.compile(r"(?m)^\[telnyx-([\w.+-]+)\]$")
# Lines of Asterisk's file that do not matter for the registration; the comment before a section is the next account's.
_ASTERISK_OTHER = re.compile(r"(?m)^(?:(?:endpoint|aor)/|;).*$|\n")


def configured_accounts(program: str, files: Mapping[str, str]) -> dict[str, str]:
    """Return the settings with which each account registers, as text, by user name.

    ``files`` are the contents of the files by name: those of :data:`ACCOUNT_FILES`, or for FreeSWITCH all files of the folder.
    The texts contain passwords; they are there to be compared.
    """
    if program == "freeswitch":
        stems = {name[: -len(".xml")]: text for name, text in files.items() if name.endswith(".xml")}
        return {stem: text for stem, text in stems.items() if is_managed_gateway(stem, text)}
    text = files.get(ACCOUNT_FILES[program], "")
    if program == "asterisk":
        parts = _ASTERISK_SECTION.split(text)
        return {user: _ASTERISK_OTHER.sub("", settings) for user, settings in zip(parts[1::2], parts[2::2])}
    rows = [line.split(":", 2) for line in text.split("\n")[1:] if line.count(":") > 1]
    return {user: settings for _id, user, settings in rows}
