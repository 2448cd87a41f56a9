# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing the snapshot file, and listings from it instead of from the API."""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

from ._api.credential_connections import Listing, list_connections
from ._connections.selection import select
from ._connections.snapshot_format import (
    BEGINNING,
    WRITE_HINT,
    check_age,
    check_coverage,
    decode_header,
    decode_records,
)
from ._errors import OptionError, ReportError, SnapshotError
from ._file_replacement import check_regular, discard, stage
from ._garbage_collection import gc_paused

if TYPE_CHECKING:
    from ._api.client import Log
    from ._api.credential_connections import Preview
    from ._options import Options

# 100,000 records of 5 KiB; nothing larger is a snapshot.
BYTES_MAX = 512 * 2**20


def read_connections(options: Options, log: Log, preview: Preview | None = None) -> Listing:
    """Return the connections that the options ask for: from the snapshot file if the options name one, else from the API.

    ``log`` is called with each line about the progress; ``preview``: see :func:`list_connections`. Raises
    :class:`SnapshotError`, or the errors of :func:`list_connections`.
    """
    if options.snapshot_file is None:
        return list_connections(options, log, preview)
    with gc_paused():
        try:
            return _list_snapshot(options, options.snapshot_file, log)
        except SnapshotError as exc:
            raise exc.with_context(repr(options.snapshot_file)) from None


def _list_snapshot(options: Options, path: str, log: Log) -> Listing:
    content, warnings = _read(path)
    header = decode_header(content)
    now = time.time()
    check_age(header, options.snapshot_max_age, now)
    contains, profile = options.connection_name_contains, options.outbound_voice_profile_id
    check_coverage(header, contains, profile, options.consistency)
    records = select(decode_records(content, header), contains, profile, options.sort)
    log(
        f"connections: {len(records)}, from a snapshot of {header.connections}, read at {header.read_at} "
        f"({header.age(now):.0f} s ago)"
    )
    return Listing(records, len(records), 0, 0, 0, header.api_url, header.read_at, warnings)


def _read(path: str) -> tuple[bytes, list[str]]:
    """Return the content of a snapshot file, and warnings. Raises :class:`SnapshotError`."""
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            raise SnapshotError("The snapshot file is a symbolic link.", "Name the file that it leads to.")
        check_regular(found.st_mode, path)
        if found.st_size > BYTES_MAX:
            raise SnapshotError(f"The snapshot file is longer than {BYTES_MAX // 2**20} MiB.", WRITE_HINT)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
            content = file.read()
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the path
        reason = getattr(exc, "strerror", None) or "the path is invalid"
        raise SnapshotError(f"The snapshot file cannot be read: {reason}.", WRITE_HINT) from None
    if not mode & (stat.S_IROTH | stat.S_IWOTH):
        return content, []
    warning = (
        f"snapshot_file: {path!r} has mode {mode:04o}, which gives every user of the machine access to the account's user"
        " names and phone numbers. Change its mode to 0600."
    )
    return content, [warning]


def check_destination(path: str) -> None:
    """Raise :class:`OptionError` if no snapshot can be written to the path, or a file that is not a snapshot would be overwritten.

    ``path`` is absolute.
    """
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise OptionError("dest", f"the folder {folder!r} does not exist.", "Create it, for this user only.")
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            raise OptionError("dest", f"{path!r} is a symbolic link.", "Name the file that it leads to.")
        check_regular(found.st_mode, path)
        with open(path, "rb") as file:
            beginning = file.read(len(BEGINNING))
    except FileNotFoundError:
        return
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "the path is invalid"
        raise OptionError("dest", f"{path!r} cannot be replaced: {reason}.") from None
    if beginning not in (BEGINNING, b""):
        raise OptionError("dest", f"{path!r} exists and is not a snapshot.", "Choose another file, or remove this one.")


def write_snapshot(path: str, content: bytes) -> None:
    """Write a snapshot file with the mode 0600, whatever the umask is. Readers get the old file or the new one, each of them whole.

    Raises :class:`ReportError`.
    """
    staged: list[str] = []
    try:
        os.replace(stage(path, content, lambda _path: None, staged.append), path)
    except OSError as exc:
        raise ReportError(f"{path}: cannot be written: {exc.strerror or 'unknown reason'}.") from None
    finally:
        discard(staged)
