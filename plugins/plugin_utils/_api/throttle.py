# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests may be in flight at once, and a pause for all of them when the rate limit is exceeded."""

from __future__ import annotations

import random
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Seconds.
BACKOFF_FIRST = 0.5
BACKOFF_MAX = 30.0


class RequestCancelledError(Exception):
    """The client was closed while this thread waited to send a request."""


def backoff(attempts: int) -> float:
    """Return the seconds to wait after this number of failed attempts: doubled each time, capped, with jitter."""
    return min(BACKOFF_MAX, BACKOFF_FIRST * float(2 ** min(attempts - 1, 16))) * random.uniform(0.5, 1.0)


class Throttle:
    """Allows at most ``limit`` requests in flight, and none during a pause. Safe for use by several threads.

    ``sent`` counts the requests.
    """

    def __init__(self, limit: int) -> None:
        self._changed = threading.Condition()
        self.limit = limit
        self.sent = 0
        self._in_flight = 0
        self._paused_until = 0.0
        self._halved_at = 0.0
        self._cancelled = False

    @contextmanager
    def slot(self) -> Iterator[float]:
        """Wait until a request may be sent, and count it as in flight inside the ``with`` block.

        The value is the time of sending, in seconds of the monotonic clock. Raises :class:`RequestCancelledError`.
        """
        with self._changed:
            while True:
                self._raise_if_cancelled()
                pause = self._paused_until - time.monotonic()
                if pause <= 0 and self._in_flight < self.limit:
                    break
                self._changed.wait(pause if pause > 0 else None)
            self._in_flight += 1
            self.sent += 1
        try:
            yield time.monotonic()
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Send no request for this number of seconds from now. A longer pause that has begun already is not shortened."""
        with self._changed:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def halve_limit(self, sent_at: float) -> None:
        """Halve the limit after a request sent at ``sent_at`` (monotonic clock) exceeded the rate limit.

        Requests that were sent before the last halving do not halve it again, so a burst halves it once. If the limit were
        not halved, the same few requests could be the last of every burst, and use up their attempts.
        """
        with self._changed:
            if sent_at >= self._halved_at:
                self._halved_at = time.monotonic()
                self.limit = max(1, self.limit // 2)

    def sleep(self, seconds: float) -> None:
        """Wait for this number of seconds. Raises :class:`RequestCancelledError` as soon as :meth:`cancel` is called."""
        with self._changed:
            self._changed.wait_for(lambda: self._cancelled, seconds)
            self._raise_if_cancelled()

    def cancel(self) -> None:
        """Raise :class:`RequestCancelledError` in every thread that waits here, and in every later call that waits."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def _raise_if_cancelled(self) -> None:
        if self._cancelled:
            raise RequestCancelledError
