# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readings of the account, one after the other, and the events between them."""

from __future__ import annotations

import datetime
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Callable

from .._api.credential_connections import Listing, list_connections
from .._errors import MissingLibraryError, TelnyxError
from .._events.changes import CREATED, Change, compare_readings
from .._events.events import Event, change_event, reachable_event, unreachable_event
from .._text import one_line
from .state import DamagedStateError, State, read_state, write_state

if TYPE_CHECKING:
    from .arguments import Arguments

# The longest interval after failed readings, in seconds, unless the interval itself is longer.
BACKOFF_MAX = 900.0


class Watcher:
    """Reads the account and compares it with the last complete reading.

    Call :meth:`start` once. Then repeat: call :meth:`read`, hand over its events, call :meth:`save`, and wait for
    :meth:`seconds_to_wait`.
    ``warn`` and ``log`` are called with lines for the log. No method sends anything but GET.
    """

    def __init__(self, arguments: Arguments, warn: Callable[[str], None], log: Callable[[str], None]) -> None:
        self._arguments = arguments
        self._warn, self._log = warn, log
        self._state = State("", "", {})
        self._initial_events = arguments.initial_events
        self._failures = 0
        self._warned: set[str] = set()

    def start(self) -> None:
        """Check the options, and read the state file. Raises :class:`OptionError`."""
        new = State.new(self._arguments.options())
        self._state = new
        path = self._arguments.state_file
        if path is None:
            return
        try:
            found = read_state(path)
        except DamagedStateError as exc:
            self._warn_of_new_start(str(exc))
            return
        if found is None:
            return
        if (found.api_url, found.filters) != (new.api_url, new.filters):
            self._warn_of_new_start("it is of another api_url or of other filters")
            return
        self._state = found

    def read(self) -> list[Event]:
        """Read the account, and return the events since the last complete reading. Raises :class:`MissingLibraryError`.

        Of several readings that fail one after the other, only the first one is an event. None of them replaces the last complete
        reading.
        """
        try:
            options = self._arguments.options()
            listing = list_connections(options, self._log)
        except MissingLibraryError:
            raise
        except TelnyxError as error:
            return self._failed(error)
        return self._succeeded(listing, State.new(options))

    def save(self) -> None:
        """Write the state file. If that fails, the log says so: after a restart, the same events may be emitted again."""
        if self._arguments.state_file is None:
            return
        try:
            write_state(self._arguments.state_file, self._state)
        except OSError as exc:
            self._warn_once(f"state_file: {self._arguments.state_file!r} cannot be written: {exc.strerror or exc}.")

    def seconds_to_wait(self) -> float:
        """Return the seconds until the next reading: the interval with jitter.

        From the second failed reading in a row on, the interval is doubled each time, up to :data:`BACKOFF_MAX`.
        """
        interval = self._arguments.interval
        if self._failures > 1:
            interval = min(interval * 2 ** min(self._failures - 1, 16), max(interval, BACKOFF_MAX))
        return interval * random.uniform(1.0, 1.0 + self._arguments.jitter)

    def _failed(self, error: TelnyxError) -> list[Event]:
        self._failures += 1
        (self._warn if self._failures == 1 else self._log)(f"The account cannot be read: {one_line(error, 1000)}")
        if self._state.unreachable_since is not None:
            return []
        now = _now()
        self._state = replace(self._state, unreachable_since=now)
        return [unreachable_event(error, last_read_at=self._state.read_at, **self._common(now))]

    def _succeeded(self, listing: Listing, new: State) -> list[Event]:
        self._failures = 0
        for warning in listing.warnings:
            self._warn_once(warning)
        old = self._state
        records = {record["id"]: record for record in listing.records}
        if old.key_digest != new.key_digest and not _may_be_same_account(old, records):
            self._warn_of_new_start("the API key is another one, and no connection shows that the account is the same")
            old = replace(new, unreachable_since=old.unreachable_since)
        now = _now()
        self._state = replace(new, records=records, read_at=now)
        events = []
        if old.unreachable_since is not None:
            events.append(reachable_event(unreachable_since=old.unreachable_since, **self._common(now)))
        for change in self._changes(old, records):
            event = change_event(
                change,
                include_values=self._arguments.include_values,
                previous_reading_at=old.read_at,
                **self._common(now),
            )
            events.append(event)
        return events

    def _changes(self, old: State, records: dict[str, dict[str, object]]) -> list[Change]:
        if old.records is not None:
            return compare_readings(old.records, records, self._arguments.ignored)
        if self._initial_events:
            return [Change(CREATED, record) for record in records.values()]
        return []

    def _common(self, now: str) -> dict[str, str | None]:
        """Return the fields that every event has."""
        return {"observed_at": now, "api_url": self._state.api_url, "account": self._arguments.account_label}

    def _warn_of_new_start(self, reason: str) -> None:
        self._initial_events = False  # They are for the first start, not for each loss of the state.
        path = self._arguments.state_file
        kept = f"state_file: {path!r} is not used" if path else "The last reading is not used"
        self._warn(f"{kept}: {reason}. This is a new start: what changed before the next reading is not known.")

    def _warn_once(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            self._warn(message)


def _may_be_same_account(old: State, records: dict[str, dict[str, object]]) -> bool:
    """Return whether a reading with another API key can be compared with the last one: a connection is in both, or none in either.

    A connection belongs to one account, and nothing else in a reading tells accounts apart.
    """
    if not old.records:
        return old.records is None or not records
    return not old.records.keys().isdisjoint(records)


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
