# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removal of the API key from texts for people: an error, a log line or a warning may quote what a server returned."""

from __future__ import annotations

from itertools import groupby

from .._records.records import HIDDEN

# Characters. A shorter part of the key reveals little, and common words would be hidden too.
_RUN_MIN = 8


def without_key(text: str, key: str) -> str:
    """Return the text with :data:`HIDDEN` for the key, and for each part with 8 or more consecutive characters of it."""
    size = min(_RUN_MIN, len(key))
    runs = {key[start : start + size] for start in range(len(key) - size + 1)} - {""}
    hidden = {
        place
        for start in range(len(text) - size + 1)
        if text[start : start + size] in runs
        for place in range(start, start + size)
    }
    parts = groupby(range(len(text)), lambda place: place in hidden)
    return "".join(HIDDEN if is_hidden else "".join(text[place] for place in places) for is_hidden, places in parts)
