# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the console of a SIP program refused a command. Consoles exit with 0 also when they do."""

from __future__ import annotations

import re

from .._text import one_line

_REFUSALS = re.compile(
    r"""
    ^(error|-ERR|\[ERROR\]|No\ such|Unable|Invalid\ (Profile|Gateway))
    | \[\[error                      # FreeSWITCH: Reload XML [[error near line 71]: unexpected closing tag </gateway>]
    | reload\ failure | does\ not\ support\ reload | not\ properly\ initialized | already\ in\ progress | cannot\ reload
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


def refusal(succeeded: bool, output: str) -> str:
    """Return why a command was refused, in one line, or an empty string if it was not.

    ``succeeded`` says whether it exited with 0.
    """
    if succeeded and not _REFUSALS.search(output):
        return ""
    return one_line(output) or "the command printed no reason"


def listing_refusal(succeeded: bool, output: str) -> str:
    """Return the same for a command that lists something.

    Only the first line counts and is quoted: values further below may have any text, and in Kamailio's listing of registrations
    they are passwords.
    """
    return refusal(succeeded, output.lstrip().partition("\n")[0])
