# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run cache: a listing that one process of a run of Ansible reads, and all its processes use.

The listing comes from the API, or from the snapshot file that the option snapshot_file names. It is kept in a file of sqlite3 in
the run's own temporary folder, which Ansible creates with mode 0700 and removes at the end. The process that holds the lock on a
file beside it reads the account. The others wait for the lock, and then find the listing, or the error. If that process dies, the
system frees the lock, and the next process reads the account.

A lookup runs this file in a new process for each host and task. Therefore what is not needed when a listing is found is imported
in the functions.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from ansible import constants as C

from .._records.record_lookup import TERM_FIELDS, Finder, RecordIndex, term_text
from .argument_spec import ACCESS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from ...module_utils._errors import TelnyxError
    from .._api.credential_connections import Listing
    from .._records.records import Record

T = TypeVar("T")

_LISTING_OPTIONS = (
    "connection_name_contains",
    "outbound_voice_profile_id",
    "sort",
    "page_size",
    "page_number",
    "consistency",
    "include_passwords",
)
# With a snapshot file, the options of the connection to the API do not count. Those that are refused or checked when the file is
# read do: a call with a wrong value must not find the listing of a call with a right one.
_SNAPSHOT_OPTIONS = (*_LISTING_OPTIONS, "snapshot_file", "snapshot_max_age", "refresh")

LOCK_INTERVAL = 0.05  # seconds between two attempts to obtain the lock

_TABLES = f"""
CREATE TABLE metadata (created REAL, error TEXT, meta TEXT);
CREATE TABLE records (place INTEGER PRIMARY KEY, {", ".join(f"{field} TEXT" for field in TERM_FIELDS)}, record TEXT);
"""
_INDEXES = "".join(f"CREATE INDEX by_{field} ON records ({field});" for field in TERM_FIELDS)


def cache_key(values: Mapping[str, Any], *more: str) -> str:
    """Return a digest of the options that select a listing: with the API key or, for a snapshot file, with the state of that file.

    ``more`` are the names of other options that count.
    """
    snapshot_file = values.get("snapshot_file")
    names = (*ACCESS, *_LISTING_OPTIONS) if snapshot_file is None else _SNAPSHOT_OPTIONS
    request = {name: str(values[name]) for name in (*names, *more) if values.get(name) is not None}
    if snapshot_file is not None:
        request["snapshot_file_state"] = _file_state(snapshot_file)
    if "api_key_file" in request:
        with suppress(OSError, ValueError), open(os.path.expanduser(request["api_key_file"]), "rb") as file:
            request["api_key_file"] = file.read(4096).hex()
    return hashlib.blake2b(json.dumps(request, sort_keys=True).encode(), digest_size=16).hexdigest()


