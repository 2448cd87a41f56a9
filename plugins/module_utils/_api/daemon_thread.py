# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocking work beside an asyncio event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Any, Callable, TypeVar

T = TypeVar("T")


async def in_daemon_thread(function: Callable[[], T]) -> T:
    """Return what a function returns, or raise what it raises, while the event loop goes on.

    Unlike with :func:`asyncio.to_thread`, a call that was cancelled does not delay the end of the process: the thread is a daemon.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def deliver(set_outcome: Callable[[Any], None], outcome: Any) -> None:
        if not future.done():
            set_outcome(outcome)

    def work() -> None:
        try:
            outcome: tuple[Callable[[Any], None], Any] = future.set_result, function()
        except BaseException as exc:  # noqa: BLE001 - it is raised again in the event loop
            outcome = future.set_exception, exc
        with contextlib.suppress(RuntimeError):  # The event loop is closed.
            loop.call_soon_threadsafe(deliver, *outcome)

    threading.Thread(target=work, name="telnyx-reading", daemon=True).start()
    return await future
