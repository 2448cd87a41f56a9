# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the files of desired connections and of accepted findings: paths of files, folders, and patterns.

The wildcards of a pattern are ``*``, ``?``, ``[]`` and ``**``.
"""

from __future__ import annotations

import glob
import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ...module_utils._errors import DesiredError, OptionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SUFFIXES = (".yml", ".yaml", ".json")


def find_files(paths: Iterable[str], option: str = "desired_files") -> list[str]:
    """Return the files that paths lead to, each file once, where it is reached first.

    A path is that of a file, whatever its name is; of a folder, which stands for the YAML and JSON files in it and in the
    folders below; or a pattern, which stands for the YAML and JSON files and the folders that it matches. A path that
    exists is never a pattern. The files of a folder and of a pattern are sorted by their paths. In folders, and for
    wildcards, names that begin with a dot are left out. Raises :class:`DesiredError` for a folder that cannot be read and
    for a folder or a pattern without files, and :class:`OptionError`, with the name of the ``option``, for a text that is not a path.
    """
    found: dict[str, str] = {}  # by the real path
    for path in map(os.path.expanduser, paths):
        if not path or "\0" in path:
            raise OptionError(option, f"{path!r} is not a path.")
        for file in _files_of(path):
            found.setdefault(os.path.realpath(file), file)
    return list(found.values())


def display_path(path: str) -> str:
    """Return a path for reports: relative to the working folder if it is below it, as a CI service expects it."""
    relative = os.path.relpath(path)
    return os.path.abspath(path) if relative.startswith("..") else relative


def _files_of(path: str) -> list[str]:
    if os.path.isdir(path):
        files = sorted(files_below(path))
        problem = "the folder holds no file"
    elif os.path.lexists(path) or not glob.has_magic(path):
        return [path]
    else:
        files = sorted(set(_matching_files(path)))
        problem = "the pattern matches no file"
    if not files:
        raise DesiredError(f"{display_path(path)}: {problem} that ends with {', '.join(SUFFIXES)}.")
    return files


def _matching_files(pattern: str) -> Iterator[str]:
    """Yield the YAML and JSON files that a pattern matches, and those in and below the folders that it matches.

    :mod:`glob` is not used, because it leaves out folders that cannot be read, and follows links that lead back up.
    """
    parts = [part for part in pattern.split(os.sep) if part]
    found = [os.sep if pattern.startswith(os.sep) else ""]
    while parts and parts[0] != "**":
        part = parts.pop(0)
        found = [path for above in found for path in _matches_in(above, part)]
    for path in found:
        if os.path.isdir(path or os.curdir):
            for file in files_below(path or os.curdir):
                below = os.path.relpath(file, path or os.curdir).split(os.sep)
                if _matches(parts, below):
                    yield os.path.join(path, *below)
        elif not parts and _is_desired_file(path):
            yield path


def _matches_in(folder: str, part: str) -> Iterator[str]:
    """Yield the paths in a folder that match one part of a pattern."""
    if not glob.has_magic(part):
        path = os.path.join(folder, part)
        if os.path.lexists(path):
            yield path
    elif os.path.isdir(folder or os.curdir):
        try:
            names = os.listdir(folder or os.curdir)
        except OSError as exc:
            raise _unreadable(folder, exc) from None
        for name in names:
            if fnmatchcase(name, part) and (part.startswith(".") or not name.startswith(".")):
                yield os.path.join(folder, name)


def _matches(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """Return whether the parts of a pattern match a path below a folder, or a folder above that path."""
    if not pattern:
        return True
    if pattern[0] == "**":
        if pattern[1:2] == ["**"]:  # equivalent; avoids exponential time
            return _matches(pattern[1:], path)
        return any(_matches(pattern[1:], path[start:]) for start in range(len(path)))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and _matches(pattern[1:], path[1:])


def files_below(folder: str) -> Iterator[str]:
    """Yield the YAML and JSON files in a folder and the folders below, symbolic links to folders too, each folder once.

    Raises :class:`DesiredError` for a folder that cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise _unreadable(str(error.filename), error)

    visited = {os.path.realpath(folder)}  # a link may lead back up
    for above, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        visible = sorted(name for name in folders if not name.startswith("."))
        folders[:] = [name for name in visible if os.path.realpath(os.path.join(above, name)) not in visited]
        visited.update(os.path.realpath(os.path.join(above, name)) for name in folders)
        for name in names:
            if _is_desired_file(name) and not name.startswith("."):
                yield os.path.join(above, name)


def _is_desired_file(path: str) -> bool:
    return path.lower().endswith(SUFFIXES)


def _unreadable(path: str, error: OSError) -> DesiredError:
    return DesiredError(f"{display_path(path)}: cannot be read: {error.strerror or 'unknown reason'}.")
