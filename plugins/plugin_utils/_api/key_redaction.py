# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removal of the API key from texts for people: an error, a log line or a warning may quote what a server returned."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...module_utils._errors import TelnyxError

if TYPE_CHECKING:
    from collections.abc import Iterator

HIDDEN = "********"

# Characters. A shorter part of the key reveals little, and common words would be hidden too.
RUN_MIN = 8


def without_key(text: str, key: str) -> str:
    """Return the text with :data:`HIDDEN` for the key, and for each part with 8 or more consecutive characters of it."""
    size = min(RUN_MIN, len(key))
    runs = {key[start : start + size] for start in range(len(key) - size + 1)} if key else set()
    parts, place, start = [], 0, 0
    while runs and start <= len(text) - size:
        end = start
        while text[end : end + size] in runs:
            end += 1
        if end > start:
            parts += [text[place:start], HIDDEN]
            place = end + size - 1
        start = max(end, place) if end > start else start + 1
    return "".join(parts) + text[place:]


@contextmanager
def errors_without_key(key: str) -> Iterator[None]:
    """Raise, for an error of the collection in the ``with`` block, a copy of it without the key in any of its strings."""
    try:
        yield
    except TelnyxError as error:
        raise error.with_strings(lambda text: without_key(text, key)) from None
