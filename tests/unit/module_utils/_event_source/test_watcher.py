"""Readings of the sandbox's account, and the events between them."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._event_source.arguments import parse_arguments
from ansible_collections.siptrunk.telnyx.plugins.module_utils._event_source.watcher import Watcher
from ansible_collections.siptrunk.telnyx.plugins.module_utils._events.events import Event
from sandbox.process import SandboxProcess

KEY = "KEY_SANDBOX"


class Source:
    """A watcher of the sandbox's account, as the event source uses it; ``warnings`` and ``logged`` are its lines."""

    def __init__(self, sandbox: SandboxProcess, **args: Any) -> None:
        given = {"api_key": KEY, "api_url": sandbox.api_url, "timeout": 5, "deadline": 20, "retries": 0, **args}
        self.warnings: list[str] = []
        self.logged: list[str] = []
        self.watcher = Watcher(parse_arguments(given, {}), self.warnings.append, self.logged.append)
        self.watcher.start()

    def events(self) -> list[Event]:
        """Read once, and save. Neither an event nor a line of the log contains a secret."""
        events = self.watcher.read()
        self.watcher.save()
        assert KEY not in f"{events} {self.warnings} {self.logged}"
        return events

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events()]


def change_three(sandbox: SandboxProcess) -> tuple[str, str, str]:
    """Delete a connection, create one and change one; return their ids."""
    records = sandbox.seen()["records"]
    changed, deleted = records[0], records[3]["id"]
    fields = {"active": not changed["active"], "inbound": {**changed["inbound"], "channel_limit": 77}}
    sandbox.change(change={"delete": [3], "insert": 1}, fields={changed["id"]: fields})
    return deleted, sandbox.seen()["records"][-1]["id"], changed["id"]


def test_changes_between_readings_are_events(sandbox: SandboxProcess) -> None:
    source = Source(sandbox, account_label="Main")
    assert source.events() == []
    assert source.events() == []
    expected = change_three(sandbox)
    events = source.events()
    assert [event["type"] for event in events] == ["deleted", "created", "changed"]
    assert tuple(event["connection_id"] for event in events) == expected
    assert events[2]["changed_fields"] == ["active", "inbound.channel_limit"]
    assert "changes" not in events[2]
    assert {event["account"] for event in events} == {"Main"}
    assert {event["api_url"] for event in events} == {sandbox.api_url}
    assert all(event["previous_reading_at"] <= event["observed_at"] for event in events)
    assert source.events() == []
    assert source.warnings == []


def test_first_reading_is_an_event_for_each_connection_if_wanted(sandbox: SandboxProcess, tmp_path: Path) -> None:
    args = {"initial_events": True, "state_file": str(tmp_path / "state")}
    assert Source(sandbox, **args).kinds() == ["created"] * 25
    assert Source(sandbox, **args).kinds() == []


def test_options_for_the_changes(sandbox: SandboxProcess) -> None:
    source = Source(sandbox, include_values=True, ignore=["*.channel_limit"])
    source.events()
    change_three(sandbox)
    event = source.events()[2]
    assert event["changed_fields"] == ["active"]
    assert [each["path"] for each in event["changes"]] == ["active"]


def test_only_matching_connections_are_watched(sandbox: SandboxProcess) -> None:
    records = sandbox.seen()["records"]
    source = Source(sandbox, connection_name_contains=records[0]["connection_name"])
    source.events()
    sandbox.change(fields={records[0]["id"]: {"active": not records[0]["active"]}, records[1]["id"]: {"tags": ["new"]}})
    assert [event["connection_id"] for event in source.events()] == [records[0]["id"]]


def test_a_password_is_in_no_event(sandbox: SandboxProcess, tmp_path: Path) -> None:
    record = sandbox.seen()["records"][0]
    source = Source(sandbox, include_values=True, state_file=str(tmp_path / "state"))
    source.events()
    sandbox.change(fields={record["id"]: {"password": "another secret", "updated_at": "2026-11-26T10:00:00.000Z"}})
    (event,) = source.events()
    assert event["changed_fields"] == ["updated_at"]
    assert "another secret" not in str(event)
    content = gzip.decompress((tmp_path / "state").read_bytes()).decode()
    assert record["id"] in content
    assert not [each for each in sandbox.seen()["records"] if each["password"] in content]


