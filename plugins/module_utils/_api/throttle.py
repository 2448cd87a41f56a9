# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests may be in flight, and when: one pause for all of them when the rate limit is hit."""

from __future__ import annotations

import random
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BACKOFF_FIRST = 0.5
BACKOFF_MAX = 30.0


class Stopped(Exception):
    """The listing was given up while this thread waited."""


def backoff(tries: int) -> float:
    """Seconds to wait after the given number of failed tries: doubled each time, capped, with jitter."""
    return min(BACKOFF_MAX, BACKOFF_FIRST * float(2 ** min(tries - 1, 16))) * random.uniform(0.5, 1.0)


class Throttle:
    """Lets requests pass: at most ``limit`` in flight, and none while a pause lasts."""

    def __init__(self, limit: int) -> None:
        self._changed = threading.Condition()
        self._limit = limit
        self._in_flight = 0
        self._paused_until = 0.0
        self._narrowed_at = 0.0
        self._stopped = False

    @contextmanager
    def slot(self) -> Iterator[float]:
        """Wait for leave to send, and hold it; gives the time (of the monotonic clock) of the sending."""
        with self._changed:
            while True:
                self._check()
                pause = self._paused_until - time.monotonic()
                if pause <= 0 and self._in_flight < self._limit:
                    break
                self._changed.wait(pause if pause > 0 else None)
            self._in_flight += 1
        try:
            yield time.monotonic()
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Hold all requests back for so long; an earlier pause is never shortened."""
        with self._changed:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def narrow(self, sent_at: float) -> None:
        """Halve what may be in flight, once for each burst that met the rate limit.

        Else the same few requests could be the late ones of every burst, and use up their tries.
        """
        with self._changed:
            if sent_at >= self._narrowed_at:
                self._narrowed_at = time.monotonic()
                self._limit = max(1, self._limit // 2)

    @property
    def narrowed(self) -> bool:
        """Whether the rate limit has been met."""
        return self._narrowed_at > 0

    def sleep(self, seconds: float) -> None:
        """Wait, but not beyond the end of the listing."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped, seconds)
            self._check()

    def stop(self) -> None:
        """Send every waiting thread home with :class:`Stopped`."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        """Whether the listing was given up."""
        return self._stopped

    def _check(self) -> None:
        if self._stopped:
            raise Stopped
