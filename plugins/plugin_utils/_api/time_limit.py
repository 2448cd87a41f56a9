# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A time limit for calls of code that may wait forever."""

from __future__ import annotations

import contextvars
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Callable, TypeVar

T = TypeVar("T")


def call_within(seconds: float, function: Callable[[], T]) -> T:
    """Return what a function returns, or raise what it raises.

    Raises :class:`TimeoutError` if that takes longer than ``seconds``. The function then goes on in a thread, which does not
    delay the end of the process.
    """
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(function())
        except BaseException as exc:  # noqa: BLE001 - it is raised again in the caller's thread
            future.set_exception(exc)

    # Ansible keeps a part of its state in context variables.
    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(work,), name="telnyx-time-limit", daemon=True).start()
    try:
        return future.result(seconds)
    except FutureTimeoutError:  # before Python 3.11 it is no TimeoutError
        raise TimeoutError from None
