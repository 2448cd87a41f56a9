# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account's audit events since a time, as far as the API returns them.

The vendor calls the log best-effort and eventually consistent, so there is no complete list of it, and no second pass: what
can be read is returned, with a note if something is missing. It grows at its end while it is read, which shifts no page in
ascending order; that the server obeys the order or the filter is not relied on.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from operator import le
from typing import TYPE_CHECKING, Any

from .._errors import ResponseError, TelnyxError
from .._garbage_collection import gc_paused
from .client import Client, Log, Request
from .key_redaction import errors_without_key, without_key
from .response import NOT_THE_API_HINT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._connections.records import Record
    from .._options import Options

PATH = "/audit_events"
PAGE_SIZE = 250
# 50,000 events. If there are more, only the newest ones are read, as far as the API says how many pages there are.
PAGES_MAX = 200


@dataclass(frozen=True)
class AuditLog:
    """What was read of the log.

    ``events`` are as the API returns them, in any order, perhaps repeated or malformed, and perhaps older than asked for.
    ``note`` is a sentence about what is missing, or empty. ``requests``: sent, retries included. ``may_lack_newer`` is whether an
    event that was not read may be newer than one that was.
    """

    events: list[Record]
    note: str
    requests: int
    may_lack_newer: bool = False


@dataclass
class _Reading:
    """The pages that were read so far, and what the API reports about all of them."""

    events: list[Record] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    malformed: int = 0
    distinct: int = 0
    total: int | None = None
    pages: int | None = None

    def add(self, body: dict[str, Any]) -> int:
        """Add a page, and return how many events of it are new."""
        data = body.get("data")
        if not isinstance(data, list):
            self.malformed += 1
            return 0
        new = 0
        for event in data:
            identity = event.get("id") if isinstance(event, dict) else None
            if not isinstance(event, dict):
                self.malformed += 1
                continue
            new += not isinstance(identity, str) or identity not in self.ids
            if isinstance(identity, str):
                self.ids.add(identity)
            self.events.append(event)
        meta = body.get("meta")
        if isinstance(meta, dict):
            self.total, self.pages = (
                _count(meta.get(f"total_{name}"), before)
                for name, before in (("results", self.total), ("pages", self.pages))
            )
        self.distinct += new
        return new


def list_audit_events(options: Options, created_after: str, log: Log) -> AuditLog:
    """Read the events since ``created_after`` (ISO 8601, UTC), within the limits of the options.

    Raises the errors of :meth:`Client.fetch` if the first page cannot be read; an error of another page becomes a note. Neither
    an error, nor a note, nor a log line contains the API key.
    """
    key = options.api_key
    with errors_without_key(key), gc_paused():
        found = _list_audit_events(options, created_after, lambda line: log(without_key(line, key)))
    return replace(found, note=without_key(found.note, key))


def _list_audit_events(options: Options, created_after: str, log: Log) -> AuditLog:
    started = time.monotonic()
    reading = _Reading()
    notes: list[str] = []
    only_oldest_missing = False
    with Client(options, log) as client:
        first = next(client.fetch([_request(created_after, 1)])).body
        if not isinstance(first.get("data"), list):
            raise ResponseError("The list of audit events has no data.", NOT_THE_API_HINT)
        reading.add(first)
        try:
            if reading.pages is None and reading.total is None:
                _read_to_end(client, created_after, reading, notes)
            else:
                only_oldest_missing = _read_known_pages(client, created_after, reading, len(first["data"]), notes)
        except TelnyxError as error:
            notes.append(f"A page of it could not be read: {error.full_message()}")
    if reading.malformed:
        notes.append("A part of it is not what the API documents.")
    if reading.total is not None and reading.distinct < reading.total and not notes:
        notes.append(f"The API returned {reading.distinct} of {reading.total} events.")
    log(f"audit events: {len(reading.events)}, requests: {client.requests}, in {time.monotonic() - started:.1f} s")
    may_lack_newer = len(notes) > only_oldest_missing
    return AuditLog(reading.events, " ".join(notes), client.requests, may_lack_newer)


def _read_to_end(client: Client, created_after: str, reading: _Reading, notes: list[str]) -> None:
    """Read the pages after the first one until one has no new event."""
    number, new = 1, len(reading.events)
    while new and number < PAGES_MAX:
        number += 1
        new = reading.add(next(client.fetch([_request(created_after, number)])).body)
    if new:
        notes.append(f"Only its first {PAGES_MAX} pages were read.")


def _read_known_pages(client: Client, created_after: str, reading: _Reading, size: int, notes: list[str]) -> bool:
    """Read the last :data:`PAGES_MAX` pages of those that the API reports; the first one has ``size`` events.

    Return whether there is a note about pages that were not read, which have only older events.
    """
    by_total = math.ceil((reading.total or 0) / size) if size else 1
    last = max(by_total, reading.pages or 1)
    numbers = range(max(2, last - PAGES_MAX + 1), last + 1)
    if len(numbers) < last - 1:
        notes.append(f"Only its last {PAGES_MAX} pages were read.")
    requests = [_request(created_after, number) for number in numbers]
    in_order = list(reading.events)
    received: dict[Request, list[Record]] = {}
    for result in client.fetch(requests):  # in the order in which they are received
        count = len(reading.events)
        reading.add(result.body)
        received[result.request] = reading.events[count:]
    in_order += [event for request in requests for event in received[request]]
    return bool(notes) and _is_ascending(in_order)


def _is_ascending(events: Sequence[Record]) -> bool:
    """Return whether events are in the order of their times, which are ISO 8601 in UTC; as text, the safe answer is no."""
    times = [event.get("created_at") for event in events]
    texts = [time for time in times if isinstance(time, str)]
    return len(texts) == len(times) and all(map(le, texts, texts[1:]))


def _request(created_after: str, number: int) -> Request:
    """Return the request of a page (source: the published API reference, "List audit events")."""
    params = (
        ("filter[created_after]", created_after),
        ("sort", "asc"),
        ("page[size]", str(PAGE_SIZE)),
        ("page[number]", str(number)),
    )
    return Request(PATH, params, f"page {number} of the audit events")


def _count(value: Any, default: int | None) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default
