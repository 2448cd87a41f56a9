# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing the run's snapshot: one process of a run fetches the listing and stores it, while the others wait.

The process that holds the lock on a file beside the snapshot fetches the listing. The others wait for the lock, and then
find the listing, or the error. If that process dies, the system frees the lock, and the next process fetches the listing.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from ...module_utils._errors import OptionError, TelnyxError, TransportError
from .._records.record_lookup import RecordIndex, term_text
from .argument_spec import TERM_FIELDS
from .run_cache import CorruptError, term_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .._records.records import Record
    from .run_cache import (
        Fetch,
        Meta,
        RunSnapshot,
        Select,
        T,
        Warn,
    )

LOCK_INTERVAL = 0.05  # seconds between two attempts to obtain the lock


class Reading(NamedTuple):
    """The records of a listing, what the module ``credential_connections_info`` returns about it, and its age in seconds."""

    records: list[Record]
    meta: Meta
    age: float = 0.0


def fetch_and_store(snapshot: RunSnapshot, fetch: Fetch, select: Select[T], warn: Warn, damaged_inode: int) -> T:
    """Fetch the records, store them in the snapshot, and return ``select(records)``; or wait for the process that does so.

    With ``cache_scope: none`` nothing is stored. ``damaged_inode`` is the inode of a file that was found to be damaged, or 0:
    if it is still there, it is replaced. If nothing can be stored, ``warn`` gets a message. Raises the errors of ``fetch``,
    which are stored as well unless they are about an option, those of ``select``, and :class:`TransportError` if the lock is
    not obtained in time.
    """
    reading: Reading | None = None
    if snapshot.values["cache_scope"] != "none":
        problem = ""
        try:
            with _lock(f"{snapshot.path}.lock", _lock_timeout(snapshot.values)):
                if not _is_stored(snapshot, damaged_inode):
                    reading = _fetch(snapshot, fetch)
                    _replace(snapshot.path, encode_listing(reading))
            if reading is None:
                with snapshot.open() as listing:
                    if listing is not None:
                        return select(listing)
        except CorruptError:
            problem = "the file was damaged twice"
        except OSError as exc:
            problem = exc.strerror or str(exc)
        if problem:
            warn(
                f"No snapshot can be kept in the run's temporary folder ({problem}): every lookup reads the account by itself."
            )
    if reading is None:
        reading = fetch()
    return select(RecordIndex(reading.records, reading.meta))


def _lock_timeout(values: Mapping[str, Any]) -> float:
    """Return how many seconds to wait for the lock.

    Fetching takes at most the deadline, but a process may die while it does so, and another one starts again. With
    ``cache_scope: plugin``, each process may first wait for two other runs, each of them for as long as the deadline.
    """
    times = 9 if values["cache_scope"] == "plugin" else 3
    # An invalid deadline is refused later; max() returns 0 for NaN.
    return float(30 + times * max(0, values["deadline"]))


@contextmanager
def _lock(path: str, timeout: float) -> Iterator[None]:
    """Hold the lock on a file. Raises :class:`TransportError` if another process holds it for longer than ``timeout`` seconds."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        give_up_at = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > give_up_at:
                    raise TransportError(
                        "Another process of this run did not finish its listing in time.",
                        "Raise deadline, or try again.",
                    ) from None
                time.sleep(LOCK_INTERVAL)
        yield
    finally:
        os.close(descriptor)


def _is_stored(snapshot: RunSnapshot, damaged_inode: int) -> bool:
    """Return whether another process has stored a listing meanwhile."""
    try:
        with snapshot.open() as listing:
            return listing is not None and os.stat(snapshot.path).st_ino != damaged_inode
    except CorruptError:
        return False


def _fetch(snapshot: RunSnapshot, fetch: Fetch) -> Reading:
    """Fetch the records. An error is stored, too, so that 500 hosts with a wrong key send one request.

    That of an option is not stored: it cost no request, and a task with other options may use the same snapshot.
    """
    try:
        return fetch()
    except OptionError:
        raise
    except TelnyxError as exc:
        with suppress(OSError):
            _replace(snapshot.path, encode_listing(Reading([], {}), exc))
        raise


def _replace(path: str, content: Iterable[bytes]) -> None:
    """Replace a file as a whole. Raises ``OSError``. Only the process that holds the lock calls this."""
    new = f"{path}.new"
    try:
        descriptor = os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.writelines(content)
        os.replace(new, path)
    except OSError:
        with suppress(OSError):
            os.unlink(new)
        raise


def encode_listing(reading: Reading, error: TelnyxError | None = None) -> Iterator[bytes]:
    """Yield the content of a snapshot's file, see :class:`StoredListing`, created now."""
    index: list[tuple[int, int]] = []
    lines: list[bytes] = []
    position = 1  # after the array's bracket
    for record in reading.records:
        values = ((field, term_text(record.get(field))) for field in TERM_FIELDS)
        index += [(term_digest(field, value), position) for field, value in values if value is not None]
        lines.append(json.dumps(record).encode())
        position += len(lines[-1]) + len(b",\n")
    index.sort()
    header = {
        "created": time.monotonic() - reading.age,
        "error": None if error is None else error.to_json(),
        "meta": reading.meta,
        "terms": len(index),
    }
    yield json.dumps(header).encode() + b"\n"
    yield struct.pack(f"{len(index)}Q", *(digest for digest, _position in index))
    yield struct.pack(f"{len(index)}Q", *(position for _digest, position in index))
    yield b"[" + b",\n".join(lines) + b"]"
