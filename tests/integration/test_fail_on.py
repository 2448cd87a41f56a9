"""What fails the play of a check: each fail_on with each outcome."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.fail_on import OUTCOMES
from sandbox.process import SandboxProcess

from playbooks import KEY, Run, save

SEVERITIES = ["low", "medium", "high", "critical"]
ERRORS: dict[str, dict[str, Any]] = {
    "API down": {"telnyx_api_url": "http://127.0.0.1:9/v2"},
    "wrong key": {"telnyx_api_key": "KEY_WRONG"},
}
DRIFT: dict[str, dict[str, Any]] = {
    "in_sync": {"drift_check_desired_files": ["in_sync.json"]},
    "drifted": {"drift_check_desired_files": ["drifted.json"]},
    "recreated": {"drift_check_desired_files": ["recreated.json"]},
    "unverifiable": {"drift_check_desired_files": ["unverifiable.json"]},
}
POLICY: dict[str, dict[str, Any]] = {
    word: {"policy_check_rules": [{"id": "r", "severity": severity, "description": "d", "assert": asserts}]}
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
    check: str, words: list[str], outcomes: dict[str, Any], fails: Any,
    ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path,
) -> None:  # fmt: skip
    sandbox.reset(connections=1, masked=True, overrides=[{"connection_name": "a", "active": True}])
    records: dict[str, dict[str, Any]] = {
        "in_sync": {},
        "drifted": {"active": False},
        "recreated": {"id": "1"},
        "unverifiable": {"password": "x" * 9},
    }
    for name, record in records.items():
        (tmp_path / f"{name}.json").write_text(json.dumps([{"connection_name": "a", **record}]))
    lists = [[each.strip() for each in text.split(",") if each] for text in words]
    cases = [
        {"fail_on": fail_on, "outcome": outcome, "variables": {**outcomes, **ERRORS}[outcome]}
        for fail_on, outcome in product(lists, [*outcomes, *ERRORS])
    ]
    names = sorted({name for case in cases for name in case["variables"]})
    # A variable of a case, where it has it: omit is for options of modules alone.
    for name in ("telnyx_api_url", "telnyx_api_key"):
        default = sandbox.api_url if name == "telnyx_api_url" else KEY
        for case in cases:
            case["variables"] = {**next(iter(outcomes.values())), name: default, **case["variables"]}
    variables: dict[str, Any] = {name: "{{ case.variables." + name + " }}" for name in names}
    variables |= {f"{check}_check_fail_on": "{{ case.fail_on }}", "policy_check_built_in_rules": False}
    variables |= {"telnyx_retries": 0}
    note = "{{ failed + [__] }}"
    tasks = [
        {
            "block": [{"ansible.builtin.include_role": {"name": f"siptrunk.telnyx.{check}_check"}, "vars": variables}],
            "rescue": [{"ansible.builtin.set_fact": {"failed": note.replace("__", "[case.fail_on, case.outcome]")}}],
        }
    ]
    (tmp_path / "case.yml").write_text(yaml.safe_dump(tasks))
    loop = {"loop": "{{ cases }}", "loop_control": {"loop_var": "case", "label": "{{ case.outcome }}"}}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"cases": cases, "failed": []},
        "tasks": [{"ansible.builtin.include_tasks": "case.yml", **loop}, save("failed")],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    run = ansible("ansible-playbook", "play.yml")
    assert run.exit_code == 0, run.output
    expected = [[case["fail_on"], case["outcome"]] for case in cases if fails(case["fail_on"], case["outcome"])]
    assert run.saved() == expected
