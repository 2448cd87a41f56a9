# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a folder a SIP program has still to load, noted in the folder until it has loaded them.

Without this note, files that were written by a run that was interrupted before the reload, or whose reload failed, would never
be loaded: the next run finds that they are as wanted.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import NamedTuple

from .._file_replacement import discard, read_regular, stage


class PendingReload(NamedTuple):
    """The paths of written and of removed files, and the path of the backup of the files before them."""

    written: list[str]
    removed: list[str]
    backup: str | None

    def __bool__(self) -> bool:
        return bool(self.written or self.removed)

    def and_then(self, later: PendingReload) -> PendingReload:
        """Return what is pending after later changes."""
        written = (set(self.written) - set(later.removed)) | set(later.written)
        removed = (set(self.removed) - set(later.written)) | set(later.removed)
        return PendingReload(sorted(written), sorted(removed), later.backup or self.backup)


NOTHING = PendingReload([], [], None)


def _path(dest: str, program: str) -> str:
    # A name that begins with a dot is in no include pattern of a program.
    return os.path.join(dest, f".telnyx-reload-{os.path.basename(program)}")


def read_pending(dest: str, program: str) -> PendingReload:
    """Return what is noted; nothing if there is no note, or if it is damaged or another user's."""
    path = _path(dest, program)
    try:
        if os.lstat(path).st_uid != os.geteuid():
            return NOTHING
        found = json.loads(read_regular(path) or b"")
        written, removed = (
            [os.path.join(dest, os.path.basename(name)) for name in found[key]] for key in ("written", "removed")
        )
        backup = found["backup"]
        return PendingReload(written, removed, backup if isinstance(backup, str) and os.path.isdir(backup) else None)
    except (OSError, ValueError, TypeError, KeyError):
        return NOTHING


def write_pending(dest: str, program: str, pending: PendingReload) -> None:
    """Note what is pending. Raises :class:`OSError`."""
    path, created = _path(dest, program), list[str]()
    content = {
        "written": list(map(os.path.basename, pending.written)),
        "removed": list(map(os.path.basename, pending.removed)),
        "backup": pending.backup,
    }
    try:
        os.rename(stage(path, json.dumps(content).encode(), lambda _new: None, created.append), path)
    finally:
        discard(created)


def remove_pending(dest: str, program: str) -> None:
    """Remove the note, if there is one."""
    with contextlib.suppress(OSError):
        os.unlink(_path(dest, program))
