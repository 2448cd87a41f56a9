# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the runs that share a cache plugin reads the account: the one that holds a lease, an entry in the cache.

Cache plugins have no operation that writes an entry only if it is missing. Therefore a run that finds no lease stores its
own, waits for :data:`SETTLE` seconds, and holds the lease if its own is still there: of several runs the last one to write.
(This is Fischer's algorithm for mutual exclusion with one shared variable.) A run overwrites the lease of another one that
holds it already only if more than ``SETTLE`` seconds pass between its look for a lease and its write. So of the runs that
start at the same time one reads the account, and at most one more for each that was held up in that moment. A run that
notices that its own look and write took long, on a busy machine or with a slow server, waits for longer.

A lease ends when its run stores the listing or fails, to read the account or to store the listing, or after the ``deadline``
of its run. The clocks of two machines may differ. So a run that waits also measures that time itself, from when it first saw
the lease, and waits no longer than its own ``deadline``.
"""

from __future__ import annotations

import json
import os
import random
import time
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import prefixed
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._cached_listing import (
    EntryError,
    authentic_text,
    authenticated,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plugin_options import display, warn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import Record
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._cache_plugin import CachePlugin

SETTLE = 0.5  # seconds; much longer than it takes to look for a lease and to store one
# If the look and the write took long: the factor of the time that they took, and the maximum in seconds.
SETTLE_FACTOR, SETTLE_MAX = 3, 10.0
PAUSES = 0.1, 1.0  # seconds between two looks at another run's lease, at first and at most
READERS_MAX = 2  # if so many runs failed to read the account, the cause is not one of these runs


class Lease(NamedTuple):
    """What a run stores while it reads the account.

    ``run``: its random id. ``created``: Unix time in seconds, by its own clock. ``deadline``: its option, in seconds; 0 when it
    has finished.
    """

    run: str
    created: float
    deadline: float


class ReadingLease:
    """The lease on reading a listing.

    ``key`` is the key of the listing in the cache plugin, and ``values`` are the options that select it, the API key included.
    """

    def __init__(self, plugin: CachePlugin, key: str, values: Mapping[str, Any]) -> None:
        self._plugin, self._key, self._values = plugin, f"{key}_lease", values
        self._deadline: float = values["deadline"]
        self._run = os.urandom(16).hex()
        self._is_stored = False
        self._ended: set[str] = set()  # the runs that this one has waited for as long as it has to

    def wait(self, get_listing: Callable[[], list[Record] | None]) -> list[Record] | None:
        """Return the listing that another run reads, or ``None`` if this run has to read the account.

        ``get_listing`` returns the listing, or ``None`` if the cache has no fresh one. If the other run ends without a listing,
        the next run that holds the lease is waited for: :data:`READERS_MAX` runs at most, and as many times the ``deadline``.
        After that, or if leases cannot be stored, every run reads the account. :meth:`release` must be called afterwards.
        """
        give_up = time.monotonic() + READERS_MAX * self._deadline
        for _reader in range(READERS_MAX):
            began = time.monotonic()
            lease = self._current()
            if lease is None:
                # The lease is looked for again at once: the plugin may keep no entries for other runs at all.
                if not self._store(self._deadline) or self._current() is None:
                    return None
                took = time.monotonic() - began
                time.sleep(min(max(SETTLE, SETTLE_FACTOR * took), SETTLE_MAX))
                lease = self._current()
            if lease is not None and lease.run == self._run:
                return get_listing()  # stored by a run that finished just before
            self._wait_for_end(give_up)
            records = get_listing()
            if records is not None:
                return records
        return None

    def release(self) -> None:
        """End the lease, if this run holds it, so that others need not wait.

        That is also tried if the plugin has raised an error: a server may refuse a large listing, but not a lease.
        """
        if self._is_stored:
            self._plugin.retry()
            lease = self._current()
            if lease is not None and lease.run == self._run:
                self._store(0)

    def _wait_for_end(self, give_up: float) -> None:
        """Return when there is no lease, or the present one has lasted too long; at ``give_up`` (monotonic clock) at the latest."""
        run, end, pause = "", 0.0, PAUSES[0]
        while (lease := self._current()) is not None:
            now = time.monotonic()
            if lease.run != run:
                run, end = lease.run, min(give_up, now + min(lease.deadline, self._deadline))
                display.v(prefixed(f"Waiting up to {end - now:.0f} s for another run that reads the account."))
            if now >= end:
                self._ended.add(run)
                return
            time.sleep(min(end - now, random.uniform(pause / 2, pause)))
            pause = min(2 * pause, PAUSES[1])

    def _current(self) -> Lease | None:
        """Return the lease in the cache, if it has not ended."""
        entry = self._plugin.get(self._key)
        if entry is None:
            return None
        try:
            lease = unpack_lease(entry, self._values)
        except EntryError as reason:
            warn(f"The lease in the cache plugin {self._plugin.name} is ignored, because {reason}.")
            return None
        has_ended = not lease.deadline or time.time() - lease.created > lease.deadline or lease.run in self._ended
        return None if has_ended else lease

    def _store(self, deadline: float) -> bool:
        lease = Lease(self._run, time.time(), deadline)
        self._is_stored = self._plugin.set(self._key, authenticated("lease", json.dumps(lease), self._values))
        return self._is_stored


def unpack_lease(entry: Any, values: Mapping[str, Any]) -> Lease:
    """Return the lease of an entry. Raises :class:`EntryError`, see :func:`authentic_text`."""
    text = authentic_text("lease", entry, values)
    try:
        lease = Lease(*json.loads(text))
        is_valid = isinstance(lease.run, str) and lease.deadline >= 0 and 0 <= lease.created < 1e12
    except (TypeError, ValueError, RecursionError):
        is_valid = False
    if not is_valid:
        raise EntryError("its text is not a lease")
    return lease
