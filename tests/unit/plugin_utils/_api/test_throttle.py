"""The throttle: how many requests are in flight, pauses, and cancellation."""

from __future__ import annotations

import threading
import time

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.throttle import (
    BACKOFF_FIRST,
    BACKOFF_MAX,
    RequestCancelledError,
    Throttle,
    backoff,
)


@pytest.mark.parametrize(
    ("attempts", "longest"), [(1, BACKOFF_FIRST), (2, 2 * BACKOFF_FIRST), (7, BACKOFF_MAX), (10_000, BACKOFF_MAX)]
)
def test_backoff_doubles_up_to_the_maximum(attempts: int, longest: float) -> None:
    waits = [backoff(attempts) for _time in range(100)]
    assert longest / 2 <= min(waits) < max(waits) <= longest


def test_throttle_halve_limit_acts_once_for_each_burst() -> None:
    throttle = Throttle(8)
    sent_at = time.monotonic()
    for _request in range(3):
        throttle.halve_limit(sent_at)
    assert throttle.limit == 4
    for limit in (2, 1, 1):
        throttle.halve_limit(time.monotonic())
        assert throttle.limit == limit


def test_throttle_slot_waits_until_another_request_has_ended() -> None:
    throttle = Throttle(1)
    order: list[str] = []

    def second() -> None:
        with throttle.slot():
            order.append("second")

    thread = threading.Thread(target=second, daemon=True)
    with throttle.slot():
        thread.start()
        thread.join(0.1)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]


def test_throttle_slot_waits_for_the_longest_pause() -> None:
    throttle = Throttle(8)
    before = time.monotonic()
    throttle.pause(0.2)
    throttle.pause(0.0)
    with throttle.slot() as sent_at:
        assert sent_at >= before + 0.2


@pytest.mark.parametrize("wait", ["slot", "paused slot", "sleep"])
def test_throttle_cancel_ends_every_wait(wait: str) -> None:
    throttle = Throttle(1)
    raised: list[str] = []
    waiting = threading.Event()

    def work() -> None:
        waiting.set()
        try:
            if wait == "sleep":
                throttle.sleep(600)
            with throttle.slot():
                raised.append("a slot was given")
        except RequestCancelledError:
            raised.append("RequestCancelledError")

    thread = threading.Thread(target=work, daemon=True)
    with throttle.slot():
        if wait == "paused slot":
            throttle.pause(600)
        thread.start()
        assert waiting.wait(30)
        throttle.cancel()
        thread.join(30)
    assert raised == ["RequestCancelledError"]
