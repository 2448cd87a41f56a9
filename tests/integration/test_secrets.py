"""Secrets are nowhere that they were not asked for, and text from the API is data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sandbox.process import SandboxProcess

from playbooks import NAME, Run, debug, info, lookup, save

CANARY_KEY = "KEY_CANARY_0123456789"


def everything(run: Run) -> str:
    """The output and all files that a run left, the home of Ansible included."""
    files = [path for path in run.folder.rglob("*") if path.is_file() and path.name != "ansible.cfg"]
    return run.output + "".join(path.read_bytes().decode("utf-8", "replace") for path in files)


def test_no_secret_in_any_output_or_file(play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path) -> None:
    passwords = [f"canary{place:02d}password" for place in range(25)]
    sandbox.reset(
        keys=[CANARY_KEY], overrides=[{"password": password, "x": {"password": password}} for password in passwords]
    )
    env = {"TELNYX_API_KEY": CANARY_KEY, "ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log"), "ANSIBLE_DEBUG": "0"}
    good = play(
        {**info(), "register": "all"},
        {f"{NAME}_facts": {}},
        debug(lookup()),
        debug(lookup(query="[].password")),
        debug("all"),
        save(lookup()),
        {
            "ansible.builtin.copy": {"content": "{{ all | to_nice_json }}", "dest": "{{ playbook_dir }}/out.json"},
            "diff": True,
        },
        args=("-vvvvv", "--diff"),
        env=env,
    )
    assert good.exit_code == 0, good.output
    sandbox.reset(keys=[CANARY_KEY], faults=[{"kind": "status", "status": 403, "echo_key": "whole"}])
    bad = play({**info(), "ignore_errors": True}, debug(lookup()), args=("-vvvvv",), env=env)
    assert bad.exit_code == 2
    for run in (good, bad):
        text = everything(run)
        assert CANARY_KEY not in text
        assert not [password for password in passwords if password in text]


def test_a_password_that_was_asked_for_is_where_it_was_asked_for_and_nowhere_else(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    password = "p{{ 1 }}'\"\\ü:;#"
    sandbox.reset(overrides=[{"user_name": "me", "password": password}])
    run = play(save(lookup("me", include_passwords=True)[:-1] + ")[0].password"), args=("-vvvvv",))
    assert run.exit_code == 0, run.output
    assert run.saved() == password
    assert password not in run.output
    assert not [path for path in (tmp_path / "home").rglob("*") if path.is_file()]


def test_text_from_the_api_is_never_templated(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=25, hostile=True)
    names = [record["connection_name"] for record in sandbox.seen()["records"]]
    (tmp_path / "out.j2").write_text("{% for each in trunks %}{{ each.connection_name }}\x01{% endfor %}")
    run = play(
        {**info(), "register": "all"},
        {f"{NAME}_facts": {}},
        {"ansible.builtin.set_fact": {"kept": "{{ trunks }}", "one": "{{ trunks[0].connection_name }}"}},
        save("trunks", "lookup"),
        save("all.connections", "info"),
        save("ansible_facts.telnyx_credential_connections", "facts"),
        save("kept", "kept"),
        save("[{'connection_name': one}]", "one"),
        debug("one ~ trunks[1].connection_name"),
        {"ansible.builtin.template": {"src": "out.j2", "dest": "{{ playbook_dir }}/out.txt", "newline_sequence": "\n"}},
        vars={"trunks": "{{ " + lookup() + " }}"},
        args=("-v",),
    )
    assert run.exit_code == 0, run.output
    for name in ("lookup", "info", "facts", "kept"):
        assert [record["connection_name"] for record in run.saved(name)] == names, name
    assert run.saved("one") == [{"connection_name": names[0]}]
    assert (tmp_path / "out.txt").read_bytes().decode().split("\x01")[:-1] == names
    assert not list(tmp_path.rglob("pwned"))
    assert not Path("pwned").exists()
