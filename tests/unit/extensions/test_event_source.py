"""The event source, run by its path as ansible-rulebook does it, in an event loop."""

from __future__ import annotations

import asyncio
import logging
import runpy
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox.process import SandboxProcess

FILE = Path(__file__).parents[3] / "extensions/eda/plugins/event_source/credential_connections.py"
SECONDS = 60  # the longest time that a test waits for something

Queue = asyncio.Queue[dict[str, Any]]


def source(file: Path = FILE) -> Callable[[Queue, dict[str, Any]], Awaitable[None]]:
    return runpy.run_path(str(file))["main"]  # type: ignore[no-any-return]


def arguments(sandbox: SandboxProcess, **more: Any) -> dict[str, Any]:
    return {"api_key": "KEY_SANDBOX", "api_url": sandbox.api_url, "interval": 1, "jitter": 0, **more}


class Running:
    """The event source as a task, with a queue that has room for one event, as that of ansible-rulebook."""

    def __init__(self, args: dict[str, Any]) -> None:
        self.queue: Queue = asyncio.Queue(1)
        self.task = asyncio.ensure_future(source()(self.queue, args))

    async def events(self, count: int) -> list[dict[str, Any]]:
        return [await asyncio.wait_for(self.queue.get(), SECONDS) for _event in range(count)]

    async def until(self, condition: Callable[[], object]) -> None:
        for _try in range(SECONDS * 20):
            if condition():
                return
            await asyncio.sleep(0.05)
        raise AssertionError("it did not happen")

    async def cancel(self) -> None:
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(self.task, SECONDS)


def test_changes_become_events(sandbox: SandboxProcess) -> None:
    async def main() -> list[dict[str, Any]]:
        running = Running(arguments(sandbox))
        await running.until(sandbox.requests)
        await running.until(lambda: len(sandbox.requests()) > 1)
        record = sandbox.seen()["records"][0]
        sandbox.change(fields={record["id"]: {"active": not record["active"]}})
        events = await running.events(1)
        sandbox.reset(keys=[])
        events += await running.events(1)
        sandbox.reset()
        events += await running.events(2)
        await running.cancel()
        return events

    found = asyncio.run(main())
    assert [event["type"] for event in found] == ["changed", "unreachable", "reachable", "changed"]
    assert found[0]["changed_fields"] == ["active"]


def test_state_is_written_after_all_events_were_handed_over(sandbox: SandboxProcess, tmp_path: Path) -> None:
    state_file = tmp_path / "state"

    async def main() -> None:
        running = Running(arguments(sandbox, state_file=str(state_file), initial_events=True))
        await running.events(20)
        await running.until(running.queue.full)
        assert not state_file.exists()
        assert not running.task.done()
        await running.events(5)
        await running.until(state_file.exists)
        await running.cancel()

    asyncio.run(main())


def test_events_are_repeated_after_a_restart_in_the_middle_of_them(sandbox: SandboxProcess, tmp_path: Path) -> None:
    args = arguments(sandbox, state_file=str(tmp_path / "state"))

    async def main(change: Callable[[], None], count: int) -> list[str]:
        running = Running(args)
        await running.until((tmp_path / "state").exists)
        change()
        found = [event["connection_id"] for event in await running.events(count)]
        await running.cancel()
        return found

    places = {"delete": [2, 1, 0]}
    first = asyncio.run(main(lambda: sandbox.change(change=places), 1))
    again = asyncio.run(main(lambda: None, 3))
    assert first == again[:1]
    assert len(set(again)) == 3


def test_cancellation_does_not_wait_for_a_response(sandbox: SandboxProcess) -> None:
    sandbox.reset(delay=3600)

    async def main() -> None:
        running = Running(arguments(sandbox, timeout=3600, deadline=3600))
        await running.until(sandbox.requests)
        await running.cancel()

    asyncio.run(asyncio.wait_for(main(), SECONDS))


def test_readings_do_not_overlap(sandbox: SandboxProcess) -> None:
    sandbox.reset(delay=1.5)

    async def main() -> None:
        running = Running(arguments(sandbox))
        await running.until(lambda: len(sandbox.requests()) >= 2)
        await running.cancel()

    asyncio.run(main())
    assert sandbox.seen()["most_in_flight"] == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"intervall": 5}, "'intervall' is not one of this event source. Did you mean interval?"),
        ({"api_key": None}, "no API key was given"),
        ({"state_file": "/nowhere/state"}, "no file can be written to the folder of '/nowhere/state'"),
    ],
)
def test_wrong_arguments_end_the_source(sandbox: SandboxProcess, args: dict[str, Any], message: str) -> None:
    with pytest.raises(Exception, match=r"^(arguments|api_key|state_file): ") as caught:
        asyncio.run(asyncio.wait_for(source()(asyncio.Queue(), arguments(sandbox, **args)), SECONDS))
    assert message in str(caught.value)
    assert sandbox.requests() == []


def test_a_new_start_is_logged_as_a_warning(
    sandbox: SandboxProcess, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_bytes(b"\x1f\x8bdamaged")

    async def main() -> None:
        running = Running(arguments(sandbox, state_file=str(tmp_path / "state")))
        await running.until(lambda: (tmp_path / "state").read_bytes() != b"\x1f\x8bdamaged")
        await running.cancel()

    with caplog.at_level(logging.WARNING, "siptrunk.telnyx.credential_connections"):
        asyncio.run(main())
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "This is a new start" in caplog.text


def test_file_without_its_collection_says_what_to_do(tmp_path: Path) -> None:
    alone = tmp_path / "a" / "b" / "c" / "d" / FILE.name
    alone.parent.mkdir(parents=True)
    shutil.copy(FILE, alone)
    with pytest.raises(ImportError, match=r"needs the rest of the collection\. Install the collection"):
        asyncio.run(source(alone)(asyncio.Queue(), {}))  # type: ignore[arg-type]
