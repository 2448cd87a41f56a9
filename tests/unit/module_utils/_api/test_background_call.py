"""Work in a thread beside other work: its result, its errors and its events reach the caller that waits for it."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.background_call import BackgroundCall, Emit
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TransportError


def test_result_comes_after_the_events_which_the_waiting_thread_handles() -> None:
    handled: list[tuple[str, threading.Thread]] = []

    def work(emit: Emit) -> int:
        emit("page 1")
        emit("page 2")
        return 5

    assert BackgroundCall(work).result(lambda event: handled.append((event, threading.current_thread()))) == 5
    assert handled == [("page 1", threading.current_thread()), ("page 2", threading.current_thread())]


def test_error_is_raised_where_the_result_is_waited_for() -> None:
    def fail(_emit: object) -> None:
        raise TransportError("No response.")

    call = BackgroundCall(fail)
    with pytest.raises(TransportError, match="No response"):
        call.result(print)


def test_caller_goes_on_while_the_function_works() -> None:
    event = threading.Event()
    call = BackgroundCall(lambda _emit: event.wait(30))
    event.set()
    assert call.result(print)