def test_an_outage_is_one_event_and_its_end_another(sandbox: SandboxProcess) -> None:
    source = Source(sandbox)
    source.events()
    failing = [{"kind": "status", "status": 503, "page": 1}]
    records = sandbox.seen()["records"]
    sandbox.reset(faults=failing)
    (event,) = source.events()
    assert (event["type"], event["kind"], event["status"]) == ("unreachable", "api", 503)
    assert event["last_read_at"] <= event["observed_at"]
    assert source.events() == source.events() == []
    assert len(source.warnings) == 1
    sandbox.reset()
    sandbox.change(fields={records[0]["id"]: {"active": not records[0]["active"]}})
    reachable, changed = source.events()
    assert (reachable["type"], reachable["unreachable_since"]) == ("reachable", event["observed_at"])
    assert (changed["type"], changed["connection_id"]) == ("changed", records[0]["id"])
    assert source.events() == []


@pytest.mark.parametrize(
    ("state", "kind", "status"),
    [
        ({"keys": []}, "authentication", 401),
        ({"faults": [{"kind": "reset"}]}, "transport", None),
        ({"faults": [{"kind": "html"}]}, "response", None),
        ({"faults": [{"kind": "drop"}]}, "incomplete", None),
        ({"faults": [{"kind": "data", "value": []}]}, "incomplete", None),
    ],
)
def test_a_failed_reading_deletes_nothing(
    sandbox: SandboxProcess, state: dict[str, Any], kind: str, status: int | None
) -> None:
    source = Source(sandbox)
    source.events()
    sandbox.reset(**state)
    (event,) = source.events()
    assert (event["type"], event["kind"], event["status"]) == ("unreachable", kind, status)
    sandbox.reset()
    assert source.kinds() == ["reachable"]


