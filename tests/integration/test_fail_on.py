"""What fails the play of a check: each fail_on with each outcome."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.fail_on import OUTCOMES
from sandbox.process import SandboxProcess

from playbooks import NAME, Run, save

SEVERITIES = ["low", "medium", "high", "critical"]
ERRORS: dict[str, dict[str, Any]] = {
    "API down": {"api_url": "http://127.0.0.1:9/v2"},
    "wrong key": {"api_key": "KEY_WRONG"},
}
DRIFT: dict[str, dict[str, Any]] = {
    "in_sync": {"desired": [{"connection_name": "a"}]},
    "drifted": {"desired": [{"connection_name": "a", "active": False}]},
    "recreated": {"desired": [{"connection_name": "a", "id": "1"}]},
    "unverifiable": {"desired": [{"connection_name": "a", "password": "x" * 9}]},
}
POLICY: dict[str, dict[str, Any]] = {
    word: {"rules": [{"id": "r", "severity": severity, "description": "d", "assert": asserts}]}
    for word, severity, asserts in [("ok", "low", "`true`"), *((each, each, "`false`") for each in SEVERITIES)]
}


def drift_fails(fail_on: list[str], outcome: str) -> bool:
    """Return whether the play of a drift check fails, according to the documentation."""
    if "never" in fail_on:
        return False
    return outcome in ERRORS or outcome in fail_on or (outcome in ("drifted", "recreated") and "drift" in fail_on)


def policy_fails(fail_on: list[str], outcome: str) -> bool:
    """Return whether the play of a policy check fails, according to the documentation."""
    if "never" in fail_on or outcome == "ok":
        return False
    if outcome in ERRORS or "violations" in fail_on:
        return True
    return any(SEVERITIES.index(outcome) >= SEVERITIES.index(each) for each in fail_on if each in SEVERITIES)


@pytest.mark.parametrize(
    ("check", "words", "outcomes", "fails"),
    [
        ("drift", [*OUTCOMES["drift"], "never", "", "drift, unverifiable", "never, drift"], DRIFT, drift_fails),
        ("policy", [*OUTCOMES["policy"], "never", "", "low, critical", "never, high"], POLICY, policy_fails),
    ],
    ids=["drift", "policy"],
)  # fmt: skip
def test_fail_on_decides_and_an_error_fails_unless_never_is_listed(
    check: str,
    words: list[str],
    outcomes: dict[str, Any],
    fails: Any,
    play: Callable[..., Run],
    sandbox: SandboxProcess,
) -> None:
    sandbox.reset(connections=1, masked=True, overrides=[{"connection_name": "a", "active": True}])
    lists = [[each.strip() for each in text.split(",") if each] for text in words]
    cases = list(product(lists, [*outcomes, *ERRORS]))
    good = next(iter(outcomes.values()))
    loop = [{**good, **{**outcomes, **ERRORS}[outcome], "fail_on": fail_on} for fail_on, outcome in cases]
    options = {name: "{{ item." + name + " | default(omit) }}" for name in ("api_url", "api_key", "fail_on", *good)}
    options |= {"retries": 0} | ({"built_in_rules": False} if check == "policy" else {})
    run = play(
        {f"{NAME}_{check}": options, "loop": loop, "register": "done", "ignore_errors": True},
        save("done.results | map(attribute='failed')"),
    )
    assert run.exit_code == 0, run.output
    assert run.saved() == [fails(fail_on, outcome) for fail_on, outcome in cases]
