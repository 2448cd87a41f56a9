# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections whose names may be two spellings of one: a missing one and an unexpected one may be the same."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

from .._records.record_lookup import term_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .findings import Connection

SIMILAR_MAX = 3
# In shorter names, one character is too much of a difference.
ONE_CHARACTER_MIN = 4
_PART = "part of"


class SimilarNames:
    """Finds connections with a similar name, or with the same user name.

    Names are similar if they differ only in case, spaces and Unicode normalization, or after one character that is no digit is removed
    from either: one is missing, too much or another one, or two are exchanged. Names that differ in a digit are those of different
    connections, as user names are that differ at all. No pairs are compared, so that 10,000 names take 0.1 s.
    """

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._by_spelling: Mapping[str, list[Connection]] = defaultdict(list)
        for each in connections:
            for spelling in set(_spellings(each)):
                self._by_spelling[spelling].append(each)

    def of(self, connection: Connection) -> tuple[Connection, ...]:
        """Return at most ``SIMILAR_MAX`` connections that are similar to this one, those with the most similar names first."""
        found: dict[int, Connection] = {}
        for spelling in _spellings(connection):
            if found and spelling.startswith(_PART):
                break  # another spelling of the whole name is more similar than any part
            near = self._by_spelling.get(spelling, [])[: SIMILAR_MAX + 1]
            found.update({id(each): each for each in near if each is not connection})
        return tuple(found.values())[:SIMILAR_MAX]


def _spellings(connection: Connection) -> Iterator[str]:
    """Yield what similar names have in common, the most similar first."""
    texts = {"user name": term_text(connection.user_name), "name": term_text(connection.name)}
    folded = {kind: _folded(text) for kind, text in texts.items() if text}
    yield from (f"{kind} {text}" for kind, text in folded.items())
    name = folded.get("name", "")
    if len(name) >= ONE_CHARACTER_MIN:
        yield f"{_PART} {name}"
        yield from (f"{_PART} {name[:at]}{name[at + 1 :]}" for at, char in enumerate(name) if not char.isdigit())


def _folded(text: str) -> str:
    """Return text without case, without spaces and in Unicode normalization form KC."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
