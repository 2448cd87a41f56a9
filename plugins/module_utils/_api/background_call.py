# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocking work beside other work of the caller, which waits for it afterwards."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Callable, Generic, TypeVar, Union

if TYPE_CHECKING:
    from .client import Log

T = TypeVar("T")


class BackgroundCall(Generic[T]):
    """A call of a function, which gets a log, in a daemon thread."""

    def __init__(self, function: Callable[[Log], T]) -> None:
        """Start the call. If nobody waits for its result, it goes on until the process ends."""
        # Lines for the log, and at last a function that returns the result or raises the error.
        self._events: queue.SimpleQueue[Union[str, Callable[[], T]]] = queue.SimpleQueue()
        threading.Thread(target=self._work, args=(function,), name="telnyx-reading", daemon=True).start()

    def _work(self, function: Callable[[Log], T]) -> None:
        try:
            result = function(self._events.put)
        except BaseException as exc:  # noqa: BLE001 - it is raised again in the caller's thread
            error = exc

            def fail() -> T:
                raise error

            self._events.put(fail)
        else:
            self._events.put(lambda: result)

    def result(self, log: Log) -> T:
        """Wait for the call, and return what it returns, or raise what it raises. ``log`` is called in this thread only."""
        while isinstance(event := self._events.get(), str):
            log(event)
        return event()
