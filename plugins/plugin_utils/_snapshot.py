# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's snapshot: a listing that is made once in a run of Ansible and read by every process of it.

It is an SQLite file in the run's own temporary folder, which Ansible makes with mode 0700 and removes at the end. The
process that holds the file's write lock walks; the others wait for the lock, and then find the listing, or the error.
When the walker dies, the system frees the lock, and the next one walks. Id, user name and connection name are indexes,
so a term costs one record, however many there are.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Mapping
from typing import Any, Callable, NamedTuple, Optional, TypeVar

from ansible import constants as C
from ansible_collections.siptrunk.telnyx.plugins.module_utils._argument_spec import ACCESS, TERM_FIELDS

Record = dict[str, Any]
Meta = dict[str, Optional[int]]
T = TypeVar("T")


class Reading(NamedTuple):
    """The records of a listing, and the numbers about it, which the module ``credential_connections_info`` returns."""

    records: list[Record]
    meta: Meta


Walk = Callable[[], Reading]

# The options that decide what a listing holds, and whether it may be shown to who asks.
PARTS = (
    *ACCESS,
    "connection_name_contains",
    "outbound_voice_profile_id",
    "sort",
    "page_size",
    "page_number",
    "consistency",
    "include_passwords",
)
FIND = {field: f"SELECT body FROM record WHERE {field} = ? ORDER BY place" for field in TERM_FIELDS}  # noqa: S608
SCHEMA = """
CREATE TABLE IF NOT EXISTS listing (made REAL, error TEXT, meta TEXT);
CREATE TABLE IF NOT EXISTS record (place INTEGER PRIMARY KEY, id TEXT, user_name TEXT, connection_name TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS by_id ON record (id);
CREATE INDEX IF NOT EXISTS by_user_name ON record (user_name);
CREATE INDEX IF NOT EXISTS by_connection_name ON record (connection_name);
DELETE FROM listing;
DELETE FROM record
"""
CORRUPT_MAX = 3


def digest_of(values: Mapping[str, Any], key: bytes) -> str:
    """Name a request by its options, the API key among them, in a way that gives none of them away."""
    request = {name: str(values[name]) for name in PARTS if values.get(name) is not None}
    if "api_key_file" in request:
        try:
            with open(os.path.expanduser(request["api_key_file"]), "rb") as file:
                request["api_key_file"] = file.read(4096).hex()
        except OSError:
            pass  # the walk says so
    return hashlib.blake2b(json.dumps(request, sort_keys=True).encode(), key=key, digest_size=16).hexdigest()


