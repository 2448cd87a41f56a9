# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from outside, made harmless for people's eyes."""

from __future__ import annotations

import re
import unicodedata

# Anything else is looked at one by one.
_PLAIN = re.compile(r"[ -~¡-¬®-ʯ]*")


def is_odd(char: str) -> bool:
    """Whether a character is a control, bidirectional, surrogate or line-breaking one, or one that XML cannot carry."""
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") or char in "\ufffe\uffff"


def visible(text: str) -> str:
    """Show odd characters by their code, as in ``<U+202E>``, lest a name rearranges what is beside it."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(f"<U+{ord(char):04X}>" if is_odd(char) else char for char in text)


def one_line(text: object, limit: int = 300) -> str:
    """Make text from outside fit for one line of a terminal.

    Control, bidirectional and surrogate characters become spaces: a server must not be able to move the cursor or
    reverse the reading order of our error.
    """
    clean = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in str(text))
    clean = " ".join(clean.split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def shown_key(key: str) -> str:
    """A key for a message. What is no name may be a password that lost its colon or its space, and is not shown."""
    return repr(key) if re.fullmatch(r"[A-Za-z0-9_.]{1,64}", key) else "with a name that is none, which is not shown"
