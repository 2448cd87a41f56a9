# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of fields, such as ``inbound.codecs``, and patterns that match them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ...module_utils._errors import OptionError
from ...module_utils._text import one_line
from .fields import ALIASES

Path = tuple[str, ...]


class IgnoredPaths:
    """The paths that match a pattern of the option ``ignore``, and all paths below them: ``path in ignored``.

    The parts of a pattern, between dots, are matched one by one, with the wildcards of :mod:`fnmatch`; ``**`` matches any
    number of parts. A field matches by each of its names. The constructor raises :class:`OptionError`.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        for pattern in patterns:
            if not isinstance(pattern, str) or not all(pattern.split(".")):
                raise OptionError(
                    "ignore", f"{one_line(pattern)!r} is not a path such as inbound.codecs or *.channel_limit."
                )
        self.patterns = [tuple(pattern.split(".")) for pattern in patterns]
        self._cache: dict[Path, bool] = {}

    def unmatched(self, tree: Mapping[str, Any]) -> list[str]:
        """Return the patterns that match no path of a tree of field names, in which objects are mappings."""
        paths = list(_paths(tree, ()))
        return [
            ".".join(pattern)
            for pattern in self.patterns
            if not any(_matches(pattern, name) for path in paths for name in _path_aliases(path))
        ]

    def __contains__(self, path: Path) -> bool:
        if path not in self._cache:
            self._cache[path] = any(
                _matches(pattern, name) for pattern in self.patterns for name in _path_aliases(path)
            )
        return self._cache[path]


def _matches(pattern: Path, path: Path) -> bool:
    """Return whether a pattern matches a path or one of its parents."""
    if not pattern:
        return True
    if pattern[0] == "**":
        if pattern[1:2] == ("**",):  # equivalent; avoids exponential time
            return _matches(pattern[1:], path)
        return any(_matches(pattern[1:], path[start:]) for start in range(len(path) + (len(pattern) == 1)))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and _matches(pattern[1:], path[1:])


def _path_aliases(path: Path) -> Iterator[Path]:
    """Yield a path under all its names."""
    yield path
    for alias, canonical in ALIASES.get(path[0], {}).items():
        if path[1:2] == (canonical,):
            yield (path[0], alias, *path[2:])


def _paths(tree: Mapping[str, Any], parent_path: Path) -> Iterator[Path]:
    for name, below in tree.items():
        yield (*parent_path, name)
        if isinstance(below, Mapping):
            yield from _paths(below, (*parent_path, name))
