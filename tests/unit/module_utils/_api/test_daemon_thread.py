"""Blocking work beside an event loop."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.daemon_thread import in_daemon_thread
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TransportError

CANCELLED = """
import asyncio, sys, time
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.daemon_thread import in_daemon_thread

async def main():
    task = asyncio.create_task(in_daemon_thread(lambda: time.sleep(3600)))
    await asyncio.sleep(0.1)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")

asyncio.run(main())
"""


def test_result_and_error_are_those_of_the_function() -> None:
    def fail() -> None:
        raise TransportError("No response.")

    assert asyncio.run(in_daemon_thread(lambda: 5)) == 5
    with pytest.raises(TransportError, match="No response"):
        asyncio.run(in_daemon_thread(fail))


def test_event_loop_goes_on() -> None:
    async def main() -> str:
        event = threading.Event()
        task = asyncio.create_task(in_daemon_thread(lambda: event.wait(30)))
        await asyncio.sleep(0)
        event.set()
        return "in time" if await task else "too late"

    assert asyncio.run(main()) == "in time"


def test_function_that_ends_after_the_event_loop_is_no_error(recwarn: pytest.WarningsRecorder) -> None:
    event, threads = threading.Event(), []

    def wait() -> None:
        threads.append(threading.current_thread())
        event.wait(30)

    async def main() -> None:
        task = asyncio.create_task(in_daemon_thread(wait))
        while not threads:
            await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(main())
    event.set()
    threads[0].join(30)
    assert not threads[0].is_alive()
    assert [str(each.message) for each in recwarn] == []


def test_cancelled_function_does_not_hold_up_the_end_of_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", CANCELLED], check=True, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("cancelled\n", "")
