# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of files that are replaced or removed, in a folder beside them.

A backup is the folder ``<dest>/.telnyx-backups/<UTC time>``, accessible to its owner only. It has a copy of each file, under the
file's name, and a manifest that says which files existed, and their owners and modes. The manifest is written last: a folder
without one is what an interrupted run left.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from datetime import datetime, timezone
from errno import EINVAL, EPERM
from typing import TYPE_CHECKING, Any, NamedTuple

from .._file_replacement import check_replaceable, owner_and_mode, read_regular

if TYPE_CHECKING:
    from collections.abc import Sequence

# No program's include pattern, such as FreeSWITCH's external/*.xml, matches a name that begins with a dot.
FOLDER = ".telnyx-backups"
MANIFEST = ".manifest.json"  # a file of a SIP program has no such name
_NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z")


class SavedFile(NamedTuple):
    """A file in a backup: its content, and its user id, group id and mode."""

    content: bytes
    owner_and_mode: tuple[int, int, int]


def create_backup(paths: Sequence[str]) -> str:
    """Copy regular files of one folder, and return the path of the backup. Paths that do not exist are noted as such.

    Raises :class:`OSError`; then there is no backup.
    """
    folder = os.path.join(os.path.dirname(paths[0]), FOLDER)
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    if not os.path.isdir(folder) or os.path.islink(folder):
        raise OSError(EINVAL, "it is not a folder", folder)
    _check_owner(folder)
    os.chmod(folder, 0o700)
    backup = os.path.join(folder, datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ"))
    os.mkdir(backup, 0o700)
    try:
        manifest = {"files": [_copy(path, backup) for path in paths]}
        _write_private(os.path.join(backup, MANIFEST), json.dumps(manifest, indent=1).encode())
    except OSError:
        shutil.rmtree(backup, ignore_errors=True)
        raise
    return backup


def _check_owner(path: str) -> None:
    """Raise :class:`OSError` if another user owns a path of a backup: that user could choose what is restored, and its mode."""
    if os.lstat(path).st_uid != os.geteuid():
        raise OSError(EPERM, "it belongs to another user", path)


def _copy(path: str, backup: str) -> dict[str, Any]:
    name = os.path.basename(path)
    content = read_regular(path)
    if content is None:
        return {"name": name, "existed": False}
    uid, gid, mode = owner_and_mode(os.stat(path))
    _write_private(os.path.join(backup, name), content)
    return {"name": name, "existed": True, "uid": uid, "gid": gid, "mode": f"{mode:04o}"}


def _write_private(path: str, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _folders(dest: str) -> list[str]:
    folder = os.path.join(dest, FOLDER)
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in sorted(names) if _NAME.fullmatch(name)]


def backups(dest: str) -> list[str]:
    """Return the paths of the backups of a folder's files, the oldest first."""
    return [backup for backup in _folders(dest) if os.path.exists(os.path.join(backup, MANIFEST))]


def remove_backup(backup: str) -> None:
    """Remove a backup, if it can be removed, and the folder of the backups, if it is the last one."""
    shutil.rmtree(backup, ignore_errors=True)
    with contextlib.suppress(OSError):  # it is not empty
        os.rmdir(os.path.dirname(backup))


def remove_old_backups(dest: str, keep: int | None = None) -> None:
    """Remove all but the newest ``keep`` backups, or none, and what an interrupted run left of one."""
    complete = backups(dest)
    kept = complete if keep is None else complete[max(0, len(complete) - keep) :]
    for backup in _folders(dest):
        if backup not in kept:
            shutil.rmtree(backup, ignore_errors=True)


def saved_files(dest: str, backup: str) -> dict[str, SavedFile | None]:
    """Return the files of a backup by their paths in ``dest``; ``None`` for one that did not exist.

    Raises :class:`OSError`, also if it is no backup of this folder, is damaged, or belongs to another user.
    """
    if os.path.realpath(os.path.dirname(backup)) != os.path.join(os.path.realpath(dest), FOLDER):
        raise OSError(EINVAL, f"it is not a backup of {dest}", backup)
    manifest = os.path.join(backup, MANIFEST)
    for path in (os.path.dirname(backup), backup, manifest):
        _check_owner(path)
    files: dict[str, SavedFile | None] = {}
    try:
        for entry in json.loads(read_regular(manifest) or b"")["files"]:
            if entry["name"] != os.path.basename(entry["name"]):
                raise ValueError(entry)
            path = os.path.join(dest, entry["name"])
            files[path] = _saved_file(os.path.join(backup, entry["name"]), entry) if entry["existed"] else None
    except (ValueError, TypeError, KeyError) as exc:
        raise OSError(EINVAL, "it is not the manifest of a backup", manifest) from exc
    return files


def _saved_file(path: str, entry: dict[str, Any]) -> SavedFile:
    check_replaceable(path)  # a symbolic link may lead to a file of another user
    content = read_regular(path)
    if content is None:
        raise OSError(EINVAL, "the backup has no copy of it", path)
    return SavedFile(content, (int(entry["uid"]), int(entry["gid"]), int(entry["mode"], 8) & 0o777))
