# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of fields, such as ``inbound.codecs``, and patterns of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from .._connections.fields import ALIASES
from .._errors import OptionError
from .._text import one_line

Path = tuple[str, ...]


class Paths:
    """Paths to leave out. A pattern's parts are matched one by one, ``**`` matches any number of them, and what is
    below a path that matches is left out with it.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        for pattern in patterns:
            if not isinstance(pattern, str) or not all(pattern.split(".")):
                raise OptionError(
                    "ignore", f"{one_line(pattern)!r} is no path such as inbound.codecs or *.channel_limit."
                )
        self._patterns = [tuple(pattern.split(".")) for pattern in patterns]
        self._known: dict[Path, bool] = {}

    def unmatched(self, known: Mapping[str, Any]) -> list[str]:
        """The patterns that match no path of a tree of field names (of objects, as mappings)."""
        paths = list(_paths(known, ()))
        return [
            ".".join(pattern)
            for pattern in self._patterns
            if not any(_matches(pattern, name) for path in paths for name in _names_of_a_path(path))
        ]

    def __contains__(self, path: Path) -> bool:
        if path not in self._known:
            self._known[path] = any(
                _matches(pattern, name) for pattern in self._patterns for name in _names_of_a_path(path)
            )
        return self._known[path]


def _matches(pattern: Path, path: Path) -> bool:
    if not pattern:
        return True
    if pattern[0] == "**":
        if pattern[1:2] == ("**",):  # says the same, and would be tried again and again
            return _matches(pattern[1:], path)
        return any(_matches(pattern[1:], path[start:]) for start in range(len(path) + (len(pattern) == 1)))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and _matches(pattern[1:], path[1:])


def _names_of_a_path(path: Path) -> Iterator[Path]:
    yield path
    for alias, canonical in ALIASES.get(path[0], {}).items():
        if path[1:2] == (canonical,):
            yield (path[0], alias, *path[2:])


def _paths(known: Mapping[str, Any], above: Path) -> Iterator[Path]:
    for name, below in known.items():
        yield (*above, name)
        if isinstance(below, Mapping):
            yield from _paths(below, (*above, name))
