# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the API key out of text that a server wrote (pure functions)."""

from __future__ import annotations

import re
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable

from .._errors import TelnyxError
from .._text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

HIDDEN = "********"

# A shorter part of the key gives too little away to be worth the words that it would hide.
RUN_MIN = 8

# What is quoted is far shorter; a longer text is cut before it is searched, so that a body of megabytes costs nothing.
QUOTED_MAX = 4096

# Encoded once and twice is what proxies do; the others are only to be sure.
_ESCAPE_LEVELS = 4
_ESCAPE = re.compile(
    r"(?:%|\\x)(?P<hex>[0-9a-f]{2})|\\u(?P<json>[0-9a-f]{4})|&#x0*(?P<html>[0-9a-f]{1,5});|&#0*(?P<decimal>[0-9]{1,6});"
)

Quote = Callable[[object, int], str]

# A character, and where in the text it starts and ends.
_Unit = tuple[str, int, int]


def without_key(text: str, key: str) -> str:
    """Replace each part of the text in which the key, or 8 or more characters of it in a row, can be read.

    Case makes no difference, nor do characters between them that cannot be seen or are not ASCII, nor the escapes of
    URLs, HTML and JSON, one in the other too, nor compatibility forms such as full-width letters.
    """
    size = min(RUN_MIN, len(key))
    folded = key.casefold()
    runs = {folded[start : start + size] for start in range(len(folded) - size + 1)} if key else set()
    if not runs:
        return text
    found: list[tuple[int, int]] = []
    units = _visible([(char, place, place + 1) for place, char in enumerate(text)])
    for _level in range(_ESCAPE_LEVELS):
        found += _found(units, runs, size)
        decoded = _decoded(units)
        if len(decoded) == len(units):
            break
        units = _visible(decoded)
    return _replaced(text, found)


def quoter(key: str) -> Quote:
    """Return the function that quotes text from outside: on one line, at most so many characters, without the key."""

    def quote(text: object, limit: int = 300) -> str:
        # Hidden first: one_line puts a space where a character cannot be seen, and may cut the key in two.
        return one_line(without_key(str(text)[:QUOTED_MAX], key), limit)

    return quote


@contextmanager
def errors_without_key(key: str) -> Iterator[None]:
    """Take the key out of every part of an error of the collection that passes."""
    try:
        yield
    except TelnyxError as error:
        for name, value in vars(error).items():
            setattr(error, name, _cleaned(value, key))
        error.args = tuple(_cleaned(each, key) for each in error.args)
        raise


def _cleaned(value: Any, key: str) -> Any:
    if isinstance(value, str):
        return without_key(value, key)
    return [_cleaned(each, key) for each in value] if isinstance(value, list) else value


def _visible(units: list[_Unit]) -> list[_Unit]:
    """The units that could be a part of a key, which is printable ASCII without spaces, in one case and form."""
    return [
        (plain, start, end)
        for char, start, end in units
        for plain in (char if char.isascii() else unicodedata.normalize("NFKC", char)).casefold()
        if "!" <= plain <= "~"
    ]


def _decoded(units: list[_Unit]) -> list[_Unit]:
    """The units with one level of escapes decoded; their letters are in lower case already."""
    text = "".join(char for char, _start, _end in units)
    decoded: list[_Unit] = []
    place = 0
    for match in _ESCAPE.finditer(text):
        decoded += units[place : match.start()]
        code = int(match["decimal"]) if match["decimal"] else int(match["hex"] or match["json"] or match["html"], 16)
        decoded.append((chr(code), units[match.start()][1], units[match.end() - 1][2]))
        place = match.end()
    return decoded + units[place:]


def _found(units: list[_Unit], runs: set[str], size: int) -> list[tuple[int, int]]:
    text = "".join(char for char, _start, _end in units)
    return [
        (units[start][1], units[start + size - 1][2])
        for start in range(len(text) - size + 1)
        if text[start : start + size] in runs
    ]


def _replaced(text: str, spans: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    place = 0
    for start, end in sorted(spans):
        if start > place or not parts:
            parts += [text[place:start], HIDDEN]
        place = max(place, end)
    return "".join(parts) + text[place:]
