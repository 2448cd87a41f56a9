# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's snapshot: a listing that one process of a run of Ansible reads, and all its processes use.

The listing comes from the API, or from the file that the option snapshot_file names (plugin_utils/_reading/snapshot_file.py), which
many runs share.

The run's snapshot is a file in the run's own temporary folder, which Ansible creates with mode 0700 and removes at the end. The file has an
index, so finding a connection costs the same in a large account. _run_snapshot_writer.py writes it.

A lookup runs this file in a new process for each host and task. Therefore, of the collection, only the argument spec is
imported at its top. The rest is imported in the functions that are not needed if there is a fresh listing. The file has a
format of its own for the same reason: importing sqlite3 took a quarter of the time of a lookup (docs/performance.md).
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import time
from bisect import bisect_left
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, TypeVar

from ansible import constants as C

from .argument_spec import ACCESS, TERM_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Protocol

    from .._records.records import Record
    from .run_cache_writer import Reading

    Meta = dict[str, int | str | None]

    class SearchableListing(Protocol):
        """A listing in which a connection can be found: in the snapshot's file, or in memory."""

        @property
        def meta(self) -> Meta:
            """What the module ``credential_connections_info`` returns about the listing."""

        def all(self) -> list[Record]:
            """Return every record, in the listing's order."""

        def find(self, term: str) -> Record:
            """Return the record of this id, else user name, else connection name.

            Raises :class:`NotFoundError` and :class:`AmbiguousError`.
            """


T = TypeVar("T")
Fetch = Callable[[], "Reading"]
Select = Callable[["SearchableListing"], T]
Warn = Callable[[str], None]

_LISTING_OPTIONS = (
    "connection_name_contains",
    "outbound_voice_profile_id",
    "sort",
    "page_size",
    "page_number",
    "consistency",
    "include_passwords",
)
# The options that decide which records a listing has, and who may see them.
CACHE_KEY_OPTIONS = (*ACCESS, *_LISTING_OPTIONS)
# With a snapshot file, the options of the connection to the API do not count. Those that are refused or checked when the file is
# read do: a call with a wrong value must not find the snapshot of a call with a right one.
SNAPSHOT_FILE_KEY_OPTIONS = (*_LISTING_OPTIONS, "snapshot_file", "snapshot_max_age", "refresh")
NUMBER = 8  # the size of a number in the index, in bytes


class CorruptError(Exception):
    """The file of a snapshot has been damaged; ``inode`` is the number of its inode."""

    inode = 0


def cache_key(values: Mapping[str, Any], key: bytes) -> str:
    """Return a digest of the options that select a listing: with the API key or, for a snapshot file, with the state of that file.

    ``key`` is the key of the hash function.
    """
    snapshot_file = values.get("snapshot_file")
    names = CACHE_KEY_OPTIONS if snapshot_file is None else SNAPSHOT_FILE_KEY_OPTIONS
    request = {name: str(values[name]) for name in names if values.get(name) is not None}
    if snapshot_file is not None:
        request["snapshot_file_state"] = _file_state(snapshot_file)
    if "api_key_file" in request:
        try:
            with open(os.path.expanduser(request["api_key_file"]), "rb") as file:
                request["api_key_file"] = file.read(4096).hex()
        except OSError:
            pass  # reading the API raises the error
    return hashlib.blake2b(json.dumps(request, sort_keys=True).encode(), key=key, digest_size=16).hexdigest()


