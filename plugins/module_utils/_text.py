# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text for people: untrusted text made safe for a terminal or a report, and hints and prefixes of messages."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Text of these characters needs no check of each character.
_PLAIN = re.compile(r"[ -~¡-¬®-ʯ]*")


def is_odd(char: str) -> bool:
    """Return whether a character is a control, bidirectional, surrogate or line-breaking one, or not allowed in XML."""
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") or char in "\ufffe\uffff"


def visible(text: str) -> str:
    """Show odd characters by their code, as in ``<U+202E>``, so that a name cannot rearrange the text beside it."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(f"<U+{ord(char):04X}>" if is_odd(char) else char for char in text)


def one_line(text: object, limit: int = 300) -> str:
    """Return untrusted text as one line of at most ``limit`` characters.

    Control, bidirectional and surrogate characters become spaces: a server must not be able to move the cursor or
    reverse the reading order of an error message.
    """
    clean = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in str(text))
    clean = " ".join(clean.split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def quoted(text: str, limit: int = 300) -> str:
    """Return untrusted text in quotes, as it is, spaces included; only odd characters are shown by their codes."""
    shown = repr(visible(text))
    return shown if len(shown) <= limit else shown[: limit - 2] + "…" + shown[-1]


def key_for_message(key: str) -> str:
    """Return a key in quotes for a message, unless it is not a plain name: ``password:secret`` is one key if a space is missing."""
    return repr(key) if re.fullmatch(r"[A-Za-z0-9_.]{1,64}", key) else "(not shown: it may contain a secret)"


def prefixed(message: object) -> str:
    """Return a message for Ansible's output with the collection's name before it."""
    return f"siptrunk.telnyx: {message}"


def most_similar(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known name that is most similar to ``name``, or an empty string.

    ``cutoff`` is the least similarity, from 0 to 1, as of :func:`difflib.get_close_matches`.
    """
    import difflib

    return next(iter(difflib.get_close_matches(name, list(known), 1, cutoff)), "")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the most similar known name, as in ``Did you mean timeout?``, or an empty string."""
    similar = most_similar(name, known)
    return f"Did you mean {similar}?" if similar else ""
