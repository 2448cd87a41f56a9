# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call that runs in a thread while its caller does other work, and then waits for the result."""

from __future__ import annotations

import queue
import sys
import threading
from typing import Any, Callable, Generic, TypeVar

T = TypeVar("T")
Emit = Callable[[Any], None]

# Seconds after which a thread that computes lets another one run. With Python's 5 ms, the threads that send requests wait so
# often for the caller's thread that a drift check of 10,000 connections takes 0.2 s (8 %) longer.
SWITCH_INTERVAL = 0.001


class BackgroundCall(Generic[T]):
    """A call of a function in a daemon thread. The function gets a function to which it passes events.

    There may be only one call at a time, because it changes the switch interval of the whole process.
    """

    def __init__(self, function: Callable[[Emit], T]) -> None:
        """Start the call. If nobody waits for its result, it goes on until the process ends."""
        # Pairs of whether the event is the last one, and the event. The last event is a function that returns the result or raises
        # the error of the call.
        self._events: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._work, args=(function,), name="telnyx-reading", daemon=True).start()

    def _work(self, function: Callable[[Emit], T]) -> None:
        interval = sys.getswitchinterval()
        sys.setswitchinterval(min(interval, SWITCH_INTERVAL))
        try:
            result = function(lambda event: self._events.put((False, event)))
        except BaseException as exc:  # noqa: BLE001 - it is raised again in the caller's thread
            error = exc

            def fail() -> T:
                raise error

            self._events.put((True, fail))
        else:
            self._events.put((True, lambda: result))
        finally:
            sys.setswitchinterval(interval)

    def result(self, handle: Callable[[Any], object]) -> T:
        """Wait for the call, and return what it returns, or raise what it raises. ``handle`` gets each event, in this thread."""
        while True:
            is_last, event = self._events.get()
            if is_last:
                outcome: T = event()
                return outcome
            handle(event)
