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
