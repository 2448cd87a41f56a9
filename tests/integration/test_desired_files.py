"""Files of desired connections in nested folders, in layers and with defaults, and connections that were created again or renamed.

A start of ansible-playbook takes seconds, so each test checks much of each run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from sandbox.process import SandboxProcess

from playbooks import NAME, Run, Task, attempt, save

COMMON: dict[str, Any] = {"active": True, "dtmf_type": "RFC 2833", "tags": ["hq"], "inbound": {"channel_limit": 5}}


def account(sandbox: SandboxProcess, count: int) -> list[dict[str, Any]]:
    """Fill the account with connections that have the common fields; return the records."""
    overrides = [{"connection_name": f"c{number}", "user_name": f"user{number}", **COMMON} for number in range(count)]
    sandbox.reset(connections=count, overrides=overrides)
    records: list[dict[str, Any]] = sandbox.seen()["records"]
    return sorted(records, key=lambda record: record["connection_name"])


def write(folder: Path, files: dict[str, Any]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        (folder / name).write_text(text)


def drift(*files: str, **options: Any) -> Task:
    paths = ["{{ playbook_dir }}/" + file for file in files]
    return {f"{NAME}_drift": {"desired_files": paths, "fail_on": ["error"], **options}}


def findings(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return name, status, path, and place of each finding."""
    return [
        (
            each["connection"]["name"],
            each["status"],
            each["path"],
            Path(each["source"]["file"]).name,
            each["source"]["line"],
        )
        for each in result["findings"]
    ]


