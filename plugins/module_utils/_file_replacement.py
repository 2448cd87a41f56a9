# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replace several files, all or none: staged beside their destinations with their final mode and owner, then renamed."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import tempfile
from errno import EINVAL
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISLNK, "a symbolic link"),
)
NAME_MAX = 60  # characters of a file's name that the name of its staged file repeats: at most 240 of 255 bytes


class ReplaceError(OSError):
    """A file could not be replaced. ``not_restored`` are the paths whose earlier replacement could not be undone."""

    def __init__(self, cause: OSError, path: str, not_restored: Sequence[str]) -> None:
        super().__init__(cause.errno, cause.strerror, path)
        self.not_restored = list(not_restored)


def read_regular(path: str) -> bytes | None:
    """Return the content of a regular file, or ``None`` if the path does not exist; symbolic links are followed.

    Raises :class:`OSError`, also if the path is not a regular file. Anything else is not opened: a read from a named pipe
    or a device may never end.
    """
    try:
        check_regular(os.stat(path).st_mode, path)
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as file:
        check_regular(os.fstat(descriptor).st_mode, path)  # it may have been replaced since
        return file.read()


def check_regular(mode: int, path: str) -> None:
    """Raise :class:`OSError` unless this is the mode of a regular file."""
    if not stat.S_ISREG(mode):
        kind = next((kind for is_kind, kind in _KINDS if is_kind(mode)), "a device")
        raise OSError(EINVAL, f"it is {kind}, not a regular file", path)


def check_replaceable(path: str) -> None:
    """Raise :class:`OSError` if the path exists and is not a regular file; symbolic links are not followed."""
    try:
        check_regular(os.lstat(path).st_mode, path)
    except FileNotFoundError:
        return


def stage(path: str, content: bytes, prepare: Callable[[str], None], register: Callable[[str], None]) -> str:
    """Write the content to a new file beside the path, and return the new file's path. Raises :class:`OSError`.

    ``register`` gets that path as soon as the file exists, so that the caller can remove it after a failure. ``prepare`` then
    sets its owner and mode, before it has any content; until then its mode is 0600.
    """
    folder, name = os.path.split(path)
    descriptor, staged = tempfile.mkstemp(prefix=f".{name[:NAME_MAX]}.", dir=folder)  # O_EXCL, mode 0600
    register(staged)
    with open(descriptor, "wb") as file:
        prepare(staged)
        file.write(content)
    return staged


def replace_all(staged: Mapping[str, str], removed: Sequence[str] = ()) -> None:
    """Rename staged files, given by their final paths, to these paths, and remove files: all of it or nothing.

    If a step fails, the earlier steps are undone and :class:`ReplaceError` lists those that could not be. Any other
    :class:`OSError` is raised before the first step.
    """
    backups: dict[str, str] = {}
    lost: list[str] = []
    try:
        for path in (*staged, *removed):
            if os.path.lexists(path):
                backups[path] = _back_up(path)
        _replace(staged, removed, backups, lost)
    finally:
        discard(backup for path, backup in backups.items() if path not in lost)


def _replace(staged: Mapping[str, str], removed: Sequence[str], backups: Mapping[str, str], lost: list[str]) -> None:
    done: list[str] = []
    path = ""
    try:
        for path, new in staged.items():
            os.rename(new, path)
            done.append(path)
        for path in removed:
            os.unlink(path)
            done.append(path)
    except OSError as exc:
        for each in reversed(done):
            try:
                if each in backups:
                    os.rename(backups[each], each)
                else:
                    os.unlink(each)
            except OSError:
                lost.append(each)
        raise ReplaceError(exc, path, lost) from None


def _back_up(path: str) -> str:
    """Create a hard link to the file, or a copy on a file system without hard links, and return its path."""
    folder, name = os.path.split(path)
    backup = os.path.join(folder, f".{name[:NAME_MAX]}.{secrets.token_hex(4)}~")
    with contextlib.suppress(OSError):
        os.link(path, backup, follow_symlinks=False)
        return backup
    if os.path.islink(path):
        os.symlink(os.readlink(path), backup)
        return backup
    created: list[str] = []
    try:
        wanted = owner_and_mode(os.stat(path))
        return stage(path, read_regular(path) or b"", lambda new: set_owner_and_mode(new, wanted), created.append)
    except OSError:
        discard(created)
        raise


def owner_and_mode(found: os.stat_result) -> tuple[int, int, int]:
    """Return the user id, the group id and the permissions of a file."""
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


def set_owner_and_mode(path: str, wanted: tuple[int, int, int]) -> None:
    """Set a file's user and group, if this user is permitted to, and its permissions. Raises :class:`OSError`."""
    user, group, mode = wanted
    for ids in ((-1, group), (user, -1)):
        with contextlib.suppress(PermissionError):
            os.chown(path, *ids)
    os.chmod(path, mode)


def leftovers(folder: str, names: Callable[[str], bool]) -> list[str]:
    """Return the paths of staged files and backups that an interrupted run left in a folder, for files with some names.

    They may have the content of files that are secret. A name that ends in eight digits may be a copy of somebody's own, with a
    date, and is left out; of 25,000 staged files, one has such a name.
    """
    found = []
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        match = re.fullmatch(r"\.(.+)\.(?!\d{8}$)[a-z0-9_]{8}~?", name)
        if match and names(match[1]) and stat.S_ISREG(os.lstat(os.path.join(folder, name)).st_mode):
            found.append(os.path.join(folder, name))
    return sorted(found)


def discard(paths: Iterable[str]) -> None:
    """Remove those of the staged files that still exist, if they can be removed."""
    for path in paths:
        with contextlib.suppress(OSError):
            os.unlink(path)
