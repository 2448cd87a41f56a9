"""The modules, driven by the real ansible-playbook against the sandbox."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox.process import SandboxProcess

from playbooks import KEY, NAME, Run, attempt, info, save


def test_info_and_facts(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
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
        save("ansible_facts.telnyx_credential_connections", "facts"),
        save("ansible_facts.telnyx_credential_connections_inventory", "inventory"),
        {f"{NAME}_facts": {"query": "[?!active]"}},
        save("ansible_facts.telnyx_credential_connections_inventory", "some"),
        attempt({f"{NAME}_facts": {"query": "[].id"}}, "not_whole"),
    )
    assert run.exit_code == 0, run.output
    listed = run.saved()
    assert [each["id"] for each in listed["connections"]] == [each["id"] for each in records]
    assert listed["meta"] == {"total_results": 300, "pages": 2, "requests": 2, "walks": 1}
    assert listed["changed"] is False
    assert not {"log", "result", "error"} & set(listed)
    assert run.saved("chosen")["result"] == [each["user_name"] for each in records if each["active"]]
    assert "connections" not in run.saved("chosen")
    assert run.saved("facts") == listed["connections"]
    inventory = run.saved("inventory")
    hosts = inventory["_meta"]["hostvars"]
    assert sorted(host["id"] for host in hosts.values()) == sorted(each["id"] for each in records)
    assert f"twin-{records[0]['id']}" in hosts
    assert records[2]["id"] in hosts
    assert {hosts[host]["active"] for host in inventory["active"]["hosts"]} == {True}
    assert set(inventory["all"]["children"]) - {"ungrouped"} == set(inventory) - {"_meta", "all"}
    assert set(run.saved("some")["all"]["children"]) & {"active", "inactive"} == {"inactive"}
    assert "does not select a list of whole connections" in run.saved("not_whole")["msg"]


def test_module_defaults_check_mode_and_the_log(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    defaults = {"group/siptrunk.telnyx.telnyx": {"api_key": KEY, "page_size": 10, "api_url": sandbox.api_url}}
    env = {"TELNYX_API_KEY": "UNSET", "TELNYX_BASE_URL": "UNSET"}
    tasks = ({**info(), "register": "all"}, save("all"), {f"{NAME}_facts": {}, "register": "facts"})
    run = play(*tasks, module_defaults=defaults, env=env, args=("-v",))
    assert run.exit_code == 0, run.output
    assert run.saved()["meta"]["pages"] == 3
    assert run.saved()["log"][0] == "page 1 of 3 done; connections: 25"
    assert "no_log" in run.output
    before = len(sandbox.requests())
    assert play(*tasks, module_defaults=defaults, env=env, args=("--check",)).exit_code == 0
    assert len(sandbox.requests()) == 2 * before
    assert {each["method"] for each in sandbox.requests()} == {"GET"}


def test_an_error_is_there_for_machines_too(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    run = play(attempt(info(api_key="KEY_OF_SOMEONE_ELSE"), "wrong"), attempt(info(deadline=-1), "option"))
    error = run.saved("wrong")["error"]
    assert (error["kind"], error["status"], error["code"]) == ("authentication", 401, "10009")
    assert error["request_id"] == "req-0002"
    assert run.saved("wrong")["msg"] == f"{error['message']} {error['hint']}"
    assert (run.saved("option")["error"]["kind"], run.saved("option")["error"]["option"]) == ("option", "deadline")


def test_the_module_runs_on_the_oldest_python_of_a_target(
    tmp_path: Path, sandbox: SandboxProcess, play: Callable[..., Run]
) -> None:
    found = subprocess.run(["python3.9", "-m", "venv", str(tmp_path / "target")], capture_output=True, check=False)
    if found.returncode != 0:
        pytest.skip("there is no Python 3.9 here")
    python = str(tmp_path / "target" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "requests", "jmespath"], check=True, capture_output=True)
    variables = {"ansible_python_interpreter": python}
    run = play({**info(query="length(@)"), "register": "all"}, save("all"), vars=variables)
    assert run.exit_code == 0, run.output
    assert run.saved()["result"] == 25


def test_a_missing_library_says_what_to_install(tmp_path: Path, play: Callable[..., Run]) -> None:
    (tmp_path / "requests.py").write_text("raise ImportError('not here')")
    run = play(attempt({**info(), "environment": {"PYTHONPATH": str(tmp_path)}}, "failed"))
    assert run.exit_code == 0, run.output
    assert run.saved("failed")["error"]["kind"] == "missing_library"
    assert "-m pip install requests" in run.saved("failed")["msg"]
    assert json.dumps(run.saved("failed")).count("Traceback") == 0
