# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's snapshot: a listing that one process of a run of Ansible reads, and all its processes use.

The listing comes from the API, or from the file that the option snapshot_file names (module_utils/_snapshot_file.py), which
many runs share.

The run's snapshot is an SQLite file in the run's own temporary folder, which Ansible creates with mode 0700 and removes at the end. The
process that holds the file's write lock reads the API; the others wait for the lock, and then find the listing, or the
error. If that process dies, the system frees the lock, and the next process reads the API. Id, user name and connection name
have an index each, so finding a connection costs the same in a large account.

A lookup runs this file in a new process for each host and task. Therefore, of the collection, only the argument spec is
imported at its top. The rest is imported in the functions that are not needed if there is a fresh snapshot.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Protocol, TypeVar

from ansible import constants as C
from ansible_collections.siptrunk.telnyx.plugins.module_utils._argument_spec import ACCESS, TERM_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import Record
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TelnyxError

    Meta = dict[str, int | str | None]
T = TypeVar("T")


class Reading(NamedTuple):
    """The records of a listing, and what the module ``credential_connections_info`` returns about it."""

    records: list[Record]
    meta: Meta


class Records(Protocol):
    """A listing in which a connection can be found: in the snapshot's file, or in memory."""

    @property
    def meta(self) -> Meta:
        """The numbers about the listing."""

    def all(self) -> list[Record]:
        """Return every record, in the listing's order."""

    def find(self, term: str) -> Record:
        """Return the record of this id, else user name, else connection name.

        Raises :class:`NotFoundError` and :class:`AmbiguousError`.
        """


Fetch = Callable[[], Reading]

# The options that decide which records a listing has, and who may see them.
CACHE_KEY_OPTIONS = (
    *ACCESS,
    "connection_name_contains",
    "outbound_voice_profile_id",
    "sort",
    "page_size",
    "page_number",
    "consistency",
    "include_passwords",
)
# With a snapshot file: not those of the connection to the API, which is not used, but also those that are refused or checked when
# the file is read. So a call with a wrong option does not find the snapshot of a call without it.
SNAPSHOT_KEY_OPTIONS = (*CACHE_KEY_OPTIONS[len(ACCESS) :], "snapshot_file", "snapshot_max_age", "refresh")
FIND = {field: f"SELECT body FROM record WHERE {field} = ? ORDER BY place" for field in TERM_FIELDS}  # noqa: S608
SCHEMA = """
CREATE TABLE IF NOT EXISTS listing (created REAL, error TEXT, meta TEXT);
CREATE TABLE IF NOT EXISTS record (place INTEGER PRIMARY KEY, id TEXT, user_name TEXT, connection_name TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS by_id ON record (id);
CREATE INDEX IF NOT EXISTS by_user_name ON record (user_name);
CREATE INDEX IF NOT EXISTS by_connection_name ON record (connection_name);
DELETE FROM listing;
DELETE FROM record
"""
FILES_MAX = 3


def cache_key(values: Mapping[str, Any], key: bytes) -> str:
    """Return a digest of the options that select a listing, the API key included; ``key`` is the key of the hash function."""
    snapshot_file = values.get("snapshot_file")
    names = CACHE_KEY_OPTIONS if snapshot_file is None else SNAPSHOT_KEY_OPTIONS
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
    return f"{found.st_mode} {found.st_dev} {found.st_ino} {found.st_size} {found.st_mtime_ns}"