def test_recreated_and_renamed_connections_of_nested_files_with_defaults(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    ids = [record["id"] for record in account(sandbox, 6)]
    records = [{"connection_name": f"c{number}", "id": id_} for number, id_ in enumerate(ids)]
    files = {
        "teams/berlin/a.yml": {"defaults": COMMON, "connections": records[:3]},
        "teams/paris/deep/b.json": json.dumps({"defaults": COMMON, "connections": records[3:4]}, indent=1),
        "teams/paris/.hidden.yml": "not a list of connections",
        "shared.yaml": records[4:],
    }
    write(tmp_path, files)
    # The first pattern, the folder and the path reach one file.
    task = drift("teams/**/a.yml", "teams", "sh*.y?ml", "teams/berlin/a.yml")
    run = play({**task, "register": "found"}, save("found.drift"))
    assert run.exit_code == 0, run.output
    assert (run.saved()["status"], run.saved()["totals"]["in_sync"]) == ("in_sync", 6)

    new_fields = {"id": "999", "active": False, "inbound": {"channel_limit": 7}}
    sandbox.change(fields={ids[0]: new_fields, ids[1]: {"connection_name": "renamed"}, ids[3]: {"tags": []}})
    run = play({**task, "register": "found"}, save("found.drift"), args=("--diff",))
    assert run.exit_code == 0, run.output
    result = run.saved()
    totals = {status: count for status, count in result["totals"].items() if count}
    assert totals == {"connections": 6, "findings": 5, "in_sync": 3, "drifted": 2, "recreated": 1}
    assert sorted(findings(result), key=str) == [
        ("c0", "drifted", "active", "a.yml", 2),
        ("c0", "drifted", "inbound.channel_limit", "a.yml", 7),
        ("c0", "recreated", None, "a.yml", 9),
        ("c3", "drifted", "tags", "b.json", None),
        ("renamed", "drifted", "connection_name", "a.yml", 11),
    ]
    assert f"-id: '{ids[0]}'" in run.output
    assert "+id: '999'" in run.output
    assert "-created_at" not in run.output


def test_later_entry_changes_what_is_desired_and_names_the_line_that_decided(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    records = account(sandbox, 3)
    vault = VaultLib([("default", VaultSecret(b"open sesame"))])
    vaulted = vault.encrypt("another password").decode().replace("\n", "\n    ")
    write(
        tmp_path,
        {
            "intended/a.yml": "- connection_name: c1\n  inbound:\n    channel_limit: 9\n  tags: [intended]\n",
            "intended/b.yml": f"- id: '{records[2]['id']}'\n  active: true\n  password: !vault |\n    {vaulted}\n",
            "wanted.yml": f"wanted:\n- id: '{records[2]['id']}'\n  password: !vault |\n    {vaulted}\n",
            "secret": "open sesame",
        },
    )
    sandbox.change(fields={records[2]["id"]: {"active": False}})
    run = play(
        {f"{NAME}_baseline": {"dest": "{{ playbook_dir }}/baseline.yml"}},
        {**drift("baseline.yml", "intended"), "register": "found"},
        {**drift("intended", "baseline.yml"), "register": "reversed"},
        {f"{NAME}_drift": {"desired": "{{ wanted }}", "unexpected": "ignore"}, "register": "of_variables"},
        save("found.drift"),
        save("reversed.drift", "reversed"),
        save("of_variables.drift.findings | map(attribute='path')", "of_variables"),
        vars_files=["wanted.yml"],
        args=("--vault-password-file", str(tmp_path / "secret")),
    )
    assert run.exit_code == 0, run.output
    assert sorted(findings(run.saved()), key=str) == [
        ("c1", "drifted", "inbound.channel_limit", "a.yml", 3),
        ("c1", "drifted", "tags", "a.yml", 4),
        ("c2", "drifted", "active", "b.yml", 2),
        ("c2", "drifted", "password", "b.yml", 3),
    ]
    assert findings(run.saved("reversed")) == [("c2", "drifted", "password", "b.yml", 3)]  # a baseline has no password
    assert run.saved("of_variables") == ["password"]
    assert "another password" not in run.output


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
        "field.yml": (
            "defaults:\n  actve: 1\nconnections:\n- id: '1'\n",
            "field.yml, line 2: no connection has the field 'actve' (did you mean active?)",
        ),
        "list.yml": (
            "- connection_name: c0\n\n  inbound:\n    codecs: G722\n",
            "list.yml, line 4: inbound.codecs: it must be a list: write codecs: [G722].",
        ),
    }  # fmt: skip
    tasks = []
    for number, (name, (text, _message)) in enumerate(cases.items()):
        if text is not None:
            (tmp_path / name).write_text(text)
        path = "{{ playbook_dir }}/" + name  # a text is one path
        tasks += [
            attempt({f"{NAME}_{check}": {"desired_files": path}}, f"{check}{number}") for check in ("drift", "policy")
        ]
    run = play(*tasks)
    assert run.exit_code == 0, run.output
    assert "c4n4ry" not in run.output
    for number, (name, (_text, message)) in enumerate(cases.items()):
        assert message in run.saved(f"drift{number}")["msg"]
        if name not in ("field.yml", "list.yml"):  # the policy check only takes the lines of the records
            assert message in run.saved(f"policy{number}")["msg"]


def test_desired_records_of_a_task_are_checked_in_the_same_way(
    play: Callable[..., Run], sandbox: SandboxProcess
) -> None:
    profile = "1293384261075731461"
    blank = {"channel_limit": None, "localization": "", "ani_override": None}
    fields: list[dict[str, Any]] = [{"outbound": {"outbound_voice_profile_id": profile}}, {"outbound": blank}]
    sandbox.reset(
        connections=2, overrides=[{"connection_name": f"c{place}", **each} for place, each in enumerate(fields)]
    )

    def attempted(name: str, desired: Any) -> Task:
        return attempt({f"{NAME}_drift": {"desired": [desired]}}, name)

    wanted = {"desired": [{"connection_name": "c1", "outbound": None}], "unexpected": "ignore"}
    run = play(
        attempted("float", {"connection_name": "c0", "outbound": {"outbound_voice_profile_id": 1293384261075731499.0}}),
        attempted("list", {"connection_name": "c0", "inbound": {"codecs": "G722"}}),
        {f"{NAME}_drift": wanted, "register": "found"},
        save("found.drift.status"),
    )
    assert run.exit_code == 0, run.output
    start = "desired record 1: "
    assert (
        f"{start}outbound.outbound_voice_profile_id: the number has lost its last digits" in run.saved("float")["msg"]
    )
    assert f"{start}inbound.codecs: it must be a list: write codecs: [G722]." in run.saved("list")["msg"]
    assert run.saved() == "in_sync"
