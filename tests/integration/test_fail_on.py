"""What fails the play of a check: each fail_on with each outcome; and several accounts in one play."""

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


def hosts_file(folder: Path, **hosts: dict[str, Any]) -> None:
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))


def many_hosts_play(check: str, **keywords: Any) -> list[dict[str, Any]]:
    """Return a user's play with the role, for all hosts."""
    return [{"hosts": "all", "gather_facts": False, "roles": [{"role": f"siptrunk.telnyx.{check}_check"}], **keywords}]


@pytest.mark.parametrize(
    ("one", "other", "keywords", "name"),
    [
        ({"telnyx_api_key": KEY}, {"telnyx_api_key": "KEY_OTHER"}, {}, "telnyx_api_key"),
        ({"telnyx_api_key": "{{ mine }}", "mine": KEY}, {"telnyx_api_key": "{{ mine }}", "mine": "KEY_OTHER"}, {}, "telnyx_api_key"),
        ({}, {"telnyx_api_key": "KEY_OTHER"}, {}, "telnyx_api_key"),
        ({"telnyx_api_url": "http://127.0.0.1:9/v2"}, {}, {}, "telnyx_api_url"),
        ({"telnyx_api_key_file": "a"}, {"telnyx_api_key_file": "b"}, {}, "telnyx_api_key_file"),
        ({"mine": KEY}, {"mine": "KEY_OTHER"}, {"vars": {"telnyx_api_key": "{{ mine }}"}}, "telnyx_api_key"),
        ({}, {}, {"vars": {"telnyx_api_key": "KEY_{{ inventory_hostname }}"}}, "telnyx_api_key"),
        ({"telnyx_api_key": KEY}, {"telnyx_api_key": "{{ nowhere }}"}, {}, "telnyx_api_key"),
    ],
    ids=["keys", "templates", "undefined", "urls", "files", "play-variable", "host-name", "broken-template"],
)  # fmt: skip
def test_hosts_of_several_accounts_are_refused(
    one: dict[str, Any], other: dict[str, Any], keywords: dict[str, Any], name: str,
    ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path,
) -> None:  # fmt: skip
    """Otherwise only the account of the first host would be checked, without a message."""
    hosts_file(tmp_path, pbx1=one, pbx2=other, pbx3=one)
    (tmp_path / "play.yml").write_text(yaml.safe_dump(many_hosts_play("policy", **keywords)))
    run = ansible("ansible-playbook", "-vvv", "-i", "hosts.yml", "play.yml")
    assert run.exit_code == 2
    status = json.loads((tmp_path / "telnyx-reports/policy/status.json").read_text())
    assert status["status"] == "error"
    assert f"({name}: pbx1" in status["summary"]
    assert "pbx2" in status["summary"]
    assert "Check each account by itself" in status["summary"]
    assert (
        json.loads((tmp_path / "telnyx-reports/policy/policy.json").read_text())["error"]["kind"] == "several_accounts"
    )
    assert sandbox.requests() == []
    for text in (run.output, *(path.read_text() for path in tmp_path.glob("telnyx-reports/*/*"))):
        assert "KEY_OTHER" not in text
        assert KEY not in text


@pytest.mark.parametrize(
    ("hosts", "keywords"),
    [
        ({"telnyx_api_key": KEY}, {}),
        ({"telnyx_api_key": "{{ shared }}", "shared": KEY}, {}),
        ({"telnyx_api_key": "KEY_WRONG"}, {"vars": {"telnyx_api_key": KEY}}),
    ],
    ids=["same", "same-template", "play-variable-wins"],
)
def test_hosts_of_one_account_are_checked_once(
    hosts: dict[str, Any],
    keywords: dict[str, Any],
    ansible: Callable[..., Run],
    sandbox: SandboxProcess,
    tmp_path: Path,
) -> None:
    hosts_file(tmp_path, pbx1=hosts, pbx2={**hosts, "other": 1})
    variables = {"policy_check_built_in_rules": False, "policy_check_rules": POLICY["ok"]["policy_check_rules"]}
    keywords = {"vars": {**keywords.get("vars", {}), **variables}}
    (tmp_path / "play.yml").write_text(yaml.safe_dump(many_hosts_play("policy", **keywords)))
    run = ansible("ansible-playbook", "-i", "hosts.yml", "play.yml", env={"TELNYX_API_KEY": "UNSET"})
    assert run.exit_code == 0, run.output
    assert len(sandbox.requests()) == 2  # the list is read twice, because consistency is strict


def documented_plays() -> list[str]:
    """Return the plays for several accounts from the documentation."""
    text = (Path(__file__).parents[2] / "docs/drift-and-policy.md").read_text()
    return [part.split("\n```")[0] for part in text.split("```yaml+accounts\n")[1:]]


@pytest.mark.parametrize("number", [0, 1])
def test_documented_plays_for_several_accounts_check_each(
    number: int, ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    keys = {"berlin": {"account_key": KEY}, "paris": {"account_key": "KEY_WRONG"}}
    hosts_file(tmp_path, **keys)
    (tmp_path / "play.yml").write_text("---\n" + documented_plays()[number])
    extra = {"vault_berlin_key": KEY, "vault_paris_key": "KEY_WRONG", "policy_check_fail_on": "never"}
    run = ansible("ansible-playbook", "-i", "hosts.yml", "play.yml", "-e", json.dumps(extra))
    assert run.exit_code == 0, run.output
    reports = tmp_path / "telnyx-reports"
    statuses = {path.parent.parent.name: json.loads(path.read_text()) for path in reports.rglob("status.json")}
    assert {name: status["status"] for name, status in statuses.items()} == {"berlin": "violations", "paris": "error"}
    kind = json.loads((reports / "paris/policy/policy.json").read_text())["error"]["kind"]
    assert kind == "authentication"


def test_loop_over_accounts_for_many_hosts_is_accepted(
    ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """The loop variable is the same for every host, although only the task has it."""
    hosts_file(tmp_path, **{f"pbx{number}": {} for number in range(100)})
    role = {
        "ansible.builtin.include_role": {"name": "siptrunk.telnyx.drift_check"},
        "vars": {"telnyx_api_key": "KEY_{{ account }}", "drift_check_report_dir": "telnyx-reports/{{ account }}"},
        "loop": ["SANDBOX", "WRONG"],
        "loop_control": {"loop_var": "account"},
    }
    variables = {
        "drift_check_desired_files": ["all.json"],
        "drift_check_unexpected": "ignore",
        "drift_check_fail_on": "never",
    }
    play = {"hosts": "all", "gather_facts": False, "vars": variables, "tasks": [role]}
    (tmp_path / "all.json").write_text("[]")
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    run = ansible("ansible-playbook", "-i", "hosts.yml", "play.yml")
    assert run.exit_code == 0, run.output
    kinds = [
        json.loads((tmp_path / f"telnyx-reports/{name}/drift.json").read_text())["error"]
        for name in ("SANDBOX", "WRONG")
    ]
    assert kinds[0] is None
    assert kinds[1]["kind"] == "authentication"
