"""The lookup, in the real ansible-playbook against the sandbox.

Tests of several cases share one start of ansible-playbook, which takes longer than all their tasks.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sandbox.process import SandboxProcess

from playbooks import KEY, NAME, Run, attempt, debug, info, lookup, save

TWINS = [{}, {"connection_name": "twin"}, {"connection_name": "twin"}, {"user_name": "same"}, {"user_name": "same"}]


def test_lookup_without_terms_returns_every_connection(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    run = play(save(lookup()))
    assert run.exit_code == 0, run.output
    assert "page 1" not in run.output  # the progress is shown from -v on
    expected = [
        {key: value for key, value in record.items() if key != "password"} | {"password_status": "available"}
        for record in sandbox.seen()["records"]
    ]
    assert run.saved() == expected


def test_lookup_with_terms_returns_their_records_or_one_error(
    play: Callable[..., Run], sandbox: SandboxProcess
) -> None:
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
        save(lookup([]), "none"),
        save("query('" + NAME + "', *[])", "all"),
        {**save(lookup([])[:-1] + ", query='length(@)')", "none_queried")},
        save(
            f"query('{NAME}', '{user}', connection_name_contains=nothing | default(omit), query=no_query | default(omit))",
            "omit",
        ),
        attempt(debug(lookup("nope")), "missing"),
        attempt(debug(lookup("twin")), "twin"),
        attempt(debug(lookup("same")), "same"),
        attempt(debug(lookup(True)), "no_term"),
        attempt(debug(lookup(user, conection_name_contains="x")), "typo"),
        attempt(debug(lookup(query="[?a=")), "query_error"),
        attempt(debug(lookup(query="[?activ]")), "field"),
        attempt(debug(lookup(user, query="inbound.codecs")), "list"),
        attempt(debug(lookup(f"{user} ")), "spaces"),
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
        ids_shown = ", ".join(records[place]["id"] for place in places)
        assert f"2 connections have the {field} '{name}': {ids_shown}" in run.saved(name)["msg"]
    assert "_terms: each must be an id" in run.saved("no_term")["msg"]
    assert "Did you mean connection_name_contains?" in run.saved("typo")["msg"]
    assert "character 4" in run.saved("query_error")["msg"]
    assert run.saved("none") == []
    assert run.saved("none_queried") == [0]
    assert ids("all") == [record["id"] for record in records]
    assert ids("omit") == [records[6]["id"]]
    assert "Did you mean active?" in run.saved("field")["msg"]
    assert "Write [0].inbound" in run.saved("list")["msg"]
    assert f"'{user} '. The account has '{user}', which differs in spaces." in run.saved("spaces")["msg"]


def test_key_is_taken_from_every_documented_place(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """The environment variable TELNYX_API_KEY is what the other tests use."""
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    file.chmod(0o600)
    count = lookup(cache_timeout=0) + " | length"  # so that each task uses its own key
    variables = {
        "variable": {"telnyx_api_key": KEY},
        "template": {"telnyx_api_key": "{{ vaulted }}", "vaulted": KEY},
        "file": {"telnyx_api_key_file": "{{ playbook_dir }}/key"},
    }
    tasks = [{**save(count, name), "vars": values} for name, values in variables.items()]
    by_variable = play(*tasks, env={"TELNYX_API_KEY": "UNSET"})
    by_file = play(save(count, "environment"), env={"TELNYX_API_KEY": "UNSET", "TELNYX_API_KEY_FILE": str(file)})
    direct = lookup(api_key=KEY, cache_timeout=0) + " | length"
    by_option = play(save(direct, "option"), env={"TELNYX_API_KEY": "wrong", "TELNYX_API_KEY_FILE": "/nowhere"})
    for run in (by_variable, by_file, by_option):
        assert run.exit_code == 0, run.output
    assert [by_option.saved(name) for name in (*variables, "environment", "option")] == [25] * 5
    assert len(sandbox.requests()) == 5


def test_empty_variable_or_environment_variable_is_not_set(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    empty = ("telnyx_api_key_file", "telnyx_snapshot_file", "telnyx_api_url", "telnyx_timeout", "telnyx_ca_path")
    cases = {"lookup": debug(lookup() + " | length"), "module": info()}
    tasks = [
        *({**task, "vars": dict.fromkeys(empty, "")} for task in cases.values()),
        *(attempt({**task, "vars": {"telnyx_api_key": ""}}, name) for name, task in cases.items()),
        *(attempt({**task, "vars": {"telnyx_api_key": None}}, f"{name}-null") for name, task in cases.items()),
    ]
    env = {"TELNYX_API_KEY_FILE": "", "TELNYX_SNAPSHOT_FILE": ""}
    run = play(*tasks, env=env)
    assert run.exit_code == 0, run.output
    for name in cases:
        assert "the API key is empty" in run.saved(name)["msg"]
        assert "the API key is empty" in run.saved(f"{name}-null")["msg"]
    assert len(sandbox.requests()) == 1
    (tmp_path / "a.telnyx.yml").write_text(f"plugin: {NAME}\n")
    run = play(debug("groups.all | length"), args=("-i", "a.telnyx.yml"), env=env)
    assert '"msg": "25"' in run.output or '"msg": 25' in run.output, run.output
    run = play(*(attempt(task, name) for name, task in cases.items()), env={"TELNYX_API_KEY": ""})
    for name in cases:
        assert "no API key was given" in run.saved(name)["msg"]


def test_address_and_limits_are_taken_from_variables(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    sandbox.reset(faults=[{"kind": "status", "status": 503}])
    variables = {"telnyx_api_url": sandbox.api_url, "telnyx_retries": 0, "telnyx_timeout": "{{ 2 + 1 }}"}
    run = play(debug(lookup()), vars=variables, env={"TELNYX_BASE_URL": "UNSET"})
    assert run.exit_code == 2
    assert "HTTP 503 Service Unavailable" in run.flat()
    assert len(sandbox.requests()) == 1


def test_progress_is_shown_at_v(play: Callable[..., Run], sandbox: SandboxProcess) -> None:
    sandbox.reset(connections=300)
    output = play(debug(lookup() + " | length"), args=("-v",)).output
    assert "siptrunk.telnyx: page 1 of 2 done; connections: 300" in output
    assert "siptrunk.telnyx: page 2 done: 2 of 2" in output
