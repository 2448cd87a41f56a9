# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a SIP user name is easy to guess."""

from __future__ import annotations

import re
from typing import Any

# Words of user names that SIP scanners try first, the most common ones of their word lists; also several in a row.
_WORDS = re.compile(
    "(account|admin|administrator|agent|asterisk|call|caller|changeme|default|demo|ext|extension|gateway|guest|hello|letmein"
    "|line|login|main|master|new|office|operator|pass|passwd|password|pbx|phone|public|reception|root|secret|server|service"
    "|sip|support|sys|system|tel|telephone|telnyx|temp|test|tester|trunk|user|username|voice|voip|welcome)+"
)
# The alphabet and rows of keys of which part may be typed as a user name, in either direction.
ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qwertzuiop")
RUN_MIN = 3
USER_NAME_MIN = 8
DIFFERENT_CHARACTERS_MIN = 4


def user_name_weakness(user_name: Any) -> str | None:
    """Return why a SIP user name is easy to guess, or ``None``."""
    if not isinstance(user_name, str) or not user_name:
        return "it is empty"
    folded = user_name.casefold()
    words = re.findall(r"[^\W\d_]+", folded)
    if not words:
        return "it is digits only, like an extension or a phone number"
    if all(map(_is_common, words)):
        return "it is a common name"
    if len(user_name) < USER_NAME_MIN:
        return f"it has fewer than {USER_NAME_MIN} characters"
    if len(set(folded)) < DIFFERENT_CHARACTERS_MIN:
        return f"it has fewer than {DIFFERENT_CHARACTERS_MIN} different characters"
    return None


def _is_common(word: str) -> bool:
    """Return whether letters are one or several common words, or a run of the alphabet or of keys."""
    if _WORDS.fullmatch(word):
        return True
    return len(word) >= RUN_MIN and any(word in row or word in row[::-1] for row in ROWS)
