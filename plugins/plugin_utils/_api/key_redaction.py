# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove the API key from text that a server sent (pure functions)."""

from __future__ import annotations

import re
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable

from ...module_utils._errors import TelnyxError
from ...module_utils._text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

HIDDEN = "********"

# Characters. A shorter part of the key reveals little, and common words would be hidden too.
RUN_MIN = 8

# Characters. Quotations are far shorter; a longer text is cut before it is searched, so that large bodies cost no time.
QUOTED_MAX = 4096

# Proxies encode text once or twice; the further levels are a safety margin.
_ESCAPE_LEVELS = 4
_ESCAPE = re.compile(
    r"(?:%|\\x)(?P<hex>[0-9a-f]{2})|\\u(?P<json>[0-9a-f]{4})|&#x0*(?P<html>[0-9a-f]{1,5});|&#0*(?P<decimal>[0-9]{1,6});"
)

Quote = Callable[[object, int], str]

# A character, and the start and end of the part of the text that stands for it.
_Unit = tuple[str, int, int]


def without_key(text: str, key: str) -> str:
    """Return the text with :data:`HIDDEN` for each part that shows the key, or 8 or more consecutive characters of it.

    The comparison ignores case, invisible and non-ASCII characters in between, the escapes of URLs, HTML and JSON (also
    nested), and compatibility forms such as full-width letters.
    """
    size = min(RUN_MIN, len(key))
    folded = key.casefold()
    runs = {folded[start : start + size] for start in range(len(folded) - size + 1)} if key else set()
    if not runs:
        return text
    found: list[tuple[int, int]] = []
    units = _normalize([(char, place, place + 1) for place, char in enumerate(text)])
    for _level in range(_ESCAPE_LEVELS):
        found += _find_runs(units, runs, size)
        decoded = _decode_escapes(units)
        if len(decoded) == len(units):
            break
        units = _normalize(decoded)
    return _replace_spans(text, found)


def quoter(key: str) -> Quote:
    """Return a function that prepares external text for a message: one line of limited length, without the key."""

    def quote(text: object, limit: int = 300) -> str:
        # The key first: one_line replaces invisible characters by spaces, and may cut the key in two.
        return one_line(without_key(str(text)[:QUOTED_MAX], key), limit)

    return quote


@contextmanager
def errors_without_key(key: str) -> Iterator[None]:
    """Raise, for an error of the collection in the ``with`` block, a copy of it without the key in any of its strings.

    Text from a server is redacted where an error is created. This also covers other text, such as a key in api_url.
    """
    try:
        yield
    except TelnyxError as error:
        raise error.with_strings(lambda text: without_key(text, key)) from None


def _normalize(units: list[_Unit]) -> list[_Unit]:
    """Return the units that can be part of a key (printable ASCII without spaces), in lower case and one form."""
    return [
        (plain, start, end)
        for char, start, end in units
        for plain in (char if char.isascii() else unicodedata.normalize("NFKC", char)).casefold()
        if "!" <= plain <= "~"
    ]


def _decode_escapes(units: list[_Unit]) -> list[_Unit]:
    """Return the units with one level of escapes decoded. Their letters must be in lower case."""
    text = "".join(char for char, _start, _end in units)
    decoded: list[_Unit] = []
    place = 0
    for match in _ESCAPE.finditer(text):
        decoded += units[place : match.start()]
        code = int(match["decimal"]) if match["decimal"] else int(match["hex"] or match["json"] or match["html"], 16)
        decoded.append((chr(code), units[match.start()][1], units[match.end() - 1][2]))
        place = match.end()
    return decoded + units[place:]


def _find_runs(units: list[_Unit], runs: set[str], size: int) -> list[tuple[int, int]]:
    """Return start and end, in the original text, of each run of the key."""
    text = "".join(char for char, _start, _end in units)
    return [
        (units[start][1], units[start + size - 1][2])
        for start in range(len(text) - size + 1)
        if text[start : start + size] in runs
    ]


def _replace_spans(text: str, spans: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    place = 0
    for start, end in sorted(spans):
        if start > place or not parts:
            parts += [text[place:start], HIDDEN]
        place = max(place, end)
    return "".join(parts) + text[place:]
