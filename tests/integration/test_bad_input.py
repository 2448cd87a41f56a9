"""What bad input results in, for the lookup and for the module: one clear error, and no traceback.

Tests of several cases share one start of ansible-playbook, which takes longer than all their tasks.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.process import SandboxProcess

from playbooks import KEY, NAME, Run, attempt, debug, info, lookup

WAYS = ("api_key", "TELNYX_API_KEY", "telnyx_api_key")
BEFORE_ANY_REQUEST: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"api_key": ""}, ("the API key is empty", *WAYS)),
    ({"api_key": "KEY\nX: y"}, ("contains a line break", *WAYS)),
    ({"api_key_file": "/nowhere/key"}, ("No such file", *WAYS)),
    ({"connection_name_contains": "ab"}, ("connection_name_contains", "3 characters or more")),
    ({"page_size": 0}, ("page_size", "from 1 to 250")),
    ({"sort": "name"}, ("sort", "created_at", "-connection_name")),
    ({"api_url": "http://api.telnyx.com/v2"}, ("api_url", "loopback")),
    ({"deadline": "nan"}, ("deadline", "greater than 0")),
    ({"timeout": "soon"}, ("timeout",)),
]


def both(options: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The same attempt by the lookup and by the module."""
    return [attempt(debug(lookup(**options)), f"{name}-lookup"), attempt(info(**options), f"{name}-module")]


def messages(run: Run, name: str) -> list[str]:
    """The error messages of the lookup and of the module."""
    assert "Traceback" not in run.output
    assert KEY not in run.output
    return [run.saved(f"{name}-{kind}")["msg"] for kind in ("lookup", "module")]


def test_invalid_option_is_refused_before_any_request(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    tasks = [
        task for place, (options, _expected) in enumerate(BEFORE_ANY_REQUEST) for task in both(options, str(place))
    ]
    run = play(*tasks, args=("-vvv",))
    assert run.exit_code == 0, run.output
    for place, (options, expected) in enumerate(BEFORE_ANY_REQUEST):
        for message in messages(run, str(place)):
            assert not [part for part in expected if part not in message], (options, message)
    assert sandbox.requests() == []


def test_no_key_or_two_ways_to_give_one_are_refused(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    run = play(*both({}, "none"), env={"TELNYX_API_KEY": "UNSET"})
    for message in messages(run, "none"):
        assert "no API key was given" in message
        assert not [way for way in WAYS if way not in message]
    run = play(*both({}, "two"), env={"TELNYX_API_KEY_FILE": "/nowhere"})
    assert ["Set only one of them" in message for message in messages(run, "two")] == [True, True]
    assert sandbox.requests() == []


def test_each_warning_begins_with_the_name_of_the_collection(play: Callable[..., Run], tmp_path: Path) -> None:
    tasks = []
    for name, module in {"check": f"{NAME}_policy", "module": f"{NAME}_info", "lookup": ""}.items():
        file = tmp_path / name
        file.write_text(KEY)
        file.chmod(0o644)
        options = {"api_key_file": str(file)}
        tasks.append({module: options} if module else debug(lookup(**options) + " | length"))
    run = play(*tasks)
    assert run.exit_code == 0, run.output
    shown = "".join(run.output.split())  # Ansible folds a warning within a word, too.
    for name in ("check", "module", "lookup"):
        assert f"siptrunk.telnyx:api_key_file:'{tmp_path / name}'hasmode0644" in shown


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "status", "status": 429, "headers": {"Retry-After": "99"}}, "HTTP 429 Too Many Requests"),
    ({"kind": "trickle", "seconds": 0.2}, "no complete response within 0.5 s"),
    ({"kind": "html"}, "Corporate proxy login"),
    ({"kind": "deep"}, "nested too deep"),
]


def test_fault_of_the_server_is_an_error_with_the_reason(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    # Each fault is that of another page, so that each pair of tasks has a listing of its own.
    sandbox.reset(faults=[{**fault, "pages": [page]} for page, (fault, _reason) in enumerate(FAULTS, 1)])
    limits = {"retries": 1, "timeout": 0.5, "deadline": 10}
    tasks = [task for page in range(1, len(FAULTS) + 1) for task in both({**limits, "page_number": page}, str(page))]
    run = play(*tasks, args=("-vvv",))
    for page, (fault, reason) in enumerate(FAULTS, 1):
        for message in messages(run, str(page)):
            assert reason in message, fault
            assert "GET http://127.0.0.1:" in message
    assert {each["query"]["page[number]"] for each in sandbox.requests()} == {
        str(page) for page in range(1, len(FAULTS) + 1)
    }
