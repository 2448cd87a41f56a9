"""Work in a thread beside other work: its result, its errors and its log lines reach the caller that waits for it."""

from __future__ import annotations

import threading
from typing import Callable

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.background_call import BackgroundCall
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TransportError


def test_result_comes_after_the_log_lines_which_the_waiting_thread_logs() -> None:
    logged: list[tuple[str, threading.Thread]] = []

    def work(log: Callable[[str], None]) -> int:
        log("page 1")
        log("page 2")
        return 5

    assert BackgroundCall(work).result(lambda line: logged.append((line, threading.current_thread()))) == 5
    assert logged == [("page 1", threading.current_thread()), ("page 2", threading.current_thread())]


def test_error_is_raised_where_the_result_is_waited_for() -> None:
    def fail(_log: Callable[[str], None]) -> None:
        raise TransportError("No response.")

    call = BackgroundCall(fail)
    with pytest.raises(TransportError, match="No response"):
        call.result(print)


def test_caller_goes_on_while_the_function_works() -> None:
    event = threading.Event()
    call = BackgroundCall(lambda _log: event.wait(30))
    event.set()
    assert call.result(print)
