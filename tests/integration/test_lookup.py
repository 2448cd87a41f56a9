"""The lookup, driven by the real ansible-playbook against the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox.process import SandboxProcess

from playbooks import KEY, Run, attempt, debug, lookup, save

TWINS = [{}, {"connection_name": "twin"}, {"connection_name": "twin"}, {"user_name": "same"}, {"user_name": "same"}]


def test_without_terms_it_gives_every_connection(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    run = play(save(lookup()))
    assert run.exit_code == 0, run.output
    expected = [
        {key: value for key, value in record.items() if key != "password"} | {"password_status": "available"}
        for record in sandbox.seen()["records"]
    ]
    assert run.saved() == expected


def test_terms(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    sandbox.reset(connections=10, overrides=TWINS)
    records = sandbox.seen()["records"]
    name, user, identity = records[7]["connection_name"], records[6]["user_name"], records[5]["id"]
    run = play(
        save(lookup(name, user, identity), "order"),
        save(lookup([identity, [user]], name), "nested"),
        save(lookup(int(identity)), "number"),
        save(lookup("nope", user, on_missing="skip"), "skip"),
        save(lookup("missing-one", user, on_missing="warn"), "warn"),
        save(lookup(connection_name_contains="Conf"), "filtered"),
        save(lookup(user, query="[0].inbound.codecs | join(',', @)"), "query"),
        save(lookup(query="sort_by(@, &user_name)[].user_name"), "sorted"),
        save(lookup(page_size=3, page_number=2), "page"),
        attempt(debug(lookup("nope")), "missing"),
        attempt(debug(lookup("twin")), "twin"),
        attempt(debug(lookup("same")), "same"),
        attempt(debug(lookup(True)), "no_term"),
        attempt(debug(lookup(user, conection_name_contains="x")), "typo"),
        attempt(debug(lookup(query="[?a=")), "query_error"),
    )
    assert run.exit_code == 0, run.output

    def ids(saved: str) -> list[str]:
        return [record["id"] for record in run.saved(saved)]

    assert ids("order") == [records[7]["id"], records[6]["id"], identity]
    assert ids("nested") == [identity, records[6]["id"], records[7]["id"]]
    assert ids("number") == [identity]
    assert ids("skip") == ids("warn") == [records[6]["id"]]
    assert "'missing-one'" in run.output
    assert ids("filtered") == [record["id"] for record in records if "conf" in record["connection_name"].lower()]
    assert run.saved("query") == [",".join(records[6]["inbound"]["codecs"])]
    assert run.saved("sorted") == sorted(record["user_name"] for record in records)
    assert ids("page") == [record["id"] for record in records[3:6]]
    assert "No credential connection has the id, user name or connection name 'nope'" in run.saved("missing")["msg"]
    for name, field, places in (("twin", "connection_name", (1, 2)), ("same", "user_name", (3, 4))):
        said = run.saved(name)["msg"]
        assert f"2 connections have the {field} '{name}': {', '.join(records[place]['id'] for place in places)}" in said
    assert "_terms: each must be an id" in run.saved("no_term")["msg"]
    assert "Did you mean connection_name_contains?" in run.saved("typo")["msg"]
    assert "character 4" in run.saved("query_error")["msg"]


@pytest.mark.parametrize("source", ["env", "var", "template", "file", "file_var", "direct"])
def test_a_key_comes_by_every_way_that_is_documented(
    source: str, play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    file.chmod(0o600)
    env = {"TELNYX_API_KEY": "UNSET"}
    variables: dict[str, str] = {}
    options: dict[str, str] = {}
    if source == "env":
        env = {}
    elif source == "var":
        variables = {"telnyx_api_key": KEY}
    elif source == "template":
        variables = {"telnyx_api_key": "{{ vaulted }}", "vaulted": KEY}
    elif source == "file":
        env["TELNYX_API_KEY_FILE"] = str(file)
    elif source == "file_var":
        variables = {"telnyx_api_key_file": "{{ playbook_dir }}/key"}
    else:
        env = {"TELNYX_API_KEY": "wrong", "TELNYX_API_KEY_FILE": "/nowhere"}
        options = {"api_key": KEY}
    run = play(save(lookup(**options) + " | length"), vars=variables, env=env)
    assert run.exit_code == 0, run.output
    assert run.saved() == 25


def test_an_address_and_limits_come_by_variable(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    sandbox.reset(faults=[{"kind": "status", "status": 503}])
    variables = {"telnyx_api_url": sandbox.api_url, "telnyx_retries": 0, "telnyx_timeout": "{{ 2 + 1 }}"}
    run = play(debug(lookup()), vars=variables, env={"TELNYX_BASE_URL": "UNSET"})
    assert run.exit_code == 2
    assert "HTTP 503 Service Unavailable" in run.flat()
    assert len(sandbox.requests()) == 1


def test_at_v_a_listing_says_what_it_does(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    sandbox.reset(connections=300)
    assert "page 1 of 2 done" not in play(debug(lookup() + " | length")).output
    output = play(debug(lookup() + " | length"), args=("-v",)).output
    assert "siptrunk.telnyx: page 1 of 2 done; connections: 300" in output
    assert "siptrunk.telnyx: page 2 done: 2 of 2" in output
