# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are replaced all or none: staged beside their places with their final mode and owner, then renamed."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Mapping, Sequence
from errno import EINVAL
from typing import Callable

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISLNK, "a symbolic link that leads to itself"),
)
_NAME_MAX = 60  # characters of a file's name that the name of its staged file repeats: at most 240 of 255 bytes


class ReplaceError(OSError):
    """A file could not be replaced. ``not_restored`` are the paths that could not be put back as they were."""

    def __init__(self, cause: OSError, path: str, not_restored: Sequence[str]) -> None:
        super().__init__(cause.errno, cause.strerror, path)
        self.not_restored = list(not_restored)


def read_regular(path: str) -> bytes | None:
    """The content of a regular file, or ``None`` where nothing is there; symbolic links are followed.

    Raises :class:`OSError`, too where something else is in its place, which is not opened: a read of a named pipe or a
    device may never end.
    """
    try:
        _check_regular(os.stat(path).st_mode, path)
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as file:
        _check_regular(os.fstat(descriptor).st_mode, path)  # it may have been replaced in between
        return file.read()


def _check_regular(mode: int, path: str) -> None:
    if not stat.S_ISREG(mode):
        kind = next((kind for is_kind, kind in _KINDS if is_kind(mode)), "a device")
        raise OSError(EINVAL, f"it is {kind}, not a regular file", path)


def check_replaceable(path: str) -> None:
    """Raise :class:`OSError` where something that is no regular file is in the path's place; nothing is there is right."""
    try:
        _check_regular(os.lstat(path).st_mode, path)
    except FileNotFoundError:
        return


def stage(path: str, content: bytes, prepare: Callable[[str], None], register: Callable[[str], None]) -> str:
    """Write the content to a new file beside the path, and return the new file's path.

    ``register`` gets that path as soon as the file exists, to remove it if anything fails. Then ``prepare`` sets its owner
    and mode; until then it is readable by its owner alone, and only then it gets its content. Raises :class:`OSError`.
    """
    folder, name = os.path.split(path)
    descriptor, staged = tempfile.mkstemp(prefix=f".{name[:_NAME_MAX]}.", dir=folder)  # O_EXCL, mode 0600
    register(staged)
    with open(descriptor, "wb") as file:
        prepare(staged)
        file.write(content)
    return staged


def replace_all(staged: Mapping[str, str], removed: Sequence[str] = ()) -> None:
    """Rename staged files (by their final paths) into their places, and remove files: all of it or nothing.

    Where one step fails, those before it are undone from copies, and :class:`ReplaceError` says which could not be. Any
    other :class:`OSError` came before the first step.
    """
    kept: dict[str, str] = {}
    lost: list[str] = []
    try:
        for path in (*staged, *removed):
            if os.path.lexists(path):
                kept[path] = _keep(path)
        _replace(staged, removed, kept, lost)
    finally:
        for path, copy in kept.items():
            if path not in lost:
                _discard(copy)


def _replace(staged: Mapping[str, str], removed: Sequence[str], kept: Mapping[str, str], lost: list[str]) -> None:
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
                if each in kept:
                    os.rename(kept[each], each)
                else:
                    os.unlink(each)
            except OSError:
                lost.append(each)
        raise ReplaceError(exc, path, lost) from None


def _keep(path: str) -> str:
    """A second name of the file, or a copy where the file system has no hard links."""
    folder, name = os.path.split(path)
    kept = os.path.join(folder, f".{name[:_NAME_MAX]}.{secrets.token_hex(4)}~")
    with contextlib.suppress(OSError):
        os.link(path, kept, follow_symlinks=False)
        return kept
    if os.path.islink(path):
        os.symlink(os.readlink(path), kept)
        return kept
    made: list[str] = []
    try:
        _copy(path, kept, made)
    except OSError:
        for each in made:
            _discard(each)
        raise
    return kept


def _copy(path: str, kept: str, made: list[str]) -> None:
    before = os.stat(path)
    descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    made.append(kept)
    with open(descriptor, "wb") as file, open(path, "rb") as source:
        shutil.copyfileobj(source, file)
    give_to(kept, owner_and_mode(before))


def owner_and_mode(found: os.stat_result) -> tuple[int, int, int]:
    """The user, the group and the permissions that a file has."""
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


def give_to(path: str, wanted: tuple[int, int, int]) -> None:
    """Give a file its user and group, as far as this user may, and its permissions. Raises :class:`OSError`."""
    user, group, mode = wanted
    for one in ((-1, group), (user, -1)):
        with contextlib.suppress(PermissionError):
            os.chown(path, *one)
    os.chmod(path, mode)


def _discard(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def discard(paths: Sequence[str]) -> None:
    """Remove staged files that may be there still."""
    for path in paths:
        _discard(path)
