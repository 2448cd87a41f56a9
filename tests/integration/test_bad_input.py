"""What bad input gets, by the lookup and by the module: one clear error, and no traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox.process import SandboxProcess

from playbooks import KEY, Run, attempt, debug, info, lookup, save

WAYS = ("api_key", "TELNYX_API_KEY", "telnyx_api_key")
BEFORE_ANY_REQUEST: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"api_key": ""}, ("the API key is empty", *WAYS)),
    ({"api_key": "KEY\nX: y"}, ("contains a line break", *WAYS)),
    ({"api_key_file": "/nowhere/key"}, ("No such file", *WAYS)),
    ({"connection_name_contains": "ab"}, ("connection_name_contains", "3 characters or more")),
    ({"page_size": 0}, ("page_size", "from 1 to 250")),
    ({"page_size": 251}, ("page_size", "from 1 to 250")),
    ({"page_number": 0}, ("page_number", "1 or more")),
    ({"sort": "name"}, ("sort", "created_at", "-connection_name")),
    ({"outbound_voice_profile_id": "12x"}, ("outbound_voice_profile_id", "digits")),
    ({"api_url": "http://api.telnyx.com/v2"}, ("api_url", "loopback")),
    ({"deadline": "inf"}, ("deadline", "greater than 0")),
    ({"deadline": "nan"}, ("deadline", "greater than 0")),
    ({"consistency": "loose"}, ("consistency", "strict")),
    ({"timeout": "soon"}, ("timeout",)),
    ({"ca_path": "/nowhere"}, ("ca_path", "cannot be read")),
]


def both(options: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The same attempt by the lookup and by the module."""
    return [attempt(debug(lookup(**options)), f"{name}-lookup"), attempt(info(**options), f"{name}-module")]


def said(run: Run, name: str) -> list[str]:
    """What the lookup and the module said, each in one line."""
    assert "Traceback" not in run.output
    assert KEY not in run.output
    return [run.saved(f"{name}-{kind}")["msg"] for kind in ("lookup", "module")]


def test_it_is_refused_before_any_request(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    tasks = [task for place, (options, _parts) in enumerate(BEFORE_ANY_REQUEST) for task in both(options, str(place))]
    run = play(*tasks, args=("-vvv",))
    assert run.exit_code == 0, run.output
    for place, (options, parts) in enumerate(BEFORE_ANY_REQUEST):
        for message in said(run, str(place)):
            assert not [part for part in parts if part not in message], (options, message)
    assert sandbox.requests() == []


def test_no_key_at_all(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    run = play(*both({}, "none"), env={"TELNYX_API_KEY": "UNSET"})
    for message in said(run, "none"):
        assert "no API key was given" in message
        assert not [way for way in WAYS if way not in message]
    run = play(*both({}, "two"), env={"TELNYX_API_KEY_FILE": "/nowhere"})
    assert ["Set only one of them" in message for message in said(run, "two")] == [True, True]
    assert sandbox.requests() == []


def test_a_key_file_that_everyone_can_read_is_a_warning(play: Callable[..., Run], tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    file.chmod(0o644)
    options = {"api_key_file": str(file)}
    run = play({**info(**options), "register": "all"}, save("all.meta"), save(lookup(**options) + " | length", "count"))
    assert run.exit_code == 0, run.output
    assert run.flat().count("has mode 0644") == 1  # The module and the lookup share one reading.
    assert run.saved("count") == 25


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_an_error_of_the_api(status: int, play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    fault = {
        "kind": "status",
        "status": status,
        "code": "10015",
        "title": "Bad",
        "detail": "{{ 1 + 1 }}",
        "echo_key": "whole",
    }
    sandbox.reset(faults=[fault])
    run = play(*both({}, "api"), args=("-vvv",))
    for message in said(run, "api"):
        for part in (
            f"HTTP {status}",
            "[code 10015]",
            "Bad: {{ 1 + 1 }}",
            "req-0001",
            "Check" if status in (401, 404) else "",
        ):
            assert part in message
    assert len(sandbox.requests()) == 1  # The module and the lookup share one reading, and its error.


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "status", "status": 429, "headers": {"Retry-After": "99"}}, "HTTP 429 Too Many Requests"),
    ({"kind": "status", "status": 500}, "HTTP 500"),
    ({"kind": "cut"}, "response is incomplete"),
    ({"kind": "trickle", "seconds": 0.2}, "no complete response within 0.5 s"),
    ({"kind": "hang"}, "no complete response within 0.5 s"),
    ({"kind": "html"}, "Corporate proxy login"),
    ({"kind": "text", "body": "[]"}, "a JSON list"),
    ({"kind": "huge"}, "longer than 32 MiB"),
    ({"kind": "deep"}, "nested too deep"),
]


@pytest.mark.parametrize(("fault", "reason"), FAULTS, ids=[reason for _fault, reason in FAULTS])
def test_a_fault_of_the_server(
    fault: dict[str, Any], reason: str, play: Callable[..., Run], sandbox: SandboxProcess
) -> None:
    sandbox.reset(faults=[fault])
    run = play(*both({"retries": 1, "timeout": 0.5, "deadline": 10}, "fault"), args=("-vvv",))
    for message in said(run, "fault"):
        assert reason in message
        assert "GET http://127.0.0.1:" in message


def test_an_address_where_nobody_answers(play: Callable[..., Run]) -> None:
    options = {"retries": 1, "timeout": 2, "deadline": 20}
    run = play(
        *both({**options, "api_url": "http://127.0.0.1:9/v2"}, "refused"),
        *both({**options, "api_url": "https://host.invalid/v2"}, "dns"),
        args=("-vvv",),
    )
    for name, reason in (("refused", "Connection refused"), ("dns", "not found by DNS")):
        for message in said(run, name):
            assert reason in message
            assert "Tried 2 times in" in message