class Snapshot:
    """A listing in an SQLite file of this run; its methods raise ``sqlite3.Error`` besides what they name."""

    def __init__(self, values: Mapping[str, Any], generation: int) -> None:
        folder = C.DEFAULT_LOCAL_TMP
        name = digest_of(values, os.path.basename(folder).encode()[-64:])
        self._path = os.path.join(folder, f"telnyx-{name}-{generation}.sqlite3")
        # The monotonic clock is the same for all processes, and nobody sets it back.
        now = time.monotonic()
        self._oldest = now if values.get("refresh") else now - values["cache_timeout"]
        # A walk keeps to its deadline, but it may die, and then another process walks.
        deadline = values["deadline"]
        self._patience = 3 * deadline + 30 if 0 < deadline < 100_000 else 30  # the walk refuses any other
        self._db: Any = None  # an sqlite3.Connection, once the file is there

    def ready(self) -> bool:
        """Whether the listing is there, and fresh. Raises the error that its walk met."""
        if self._db is None:
            if not os.path.exists(self._path):
                return False
            self._db = sqlite3.connect(self._path, timeout=self._patience, isolation_level=None)
        try:
            row = self._db.execute("SELECT made, error FROM listing").fetchone()
        except sqlite3.OperationalError as exc:
            if "no such table" in str(exc):
                return False  # whoever made the file is not done, or died
            raise
        if row is None or row[0] < self._oldest:
            return False
        if row[1] is not None:
            raise _error_of(row[1])
        return True

    def fill(self, walk: Walk) -> None:
        """Make the listing, or wait for the process that makes it. Raises the error that the walk met."""
        from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TelnyxError

        if self._db is None:
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(self._path, timeout=self._patience, isolation_level=None)
        self._db.execute("PRAGMA synchronous = OFF")  # it need not outlive the machine
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if self.ready():
                return
            error, reading = None, Reading([], {})
            try:
                reading = walk()
            except TelnyxError as exc:
                error = exc
            self._write(reading, error)
            self._db.execute("COMMIT")
            if error:
                raise error
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _write(self, reading: Reading, error: Exception | None) -> None:
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
        # The error too: 500 hosts with a wrong key make one request.
        kept = None if error is None else json.dumps([type(error).__name__, vars(error)])
        self._db.execute("INSERT INTO listing VALUES (?, ?, ?)", (time.monotonic(), kept, json.dumps(reading.meta)))

    @property
    def meta(self) -> Meta:
        """The numbers of the reading that filled the file."""
        meta: Meta = json.loads(self._db.execute("SELECT meta FROM listing").fetchone()[0])
        return meta

    def all(self) -> list[Record]:
        """Every record, in the listing's order."""
        # As one text, for then records share their keys, which makes them smaller in memory and where Ansible pickles them.
        bodies = [body for (body,) in self._db.execute("SELECT body FROM record ORDER BY place")]
        records: list[Record] = json.loads(f"[{','.join(bodies)}]")
        return records

    def find(self, term: str) -> Record:
        """The one record that the term names. Raises :class:`NotFoundError` or :class:`AmbiguousError`."""
        found: list[Any] = []
        for field in TERM_FIELDS:
            found = self._db.execute(FIND[field], (term,)).fetchall()
            if len(found) == 1:
                record: Record = json.loads(found[0][0])
                return record
            if found:
                break
        from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import Finder

        return Finder([json.loads(body) for (body,) in found]).find(term)


def _error_of(kept: str) -> Exception:
    """The error of the process that walked."""
    from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors

    name, fields = json.loads(kept)
    kind = getattr(errors, name)
    error: Exception = kind.__new__(kind)
    vars(error).update(fields)
    return error


def read_snapshot(values: Mapping[str, Any], walk: Walk, read: Callable[[Any], T], warn: Callable[[str], None]) -> T:
    """Return what ``read`` takes from the run's snapshot (by ``all``, ``find`` or ``meta``), which ``walk`` makes where it is not there.

    A corrupt file is left alone and another one made. Where none can be kept, ``read`` gets the walk's own records.
    Raises the errors of ``walk`` and ``read``, and :class:`TransportError` where the lock is not to be had.
    """
    walked: list[Reading] = []

    def walk_once() -> Reading:
        if not walked:
            walked.append(walk())
        return walked[0]

    trouble = ""
    for generation in range(0 if values["cache_scope"] == "none" else CORRUPT_MAX):
        trouble = "the file was found corrupt again and again"
        try:
            snapshot = Snapshot(values, generation)
            if not snapshot.ready():
                snapshot.fill(walk_once)
            if walked:
                trouble = ""  # it is kept for the others; this process has it at hand
                break
            return read(snapshot)
        except (sqlite3.OperationalError, OSError) as exc:
            if "locked" in str(exc):
                raise _no_lock() from None
            trouble = str(exc)
            break
        except (sqlite3.DatabaseError, json.JSONDecodeError):
            continue
    if trouble:
        warn(f"No snapshot can be kept in the run's temporary folder ({trouble}): every lookup asks the API itself.")
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import Finder

    return read(Finder(*walk_once()))


def _no_lock() -> Exception:
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TransportError

    return TransportError(
        "Another process of this run did not finish its listing in time.", "Raise deadline, or try again."
    )
