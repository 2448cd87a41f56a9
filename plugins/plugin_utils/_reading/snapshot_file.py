# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing the snapshot file, and listings from it instead of from the API."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ...module_utils._errors import OptionError, SnapshotError
from ...module_utils._file_replacement import check_regular, discard, stage
from .._api.credential_connections import Listing, list_connections
from .._records.selection import filter_and_sort
from .snapshot_format import (
    BEGINNING,
    WRITE_HINT,
    decode_header,
    decode_records,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._api.client import Log
    from .._records.records import Record
    from .options import Options
    from .snapshot_format import SnapshotHeader

# 100,000 records of 5 KiB; nothing larger is a snapshot.
BYTES_MAX = 512 * 2**20

OWNER_HINT = "Read it as its owner or as root, or change its owner."


def read_connections(options: Options, log: Log) -> Listing:
    """Return the connections that the options ask for: from the snapshot file if the options name one, else from the API.

    ``log`` is called with each line about the progress. The listing's warnings are also those of the options. Raises
    :class:`SnapshotError`, or the errors of :func:`list_connections`.
    """
    if options.snapshot_file is None:
        listing = list_connections(options, log)
    else:
        try:
            listing = _list_snapshot(options, options.snapshot_file, log)
        except SnapshotError as exc:
            raise exc.with_context(repr(options.snapshot_file)) from None
    return replace(listing, warnings=[*options.warnings, *listing.warnings])


def _list_snapshot(options: Options, path: str, log: Log) -> Listing:
    content, warnings = _read(path)
    header = decode_header(content)
    now = time.time()
    header.check_age(options.snapshot_max_age, now)
    contains, profile = options.connection_name_contains, options.outbound_voice_profile_id
    header.check_coverage(contains, profile, options.consistency)
    if contains is not None and contains.lower() == (header.connection_name_contains or "").lower():
        contains = None  # the API has applied it, and may regard more as equal than is known
    records = filter_and_sort(decode_records(content, header), contains, profile, options.sort)
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
            status = os.fstat(descriptor)
            content = file.read()
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the path
        reason = getattr(exc, "strerror", None) or "the path is invalid"
        hint = OWNER_HINT if isinstance(exc, PermissionError) else WRITE_HINT
        raise SnapshotError(f"The snapshot file cannot be read: {reason}.", hint) from None
    return content, _warnings_of_access(path, status)


def _warnings_of_access(path: str, status: os.stat_result) -> list[str]:
    """Return warnings if others can read the snapshot file, or another user may have written it."""
    warnings = []
    mode = stat.S_IMODE(status.st_mode)
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        warnings.append(
            f"snapshot_file: {path!r} has mode {mode:04o}, which gives every user of the machine access to the account's user"
            " names and phone numbers. Change its mode to 0600."
        )
    if status.st_uid not in (os.geteuid(), 0):
        warnings.append(
            f"snapshot_file: {path!r} belongs to the user with the id {status.st_uid}, who can have changed what is in it."
            " Change its owner if that is not intended."
        )
    return warnings


def check_destination(path: str) -> None:
    """Raise :class:`OptionError` if no snapshot can be written to the path, or a file that is not a snapshot would be overwritten.

    ``path`` is absolute. An empty file is created in its folder and removed: permissions alone do not say whether that is possible.
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
        beginning = b""
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "the path is invalid"
        raise OptionError("dest", f"{path!r} cannot be replaced: {reason}.") from None
    if beginning not in (BEGINNING, b""):
        raise OptionError("dest", f"{path!r} exists and is not a snapshot.", "Choose another file, or remove this one.")
    staged: list[str] = []
    try:
        stage(path, b"", _keep_mode, staged.append)
    except OSError as exc:
        raise OptionError(
            "dest",
            f"no file can be written to the folder {folder!r}: {exc.strerror or 'unknown reason'}.",
            "Allow this user to write to it, or choose another one.",
        ) from None
    finally:
        discard(staged)


def write_snapshot(
    path: str, header: SnapshotHeader, records: Sequence[Record], dry_run: bool = False
) -> tuple[SnapshotHeader, list[str]]:
    """Write a snapshot file, unless another run has meanwhile written a later reading with the same options.

    Return the header of the snapshot that is there afterwards, and warnings. The mode of the file is 0600, whatever the umask is.
    Readers get the old file or the new one, each of them whole. With ``dry_run`` nothing is written. Raises :class:`SnapshotError`.
    """
    staged: list[str] = []
    try:
        new = None if dry_run else stage(path, encode(header, records), _keep_mode, staged.append)
        earlier = _read_header(path)  # as late as possible: another run may replace the file until then
        if earlier is not None and earlier.is_later_reading(header, time.time()):
            return earlier, [
                f"dest: {path!r} was not replaced, because another run has written a newer snapshot: it was read at"
                f" {earlier.read_at}, and this one at {header.read_at}."
            ]
        if new is not None:
            os.replace(new, path)
    except OSError as exc:
        raise SnapshotError(f"{path}: cannot be written: {exc.strerror or 'unknown reason'}.") from None
    finally:
        discard(staged)
    return header, [] if earlier is None else _warnings_of_other_account(path, earlier, header)


def _read_header(path: str) -> SnapshotHeader | None:
    """Return the header of a snapshot file, or ``None`` if there is none that can be used."""
    try:
        return decode_header(_read(path)[0])
    except SnapshotError:
        return None


def _warnings_of_other_account(path: str, earlier: SnapshotHeader, header: SnapshotHeader) -> list[str]:
    """Return a warning if the snapshot that is replaced may be of another account."""
    if earlier.account != header.account:
        other = f"with another API key, whose digest is {earlier.account}"
    elif earlier.api_url != header.api_url:
        other = f"from {earlier.api_url}"
    else:
        return []
    return [f"dest: {path!r} had a snapshot that was read {other}. The new one replaces it."]


def _keep_mode(_staged: str) -> None:
    """Leave a staged file as it is: its mode is 0600."""