def _file_state(path: str) -> str:
    """Return a text that differs for a file that has replaced another one, or was changed."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return "none"  # reading the file raises the error
    # The time of the last change of the inode covers the mode and the owner, too.
    return f"{found.st_dev} {found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"


def use_listing(
    values: Mapping[str, Any],
    direct: Collection[str],
    select: Callable[[Finder], T],
) -> T:
    """Return ``select(finder)`` for the listing that the options ask for, from the run cache if it has a fresh one.

    ``values`` are the options, and ``direct`` the names of those that are given directly, and not by a variable or the
    environment. If no file can be written to the temporary folder, a warning says so. Raises the errors of reading and of
    ``select``, and :class:`TransportError` if another process of the run does not finish its reading in time.
    """
    if values["cache_timeout"] < 0:
        from ...module_utils._errors import OptionError

        raise OptionError("cache_timeout", f"must be 0 or more seconds, not {values['cache_timeout']}.")
    if values["cache_timeout"] > 0:
        cache = RunCache(values)
        try:
            with closing(cache.find() or _fill(cache, values, direct)) as found:
                return select(found)
        except (OSError, sqlite3.Error) as exc:
            _warn_of_failure(exc)
    listing = _fetch(values, direct)
    return select(RecordIndex(listing.records, listing.meta))


def _warn_of_failure(exc: Exception) -> None:
    from .plugin_options import warn

    reason = getattr(exc, "strerror", None) or exc
    warn(
        f"No listing can be kept in the run's temporary folder ({reason}): every lookup and task reads the account by itself."
    )


def _fetch(values: Mapping[str, Any], direct: Collection[str]) -> Listing:
    """Read the connections from the snapshot file or the API; the progress is shown at ``-v``. Raises :class:`TelnyxError`."""
    from ...module_utils._text import prefixed
    from .options import check_options
    from .plugin_options import display, warn
    from .snapshot_file import read_connections

    options = check_options(values, direct)
    listing = read_connections(options, lambda line: display.v(prefixed(line)))
    for warning in listing.warnings:
        warn(warning)
    return listing


class StoredListing(Finder):
    """A listing in a file of the run cache; ``created`` is when, in seconds of the monotonic clock.

    Every method may raise ``sqlite3.Error``.
    """

    def __init__(self, path: str) -> None:
        # Nothing writes to the file once it has its name, so no lock is needed to read it.
        self._database = sqlite3.connect(f"file:{_quoted_path(path)}?mode=ro&immutable=1", uri=True)
        self.created, self.error, meta = self._database.execute("SELECT * FROM metadata").fetchone()
        self.meta = json.loads(meta)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def all(self) -> list[Record]:
        """Return every record, in the order of the listing."""
        return self._records("ORDER BY place")

    def get_by(self, field: str, value: object) -> list[Record]:
        """Return the records that have the value in one of :data:`TERM_FIELDS`."""
        text = term_text(value)
        # A term with half of a surrogate pair can be no name: the API's JSON is read without.
        if text is None or (not text.isascii() and text.encode("utf-8", "replace").decode() != text):
            return []
        return self._records(f"WHERE {field} = ? ORDER BY place", text)

    def _records(self, condition: str, *values: str) -> list[Record]:
        rows = self._database.execute(f"SELECT record FROM records {condition}", values)  # noqa: S608 - no text of others
        # As they are decoded as one text, the records share their keys, which takes less memory, also when Ansible pickles them.
        records: list[Record] = json.loads(f"[{','.join(row[0] for row in rows)}]")
        return records


class RunCache:
    """The file of the listing that these options select, in the run's temporary folder.

    ``values`` are the options, the API key included.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.path = os.path.join(C.DEFAULT_LOCAL_TMP, f"telnyx-{cache_key(values)}.listing")
        # The monotonic clock is the same for all processes and cannot be set back.
        now = time.monotonic()
        self._not_before = now if values.get("refresh") else now - values["cache_timeout"]
        if values.get("snapshot_file") is not None:
            # Its age was checked when this run first read it. A run that began with a valid snapshot also ends with it.
            self._not_before = float("-inf")

    def find(self) -> StoredListing | None:
        """Return the stored listing if it is new enough, else ``None``.

        Raises the error if one is stored instead, and ``sqlite3.Error``.
        """
        if not os.path.exists(self.path):
            return None
        listing = StoredListing(self.path)
        if listing.created < self._not_before:
            listing.close()
            return None
        if listing.error is not None:
            from ...module_utils._errors import TelnyxError

            listing.close()
            raise TelnyxError.from_json(listing.error)
        return listing

    def store(self, records: Sequence[Record], meta: Mapping[str, Any], error: TelnyxError | None = None) -> None:
        """Store a listing, or the error that reading it ended with. Raises ``OSError`` and ``sqlite3.Error``."""
        new = f"{self.path}.new"
        try:
            os.close(os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600))
            with closing(sqlite3.connect(new)) as database:
                # Without journal: if it is not written completely, the file does not get its name.
                database.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_TABLES}")
                rows = (
                    (place, *(term_text(record.get(field)) for field in TERM_FIELDS), json.dumps(record))
                    for place, record in enumerate(records)
                )
                database.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?)", rows)
                database.execute(
                    "INSERT INTO metadata VALUES (?, ?, ?)",
                    (time.monotonic(), None if error is None else error.to_json(), json.dumps(meta)),
                )
                database.executescript(_INDEXES)
                database.commit()
            os.replace(new, self.path)
        except (OSError, sqlite3.Error):
            with suppress(OSError):
                os.unlink(new)
            raise


def _quoted_path(path: str) -> str:
    """Return a path for a URI of sqlite3."""
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _fill(cache: RunCache, values: Mapping[str, Any], direct: Collection[str]) -> Finder:
    """Read the account and store the listing, or wait for the process that does so; return the listing.

    An error is stored, too, so that 500 hosts with a wrong key send one request. That of an option is not: it cost no request,
    and a task with other options may use the same file. If the listing cannot be stored, a warning says so. Raises the error, and
    ``OSError`` if there can be no lock.
    """
    from ...module_utils._errors import OptionError, TelnyxError

    # Reading takes at most the deadline, but a process may die while it does so, and another one starts again. An invalid
    # deadline is refused later; max() returns 0 for NaN.
    with _lock(f"{cache.path}.lock", 30.0 + 3 * max(0, values["deadline"])):
        found = cache.find()
        if found is not None:
            return found
        try:
            listing = _fetch(values, direct)
        except OptionError:
            raise
        except TelnyxError as error:
            with suppress(OSError, sqlite3.Error):
                cache.store([], {}, error)
            raise
        try:
            cache.store(listing.records, listing.meta)
        except (OSError, sqlite3.Error) as exc:
            _warn_of_failure(exc)
        return RecordIndex(listing.records, listing.meta)


@contextmanager
def _lock(path: str, timeout: float) -> Iterator[None]:
    """Hold the lock on a file. Raises :class:`TransportError` if another process holds it for longer than ``timeout`` seconds."""
    import fcntl

    from ...module_utils._errors import TransportError

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
