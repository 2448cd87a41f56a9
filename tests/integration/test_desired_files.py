"""Files of desired connections in nested folders and with defaults, and connections that were created again or renamed.

A start of ansible-playbook takes seconds, so each test checks much of each run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from sandbox.process import SandboxProcess

from playbooks import NAME, Run, attempt

COMMON: dict[str, Any] = {"active": True, "dtmf_type": "RFC 2833", "tags": ["hq"], "inbound": {"channel_limit": 5}}


def account(sandbox: SandboxProcess, count: int) -> list[dict[str, Any]]:
    """Fill the account with connections that have the common fields; return the records."""
    overrides = [{"connection_name": f"c{number}", "user_name": f"user{number}", **COMMON} for number in range(count)]
    sandbox.reset(connections=count, overrides=overrides)
    records: list[dict[str, Any]] = sandbox.seen()["records"]
    return sorted(records, key=lambda record: record["connection_name"])


def test_recreated_and_renamed_connections_of_nested_files_with_defaults(
    ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    ids = [record["id"] for record in account(sandbox, 6)]
    records = [{"connection_name": f"c{number}", "id": id_} for number, id_ in enumerate(ids)]
    files = {
        "teams/berlin/a.yml": yaml.safe_dump({"defaults": COMMON, "connections": records[:3]}, sort_keys=False),
        "teams/paris/deep/b.json": json.dumps({"defaults": COMMON, "connections": records[3:4]}, indent=1),
        "teams/paris/.hidden.yml": "not a list of connections",
        "shared.yaml": yaml.safe_dump(records[4:]),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    # The first pattern, the folder and the path reach one file.
    variables: dict[str, Any] = {
        "drift_check_desired_files": ["teams/**/a.yml", "teams", "sh*.y?ml", "teams/berlin/a.yml"],
        "drift_check_fail_on": ["recreated"],
    }

    def check(*arguments: str) -> tuple[Run, Any, Any]:
        run = ansible("ansible-playbook", "siptrunk.telnyx.drift_check", "-e", json.dumps(variables), *arguments)
        reports = tmp_path / "telnyx-reports" / "drift"
        return run, json.loads((reports / "status.json").read_text()), json.loads((reports / "drift.json").read_text())

    run, status, report = check()
    assert run.exit_code == 0, run.output
    assert status["totals"]["in_sync"] == 6 == sum(status["totals"].values())
    assert [(each["source"]["file"], each["source"]["line"]) for each in report["connections"]] == [
        *(("teams/berlin/a.yml", 9 + 2 * number) for number in range(3)), ("teams/paris/deep/b.json", 13),
        ("shared.yaml", 1), ("shared.yaml", 3),
    ]  # fmt: skip

    new_fields = {"id": "999", "active": False, "inbound": {"channel_limit": 7}}
    sandbox.change(fields={ids[0]: new_fields, ids[1]: {"connection_name": "renamed"}, ids[3]: {"tags": []}})
    run, status, report = check("--diff")
    assert run.exit_code == 2, run.output
    assert status["totals"] == {
        "in_sync": 3, "drifted": 2, "missing": 0, "recreated": 1, "unexpected": 0, "unverifiable": 0,
        "accepted": 0,
    }  # fmt: skip
    assert status["findings"] == ["drift", "drifted", "recreated"]
    assert "drift: 2 drifted, 1 recreated, 3 in sync" in status["summary"]
    recreated, renamed, _same, tags = report["connections"][:4]
    assert (recreated["status"], recreated["old_id"], recreated["id"]) == ("recreated", ids[0], "999")
    assert {each["path"]: each["actual"] for each in recreated["changes"]} == {
        "active": False,
        "inbound.channel_limit": 7,
    }
    assert recreated["source"] == {"file": "teams/berlin/a.yml", "line": 9}
    assert (renamed["status"], renamed["id"], [each["path"] for each in renamed["changes"]]) == (
        "drifted", ids[1], ["connection_name"],
    )  # fmt: skip
    assert [(each["path"], each["expected"], each["actual"]) for each in tags["changes"]] == [("tags", ["hq"], [])]
    assert f"-id: '{ids[0]}'" in run.output
    assert "+id: '999'" in run.output
    assert "-created_at" not in run.output
    texts = {path.name: path.read_text() for path in (tmp_path / "telnyx-reports" / "drift").iterdir()}
    assert f'| recreated | id | "{ids[0]}" | "999" |' in texts["drift.md"]
    assert f'id: expected "{ids[0]}", actual "999"' in texts["drift.junit.xml"]
    assert 'data-kind="recreated"' in texts["drift.html"]
    results = [each for each in json.loads(texts["drift.sarif"])["runs"][0]["results"] if each["ruleId"] == "recreated"]
    assert [each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in results] == [9]


def test_files_that_cannot_be_found_and_mistakes_in_defaults_are_errors(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    account(sandbox, 1)
    (tmp_path / "empty").mkdir()
    cases = {
        "empty": (None, "empty: the folder holds no file that ends with .yml, .yaml, .json."),
        "none*.yml": (None, "none*.yml: the pattern matches no file that ends with .yml, .yaml, .json."),
        "key.yml": ("default: {}\nconnections: []\n", "key.yml, line 1: the key 'default' is unknown beside"),
        "password.yml": (
            "connections: []\ndefaults:\n  password: c4n4ry\n", "password.yml, line 3: defaults has the field password",
        ),
        "field.yml": ("defaults:\n  actve: 1\nconnections:\n- id: '1'\n", "field.yml, line 2: no connection has the field"),
    }  # fmt: skip
    tasks = []
    for number, (name, (text, _message)) in enumerate(cases.items()):
        if text is not None:
            (tmp_path / name).write_text(text)
        for check in ("drift", "policy"):
            path = "{{ playbook_dir }}/" + name
            tasks.append(attempt({f"{NAME}_{check}": {"desired_files": [path]}}, f"{check}{number}"))
    run = play(*tasks, {"ansible.builtin.debug": {"msg": "the end"}})
    assert run.exit_code == 0, run.output
    assert "c4n4ry" not in run.output
    for number, (name, (_text, message)) in enumerate(cases.items()):
        assert message in run.saved(f"drift{number}")["msg"]
        if name != "field.yml":  # the policy check only takes the lines of the records
            assert message in run.saved(f"policy{number}")["msg"]
