# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of files that are replaced or removed, in a folder beside them, and putting them back.

A backup is the folder ``<dest>/.telnyx-backups/<UTC time>``, accessible to its owner only. It has a copy of each file, under the
file's name, and a manifest that says which files existed, and their owners and modes.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import stat
import time
from errno import EINVAL, EPERM
from typing import TYPE_CHECKING, Any, Callable

from .._file_replacement import discard, owner_and_mode, read_regular, replace_all, set_owner_and_mode, stage
from .folder import LINK, Plan, plan_files, read

if TYPE_CHECKING:
    from collections.abc import Sequence

# No program's include pattern, such as FreeSWITCH's external/*.xml, matches a name that begins with a dot.
FOLDER = ".telnyx-backups"
MANIFEST = ".manifest.json"  # a file of a SIP program has no such name
_NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z")
_PARTIAL = ".partial"  # the end of the name of a backup that is not complete


def create_backup(paths: Sequence[str]) -> str:
    """Copy files of one folder, and return the path of the backup. Paths that do not exist are noted as such.

    Raises :class:`OSError`; then there is no backup. Symbolic links are copied as links. Anything else that is not a regular
    file is an error.
    """
    folder = os.path.join(os.path.dirname(paths[0]), FOLDER)
    _make_private(folder)
    final = _new_path(folder)
    partial = final + _PARTIAL
    os.mkdir(partial, 0o700)
    try:
        manifest = {"files": [_copy(path, partial) for path in paths]}
        _write_private(os.path.join(partial, MANIFEST), json.dumps(manifest, indent=1).encode())
        os.rename(partial, final)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return final


def _make_private(folder: str) -> None:
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as exc:
        raise OSError(EINVAL, "it is not a folder", folder) from exc
    try:
        _check_owner(os.fstat(descriptor), folder)
        os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)


def _check_owner(found: os.stat_result, path: str) -> None:
    """Raise :class:`OSError` if another user owns a path of a backup: that user could choose what is restored, and its mode."""
    if found.st_uid != os.geteuid():
        raise OSError(EPERM, "it belongs to another user", path)


def _new_path(folder: str) -> str:
    while True:
        now = time.time_ns() // 1000
        moment = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now // 1_000_000))
        path = os.path.join(folder, f"{moment}.{now % 1_000_000:06d}Z")
        if not os.path.lexists(path):
            return path


def _copy(path: str, backup: str) -> dict[str, Any]:
    name = os.path.basename(path)
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return {"name": name, "existed": False}
    uid, gid, mode = owner_and_mode(found)
    entry = {"name": name, "existed": True, "uid": uid, "gid": gid, "mode": f"{mode:04o}"}
    if stat.S_ISLNK(found.st_mode):
        return {**entry, "link": os.readlink(path)}
    _write_private(os.path.join(backup, name), read_regular(path) or b"")
    return entry


def _write_private(path: str, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def backups(dest: str) -> list[str]:
    """Return the paths of the backups of a folder's files, the oldest first."""
    folder = os.path.join(dest, FOLDER)
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in sorted(names) if _NAME.fullmatch(name)]


def remove_backup(backup: str) -> None:
    """Remove a backup, if it can be removed, and the folder of the backups, if it is the last one."""
    shutil.rmtree(backup, ignore_errors=True)
    with contextlib.suppress(OSError):  # it is not empty
        os.rmdir(os.path.dirname(backup))


def remove_old_backups(dest: str, keep: int) -> None:
    """Remove all but the newest ``keep`` backups, and what an interrupted run left of one."""
    found = backups(dest)
    for backup in found[: max(0, len(found) - keep)]:
        shutil.rmtree(backup, ignore_errors=True)
    folder = os.path.join(dest, FOLDER)
    for name in os.listdir(folder):
        if name.endswith(_PARTIAL) and _NAME.fullmatch(name[: -len(_PARTIAL)]):
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)


def _manifest(backup: str) -> list[dict[str, Any]]:
    path = os.path.join(backup, MANIFEST)
    for each in (os.path.dirname(backup), backup, path):
        _check_owner(os.lstat(each), each)
    try:
        files = json.loads(read_regular(path) or b"")["files"]
        for entry in files:
            if entry["name"] != os.path.basename(entry["name"]) or not isinstance(entry["existed"], bool):
                raise ValueError(entry)
            if entry["existed"] and "link" not in entry:
                _owner_and_mode(entry)
    except (ValueError, TypeError, KeyError) as exc:
        raise OSError(EINVAL, "it is not the manifest of a backup", path) from exc
    return list(files)


def _owner_and_mode(entry: dict[str, Any]) -> tuple[int, int, int]:
    return int(entry["uid"]), int(entry["gid"]), int(entry["mode"], 8) & 0o777


def backup_plan(program: str, dest: str, backup: str) -> Plan:
    """Return what changes if a backup is put back. Raises :class:`OSError`, also if it is none of this folder."""
    if os.path.realpath(os.path.dirname(backup)) != os.path.join(os.path.realpath(dest), FOLDER):
        raise OSError(EINVAL, f"it is not a backup of {dest}", backup)
    entries = {os.path.join(dest, entry["name"]): entry for entry in _manifest(backup)}
    untouched = plan_files(program, dest, {}, ()).before if program == "freeswitch" else {}
    plan = Plan(program, {**untouched, **{path: read(path) for path in entries}})
    plan.after = {path: text for path, text in untouched.items() if path not in entries and text is not None}
    for path, entry in entries.items():
        if entry["existed"]:
            copy = os.path.join(backup, entry["name"])
            plan.after[path] = LINK if "link" in entry else read(copy) or ""
        elif plan.before[path] is not None:
            plan.removed.append(path)
    return plan


def restore_backup(
    dest: str, backup: str, set_context: Callable[[str, str], None] = lambda _staged, _path: None
) -> None:
    """Restore the files of a backup in the folder ``dest``, and remove those that did not exist: all of it or nothing.

    ``set_context`` gets the path of each staged file, and its final path. The backup stays. Raises :class:`OSError`, also if
    the backup belongs to another user, and :class:`.._file_replacement.ReplaceError` if a file cannot be replaced.
    """
    staged: dict[str, str] = {}
    created: list[str] = []
    removed = []
    try:
        for entry in _manifest(backup):
            path = os.path.join(dest, entry["name"])
            if entry["existed"]:
                staged[path] = _stage(path, entry, backup, created)
                set_context(staged[path], path)
            elif os.path.lexists(path):
                removed.append(path)
        replace_all(staged, removed)
    finally:
        discard(created)


def _stage(path: str, entry: dict[str, Any], backup: str, created: list[str]) -> str:
    content: bytes | None = b""
    if "link" not in entry:
        copy = os.path.join(backup, entry["name"])
        if os.path.islink(copy):
            raise OSError(EINVAL, "it is a symbolic link", copy)
        content = read_regular(copy)
    if content is None:
        raise OSError(EINVAL, "the backup has no copy of it", path)
    if "link" not in entry:
        return stage(path, content, lambda new: set_owner_and_mode(new, _owner_and_mode(entry)), created.append)
    new = stage(path, b"", lambda _new: None, created.append)
    os.unlink(new)
    os.symlink(entry["link"], new)
    return new