def test_a_key_file_that_disappears_is_an_outage(sandbox: SandboxProcess, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    source = Source(sandbox, api_key=None, api_key_file=str(file))
    assert source.events() == []
    file.rename(tmp_path / "moved")
    (event,) = source.events()
    assert (event["type"], event["kind"]) == ("unreachable", "option")
    (tmp_path / "moved").rename(file)
    assert source.kinds() == ["reachable"]


def test_changes_while_no_source_ran_are_noticed(sandbox: SandboxProcess, tmp_path: Path) -> None:
    args = {"state_file": str(tmp_path / "state")}
    Source(sandbox, **args).events()
    deleted, created, changed = change_three(sandbox)
    restarted = Source(sandbox, **args)
    found = [(event["type"], event["connection_id"]) for event in restarted.events()]
    assert found == [("deleted", deleted), ("created", created), ("changed", changed)]
    assert Source(sandbox, **args).events() == []


def test_events_that_were_not_saved_are_repeated(sandbox: SandboxProcess, tmp_path: Path) -> None:
    args = {"state_file": str(tmp_path / "state")}
    source = Source(sandbox, **args)
    source.events()
    change_three(sandbox)
    first = source.watcher.read()
    again = Source(sandbox, **args).watcher.read()
    assert [each["type"] for each in first] == [each["type"] for each in again] == ["deleted", "created", "changed"]


def test_an_outage_over_a_restart_is_one_event(sandbox: SandboxProcess, tmp_path: Path) -> None:
    args = {"state_file": str(tmp_path / "state")}
    sandbox.reset(keys=[])
    assert Source(sandbox, **args).kinds() == ["unreachable"]
    assert Source(sandbox, **args).kinds() == []
    sandbox.reset()
    assert Source(sandbox, **args).kinds() == ["reachable"]
    assert Source(sandbox, **args).kinds() == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"\x1f\x8b cut", "it is damaged"),
    ],
)
def test_a_damaged_state_is_a_new_start(sandbox: SandboxProcess, tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "state"
    file.write_bytes(content)
    args = {"state_file": str(file), "initial_events": True}
    source = Source(sandbox, **args)
    (warning,) = source.warnings
    assert warning.startswith(f"state_file: {str(file)!r} is not used: {reason}")
    assert "This is a new start" in warning
    assert source.events() == []
    change_three(sandbox)
    assert Source(sandbox, **args).kinds() == ["deleted", "created", "changed"]


@pytest.mark.parametrize("args", [{"connection_name_contains": "Berlin"}, {"outbound_voice_profile_id": "1"}])
def test_a_state_of_other_filters_is_a_new_start(sandbox: SandboxProcess, tmp_path: Path, args: dict[str, str]) -> None:
    state_file = str(tmp_path / "state")
    Source(sandbox, state_file=state_file).events()
    source = Source(sandbox, state_file=state_file, **args)
    assert source.events() == []
    assert "it is of another api_url or of other filters" in source.warnings[0]


def test_a_state_of_another_api_is_a_new_start(sandbox: SandboxProcess, tmp_path: Path) -> None:
    state_file = str(tmp_path / "state")
    Source(sandbox, state_file=state_file).events()
    other = Source(sandbox, state_file=state_file, api_url=sandbox.api_url.replace("127.0.0.1", "localhost"))
    assert "it is of another api_url or of other filters" in other.warnings[0]


def test_a_new_key_of_the_same_account_goes_on(sandbox: SandboxProcess, tmp_path: Path) -> None:
    args = {"state_file": str(tmp_path / "state")}
    Source(sandbox, **args).events()
    sandbox.reset(keys=["KEY_NEW"])
    change_three(sandbox)
    source = Source(sandbox, api_key="KEY_NEW", **args)
    assert source.kinds() == ["deleted", "created", "changed"]
    assert source.warnings == []


def test_a_key_of_another_account_is_a_new_start(sandbox: SandboxProcess, tmp_path: Path) -> None:
    args = {"state_file": str(tmp_path / "state"), "initial_events": True}
    Source(sandbox, **args).events()
    sandbox.reset(seed=2, keys=["KEY_OTHER"])
    source = Source(sandbox, api_key="KEY_OTHER", **args)
    assert source.events() == []
    assert "the API key is another one, and no connection shows that the account is the same" in source.warnings[0]
    assert source.events() == []


def test_a_new_key_before_the_first_complete_reading_changes_nothing(sandbox: SandboxProcess, tmp_path: Path) -> None:
    args = {"state_file": str(tmp_path / "state"), "initial_events": True}
    sandbox.reset(keys=["KEY_NEW"])
    assert Source(sandbox, **args).kinds() == ["unreachable"]
    source = Source(sandbox, api_key="KEY_NEW", **args)
    assert source.kinds() == ["reachable", *["created"] * 25]
    assert source.warnings == []


@pytest.mark.parametrize(("before", "after"), [(0, 0), (0, 3), (3, 0)])
def test_a_new_key_of_an_account_without_connections(
    sandbox: SandboxProcess, tmp_path: Path, before: int, after: int
) -> None:
    args = {"state_file": str(tmp_path / "state")}
    sandbox.reset(connections=before)
    Source(sandbox, **args).events()
    sandbox.reset(connections=after, keys=["KEY_NEW"])
    source = Source(sandbox, api_key="KEY_NEW", **args)
    assert source.events() == []
    assert ["no connection shows" in each for each in source.warnings] == ([True] if before or after else [])
    sandbox.change(change={"insert": 1})
    assert source.kinds() == ["created"]  # the reading with the new key is compared as any other


def test_all_connections_of_an_account_can_be_deleted(sandbox: SandboxProcess) -> None:
    source = Source(sandbox)
    source.events()
    sandbox.reset(connections=0)
    assert source.kinds() == ["deleted"] * 25


def test_a_state_file_that_cannot_be_written_stops_nothing(sandbox: SandboxProcess, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    source = Source(sandbox, state_file=str(folder / "state"))
    shutil.rmtree(folder)
    source.events()
    change_three(sandbox)
    assert source.kinds() == ["deleted", "created", "changed"]
    (warning,) = source.warnings
    assert "cannot be written: No such file or directory" in warning


def test_interval_is_doubled_after_failures(sandbox: SandboxProcess) -> None:
    sandbox.reset(keys=[])
    source = Source(sandbox, interval=200, jitter=0)
    found = []
    for _reading in range(5):
        source.events()
        found.append(source.watcher.seconds_to_wait())
    assert found == [200, 400, 800, 900, 900]
    sandbox.reset()
    source.events()
    assert source.watcher.seconds_to_wait() == 200


def test_a_long_interval_is_not_shortened_by_failures(sandbox: SandboxProcess) -> None:
    sandbox.reset(keys=[])
    source = Source(sandbox, interval=3600, jitter=0)
    for _reading in range(3):
        source.events()
    assert source.watcher.seconds_to_wait() == 3600


def test_jitter_adds_a_part_of_the_interval(sandbox: SandboxProcess) -> None:
    source = Source(sandbox, interval=100, jitter=0.5)
    found = [source.watcher.seconds_to_wait() for _reading in range(200)]
    assert 100 <= min(found) < max(found) <= 150


def test_warnings_are_shown_once(sandbox: SandboxProcess) -> None:
    source = Source(sandbox, validate_certs=False)
    source.events()
    source.events()
    assert len(source.warnings) == 1


def test_requests_of_a_reading(sandbox: SandboxProcess) -> None:
    source = Source(sandbox, page_size=10)
    source.events()
    assert {request["method"] for request in sandbox.requests()} == {"GET"}
    assert len(sandbox.requests()) == 3
