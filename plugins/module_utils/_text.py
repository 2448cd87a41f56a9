# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text for people: from outside, cleaned for a terminal or a report; hints and prefixes of messages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

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


def key_for_message(key: str) -> str:
    """A key for a message. What is no name may be a password that lost its colon or its space, and is not shown."""
    return repr(key) if re.fullmatch(r"[A-Za-z0-9_.]{1,64}", key) else "with a name that is none, which is not shown"


def prefixed(message: object) -> str:
    """Return a message for Ansible's output with the collection's name before it."""
    return f"siptrunk.telnyx: {message}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the most similar known name, as in ``Did you mean timeout?``, or an empty string."""
    import difflib

    similar = difflib.get_close_matches(name, list(known), 1)
    return f"Did you mean {similar[0]}?" if similar else ""