def _file_state(path: str) -> str:
    """Return a text that differs for a file that has replaced another one, or was changed."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return "none"  # reading the file raises the error
    # The time of the last change of the inode covers the mode and the owner, too.
    return f"{found.st_dev} {found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"


class StoredListing:
    """A listing in the file of a snapshot, as :class:`SearchableListing`; ``created`` is when, by the monotonic clock.

    The file has a line with a JSON object; then the index: first the sorted digests of every id, user name and connection
    name, then the position of the record of each of them; and then the records as one JSON array, each in a line of its own.
    Every method may raise :class:`CorruptError` and ``OSError``.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        header = self._decode(file.readline())
        try:
            self.created: float = header["created"]
            self.error: str | None = header["error"]
            self.meta: Meta = header["meta"]
            self._count: int = header["terms"]
        except (KeyError, TypeError):
            raise CorruptError from None
        self._index = file.tell()
        self._records = self._index + 2 * NUMBER * self._count

    def all(self) -> list[Record]:
        """Return every record, in the listing's order."""
        # As they are decoded as one text, the records share their keys, which takes less memory, also when Ansible pickles them.
        self._file.seek(self._records)
        records: list[Record] = self._decode(self._file.read())
        return records

    def find(self, term: str) -> Record:
        """Return the record of this id, else user name, else connection name.

        Raises :class:`NotFoundError` and :class:`AmbiguousError`.
        """
        self._file.seek(self._index)
        content = self._file.read(NUMBER * self._count)
        if len(content) < NUMBER * self._count:
            raise CorruptError
        digests = memoryview(content).cast("Q")
        found: list[Record] = []
        for field in TERM_FIELDS:
            digest = term_digest(field, term)
            place = bisect_left(digests, digest)
            while place < self._count and digests[place] == digest:
                record = self._record(place)
                if str(record.get(field)) == term:
                    found.append(record)
                place += 1
            if found:
                break
        if len(found) == 1:
            return found[0]
        from .._records.record_lookup import RecordIndex

        return RecordIndex(found).find(term)  # raises the error

    def _record(self, place: int) -> Record:
        """Return the record at this place of the index."""
        self._file.seek(self._index + NUMBER * (self._count + place))
        try:
            (position,) = struct.unpack("Q", self._file.read(NUMBER))
            self._file.seek(self._records + position)
        except (struct.error, OverflowError, OSError):  # OSError: a position that no file can have
            raise CorruptError from None
        record = self._decode(self._file.readline().rstrip(b",]\n"))
        if not isinstance(record, dict):
            raise CorruptError
        return record

    @staticmethod
    def _decode(text: bytes) -> Any:
        try:
            return json.loads(text)
        except ValueError:
            raise CorruptError from None


def term_digest(field: str, term: str) -> int:
    """Return a number that stands for a value of one of :data:`TERM_FIELDS` in the index."""
    text = f"{field} {term}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=NUMBER).digest(), "big")


class RunSnapshot:
    """The file of the listing that these options select, in the run's temporary folder.

    ``values`` are the options, the API key included. A listing is used if it was created at ``not_before`` or later, in
    seconds of the monotonic clock, which is the same for all processes and cannot be set back.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        folder = C.DEFAULT_LOCAL_TMP
        name = cache_key(values, os.path.basename(folder).encode()[-64:])
        # A listing that is only used because of stale_if_error is not found by calls without that option.
        name += "-stale" if values.get("stale_if_error") else ""
        self.path = os.path.join(folder, f"telnyx-{name}.listing")
        now = time.monotonic()
        self.not_before = now if values.get("refresh") else now - values["cache_timeout"]
        if values.get("snapshot_file") is not None:
            # Its age was checked when this run first read it. A run that began with a valid snapshot also ends with it.
            self.not_before = float("-inf")

    @contextmanager
    def open(self) -> Iterator[StoredListing | None]:
        """Give the stored listing if it is new enough, else ``None``.

        Raises the error if one is stored instead, :class:`CorruptError` and ``OSError``.
        """
        if not os.path.exists(self.path):
            yield None
            return
        with open(self.path, "rb") as file:
            try:
                listing = StoredListing(file)
                if listing.created < self.not_before:
                    yield None
                    return
                if listing.error is not None:
                    from ...module_utils._errors import TelnyxError

                    raise TelnyxError.from_json(listing.error)
                yield listing
            except CorruptError as exc:
                exc.inode = os.fstat(file.fileno()).st_ino
                raise


def read_run_snapshot(values: Mapping[str, Any], fetch: Fetch, select: Select[T], warn: Warn) -> T:
    """Return ``select(records)`` of the run's snapshot. If there is no fresh one, call ``fetch`` once and store its result.

    A damaged file is replaced. If nothing can be stored, ``select`` gets the fetched records, and ``warn`` a message.
    ``select`` may be called again, if the file proves to be damaged. Raises the errors of ``fetch`` and ``select``, and
    :class:`TransportError` if another process of the run does not finish its reading in time.
    """
    damaged_inode = 0
    snapshot = RunSnapshot(values)
    if values["cache_scope"] != "none":
        try:
            with snapshot.open() as listing:
                if listing is not None:
                    return select(listing)
        except CorruptError as exc:
            damaged_inode = exc.inode
        except OSError:
            pass  # it is raised again when a listing is stored
    # Not at the top of the file: a process that finds a listing does not need it.
    from .run_cache_writer import fetch_and_store

    return fetch_and_store(snapshot, fetch, select, warn, damaged_inode)