class Snapshot:
    """A listing in an SQLite file of this run, as :class:`Records`.

    ``values`` are the options, the API key included. ``number`` is that of the file, from 0: the next one is used if a file is
    corrupt. Every method may raise ``sqlite3.Error``, and ``json.JSONDecodeError`` for a corrupt file.
    """

    def __init__(self, values: Mapping[str, Any], number: int) -> None:
        folder = C.DEFAULT_LOCAL_TMP
        name = cache_key(values, os.path.basename(folder).encode()[-64:])
        self._path = os.path.join(folder, f"telnyx-{name}-{number}.sqlite3")
        # The monotonic clock is the same for all processes, and nobody can set it back.
        now = time.monotonic()
        self._not_before = now if values.get("refresh") else now - values["cache_timeout"]
        if values.get("snapshot_file") is not None:
            # Its age was checked when this run first read it. A run that began with a valid snapshot also ends with it.
            self._not_before = float("-inf")
        # Reading the API takes at most the deadline, but a process may die while it does, and another one starts again.
        # With cache_scope: plugin, each process may first wait for two other runs, each of them for as long as the deadline.
        times, deadline = 9 if values["cache_scope"] == "plugin" else 3, values["deadline"]
        # An invalid deadline is refused later; with a very long one, the time would exceed SQLite's maximum of 2**31 ms.
        self._lock_timeout = 30 + times * min(max(0, deadline), 100_000)  # max() returns 0 for NaN
        self._connection: sqlite3.Connection | None = None

    @property
    def _db(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, timeout=self._lock_timeout, isolation_level=None)
        return self._connection

    def is_fresh(self) -> bool:
        """Return whether the file has a listing that is new enough. Raises the error if one is stored instead."""
        if self._connection is None and not os.path.exists(self._path):
            return False
        try:
            row = self._db.execute("SELECT created, error FROM listing").fetchone()
        except sqlite3.OperationalError as exc:
            if "no such table" in str(exc):  # Python 3.10 has no sqlite_errorname
                return False  # the process that created the file is still reading the API, or died
            raise
        if row is None or row[0] < self._not_before:
            return False
        if row[1] is not None:
            from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TelnyxError

            raise TelnyxError.from_json(row[1])
        return True

    def fill(self, fetch: Fetch) -> None:
        """Store what ``fetch`` returns, or wait for the process that does. Raises the error of ``fetch``, which is stored as well."""
        from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TelnyxError

        if self._connection is None:
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        self._db.execute("PRAGMA synchronous = OFF")  # the file need not survive a crash of the machine
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if self.is_fresh():
                return
            error, reading = None, Reading([], {})
            try:
                reading = fetch()
            except TelnyxError as exc:
                error = exc
            self._write(reading, error)
            self._db.execute("COMMIT")
            if error:
                raise error
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _write(self, reading: Reading, error: TelnyxError | None) -> None:
        for statement in SCHEMA.split(";"):
            self._db.execute(statement)
        self._db.executemany(
            "INSERT INTO record (id, user_name, connection_name, body) VALUES (?, ?, ?, ?)",
            (
                (
                    *(value if isinstance(value, str) else None for value in map(record.get, TERM_FIELDS)),
                    json.dumps(record),
                )
                for record in reading.records
            ),
        )
        # An error is stored too, so that 500 hosts with a wrong key send one request.
        stored_error = None if error is None else error.to_json()
        row = (time.monotonic(), stored_error, json.dumps(reading.meta))
        self._db.execute("INSERT INTO listing VALUES (?, ?, ?)", row)

    @property
    def meta(self) -> Meta:
        """The numbers about the listing."""
        meta: Meta = json.loads(self._db.execute("SELECT meta FROM listing").fetchone()[0])
        return meta

    def all(self) -> list[Record]:
        """Return every record, in the listing's order."""
        # If they are decoded as one text, the records share their keys, which takes less memory, also when Ansible pickles them.
        bodies = [body for (body,) in self._db.execute("SELECT body FROM record ORDER BY place")]
        records: list[Record] = json.loads(f"[{','.join(bodies)}]")
        return records

    def find(self, term: str) -> Record:
        """Return the record of this id, else user name, else connection name.

        Raises :class:`NotFoundError` and :class:`AmbiguousError`.
        """
        bodies: list[str] = []
        for field in TERM_FIELDS:
            bodies = [body for (body,) in self._db.execute(FIND[field], (term,))]
            if bodies:
                break
        if len(bodies) == 1:
            record: Record = json.loads(bodies[0])
            return record
        return FetchedRecords(Reading([json.loads(body) for body in bodies], {})).find(term)  # raises the error


class FetchedRecords:
    """A reading in memory, as :class:`Records`."""

    def __init__(self, reading: Reading) -> None:
        from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.record_lookup import RecordIndex

        self.meta = reading.meta
        self._index = RecordIndex(reading.records)

    def all(self) -> list[Record]:
        """Return every record, in the listing's order."""
        return self._index.all()

    def find(self, term: str) -> Record:
        """Return the record of this id, else user name, else connection name.

        Raises :class:`NotFoundError` and :class:`AmbiguousError`.
        """
        return self._index.find(term)


def read_snapshot(
    values: Mapping[str, Any], fetch: Fetch, select: Callable[[Records], T], warn: Callable[[str], None]
) -> T:
    """Return ``select(records)`` of the run's snapshot. If there is no fresh one, call ``fetch`` once and store its result.

    A corrupt file is left as it is and another one created, at most :data:`FILES_MAX`. If nothing can be stored, ``select``
    gets the fetched records, and ``warn`` a message. ``select`` may be called again, if the file proves to be corrupt.
    Raises the errors of ``fetch`` and ``select``, and :class:`TransportError` if the lock is not obtained in time.
    """
    fetched: list[Reading] = []

    def fetch_once() -> Reading:
        if not fetched:
            fetched.append(fetch())
        return fetched[0]

    problem = ""
    for number in range(0 if values["cache_scope"] == "none" else FILES_MAX):
        problem = "the file was corrupt each time"
        try:
            snapshot = Snapshot(values, number)
            if not snapshot.is_fresh():
                snapshot.fill(fetch_once)
            if fetched:
                problem = ""  # the file is for the other processes; this one has the records in memory
                break
            return select(snapshot)
        except (sqlite3.OperationalError, OSError) as exc:
            if "locked" in str(exc):  # Python 3.10 has no sqlite_errorname
                raise _lock_error() from None
            problem = str(exc)
            break
        except (sqlite3.DatabaseError, json.JSONDecodeError):
            continue
    if problem:
        warn(
            f"No snapshot can be kept in the run's temporary folder ({problem}): every lookup reads the account by itself."
        )
    return select(FetchedRecords(fetch_once()))


def _lock_error() -> TelnyxError:
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TransportError

    return TransportError(
        "Another process of this run did not finish its listing in time.", "Raise deadline, or try again."
    )
