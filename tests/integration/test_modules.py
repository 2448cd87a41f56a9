"""The modules that return records, in the real ansible-playbook against the sandbox.

Tests of several cases share one start of ansible-playbook, which takes longer than all their tasks.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from sandbox.process import SandboxProcess

from playbooks import KEY, NAME, Run, attempt, debug, info, lookup, save


def test_info_and_facts_return_the_account_and_its_inventory(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    sandbox.reset(
        connections=300, overrides=[{"connection_name": "twin"}, {"connection_name": "twin"}, {"connection_name": ""}]
    )
    records = sandbox.seen()["records"]
    run = play(
        {**info(), "register": "all"},
        save("all"),
        {**info(query="[?active].user_name"), "register": "chosen"},
        save("chosen", "chosen"),
        {f"{NAME}_facts": {}, "register": "set"},
        save("set", "set"),
        save("ansible_facts.telnyx_credential_connections", "facts"),
        save("ansible_facts.telnyx_credential_connections_inventory", "inventory"),
        {f"{NAME}_facts": {"query": "[?!active]"}},
        save("ansible_facts.telnyx_credential_connections_inventory", "some"),
        attempt({f"{NAME}_facts": {"query": "[].id"}}, "not_whole"),
    )
    assert run.exit_code == 0, run.output
    listed = run.saved()
    assert [each["id"] for each in listed["connections"]] == [each["id"] for each in records]
    assert listed["meta"] == {"total_results": 300, "pages": 2, "requests": 2, "passes": 1}
    assert listed["changed"] is False
    assert not {"log", "result", "error"} & set(listed)
    assert run.saved("chosen")["result"] == [each["user_name"] for each in records if each["active"]]
    assert "connections" not in run.saved("chosen")
    assert run.saved("facts") == listed["connections"]
    assert set(run.saved("set")) <= {"ansible_facts", "changed", "failed"}
    inventory = run.saved("inventory")
    hosts = inventory["_meta"]["hostvars"]
    assert sorted(host["telnyx_id"] for host in hosts.values()) == sorted(each["id"] for each in records)
    assert f"twin-{records[0]['id']}" in hosts
    assert records[2]["id"] in hosts
    assert {hosts[host]["telnyx_active"] for host in inventory["active"]["hosts"]} == {True}
    assert set(inventory["all"]["children"]) - {"ungrouped"} == set(inventory) - {"_meta", "all"}
    assert set(run.saved("some")["all"]["children"]) & {"active", "inactive"} == {"inactive"}
    assert "does not select a list of whole connections" in run.saved("not_whole")["msg"]


def test_module_defaults_apply_and_check_mode_reads_too(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    defaults = {"group/siptrunk.telnyx.telnyx": {"api_key": KEY, "page_size": 10, "api_url": sandbox.api_url}}
    env = {"TELNYX_API_KEY": "UNSET", "TELNYX_BASE_URL": "UNSET"}
    tasks = ({**info(), "register": "all"}, save("all"), {f"{NAME}_facts": {}, "register": "facts"})
    run = play(*tasks, module_defaults=defaults, env=env, args=("-v",))
    assert run.exit_code == 0, run.output
    assert run.saved()["meta"]["pages"] == 3
    assert "siptrunk.telnyx: page 1 of 3 done; connections: 25" in run.output
    assert len(sandbox.requests()) == 3  # one listing for both
    before = len(sandbox.requests())
    assert play(*tasks, module_defaults=defaults, env=env, args=("--check",)).exit_code == 0
    assert len(sandbox.requests()) == 2 * before
    assert {each["method"] for each in sandbox.requests()} == {"GET"}


def test_defaults_of_the_group_do_not_apply_to_the_module_that_writes_a_snapshot(
    play: Callable[..., Run], sandbox: SandboxProcess
) -> None:
    defaults = {"group/siptrunk.telnyx.telnyx": {"snapshot_file": "snapshot.jsonl"}}
    write = {f"{NAME}_snapshot": {"dest": "snapshot.jsonl"}}
    run = play(write, {**info(), "register": "all"}, save("all"), module_defaults=defaults)
    assert run.exit_code == 0, run.output
    assert run.saved()["meta"]["requests"] == 0
    assert len(run.saved()["connections"]) == len(sandbox.seen()["records"])


def test_error_is_returned_as_a_dictionary(play: Callable[..., Run]) -> None:
    run = play(attempt(info(api_key="KEY_OF_SOMEONE_ELSE"), "wrong"), attempt(info(deadline=-1), "option"))
    error = run.saved("wrong")["error"]
    assert (error["kind"], error["status"], error["code"]) == ("authentication", 401, "10009")
    assert error["request_id"] == "req-0002"
    assert run.saved("wrong")["msg"] == f"siptrunk.telnyx: {error['message']} {error['hint']}"
    assert (run.saved("option")["error"]["kind"], run.saved("option")["error"]["option"]) == ("option", "deadline")


def test_missing_library_is_an_error_with_the_command_that_installs_it(
    tmp_path: Path, play: Callable[..., Run]
) -> None:
    (tmp_path / "requests.py").write_text("raise ImportError('not here')")
    env = {"PYTHONPATH": str(tmp_path)}
    run = play(attempt(info(), "module"), attempt(debug(lookup()), "lookup"), env=env)
    assert run.exit_code == 0, run.output
    failed = run.saved("module")
    assert failed["error"]["kind"] == "missing_library"
    assert "-m pip install requests" in failed["msg"]
    assert json.dumps(failed).count("Traceback") == 0
    assert "requests is not installed" in run.saved("lookup")["msg"]


def test_example_of_add_host_makes_hosts_in_the_groups_of_the_fact(
    play: Callable[..., Run], sandbox: SandboxProcess
) -> None:
    sandbox.reset(connections=6, hostile=True)
    source = (Path(__file__).parents[2] / "plugins/modules/credential_connections_facts.py").read_text(encoding="utf-8")
    examples = yaml.safe_load(source.partition('EXAMPLES = r"""')[2].partition('"""')[0])
    (add_host,) = (task for task in examples if "ansible.builtin.add_host" in task)
    facts: dict[str, Any] = {f"{NAME}_facts": {}}
    run = play(
        facts,
        add_host,
        save("groups", "groups"),
        save("hostvars.values() | map(attribute='telnyx_user_name', default='') | select | list", "users"),
        save("ansible_facts.telnyx_credential_connections_inventory", "inventory"),
    )
    assert run.exit_code == 0, run.output
    inventory = run.saved("inventory")
    for name, group in inventory.items():
        if "hosts" in group and name != "ungrouped":
            assert sorted(run.saved("groups")[name]) == sorted(group["hosts"]), name
    assert sorted(run.saved("users")) == sorted(each["user_name"] for each in sandbox.seen()["records"])


def test_passwords_in_a_task_without_no_log_are_a_warning(play: Callable[..., Run]) -> None:
    warning = "include_passwords: the result has SIP passwords"
    task = info(include_passwords=True)
    assert warning in play(task).flat()
    assert warning not in play({**task, "no_log": True}, info()).flat()
