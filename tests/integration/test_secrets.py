"""No secret is in an output or file unless the user asks for it, and text from the API is not templated."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.process import SandboxProcess
from spy import spied, spy_on

from playbooks import NAME, Run, Task, attempt, debug, info, lookup, save

COLLECTION = "siptrunk.telnyx"
CANARY_KEY = "KEY_CANARY_0123456789"


def everything(run: Run) -> str:
    """The output and all files that a run left, the home of Ansible included."""
    files = [path for path in run.folder.rglob("*") if path.is_file() and path.name != "ansible.cfg"]
    return run.output + "".join(path.read_bytes().decode("utf-8", "replace") for path in files)


def test_run_and_failure_leave_no_secret_in_output_or_files(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    passwords = [f"canary{place:02d}password" for place in range(25)]
    sandbox.reset(
        keys=[CANARY_KEY], overrides=[{"password": password, "x": {"password": password}} for password in passwords]
    )
    env = {"TELNYX_API_KEY": CANARY_KEY, "ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log"), "ANSIBLE_DEBUG": "0"}
    good = play(
        {**info(), "register": "all"},
        {f"{NAME}_facts": {}},
        debug(lookup()),
        debug(lookup(query="[].password_status")),
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


FORMS = ["whole", "end"]


def test_key_that_a_server_quotes_is_in_no_output(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(CANARY_KEY)
    (tmp_path / "key").chmod(0o600)
    faults = [
        *({"kind": "status", "status": 403, "echo_key": form, "times": 2} for form in FORMS),
        {"kind": "redirect", "to": "http://KEY.example/", "times": 2},
        {"kind": "malformed", "times": 2},
        {"kind": "meta", "set": {"total_results": CANARY_KEY}},
    ]
    sandbox.reset(keys=[CANARY_KEY], faults=faults)
    options: dict[str, Any] = {"api_key_file": str(tmp_path / "key"), "retries": 0}
    options["cache_timeout"] = 0  # otherwise the run cache stores the error
    look_up = lookup(**options)
    tasks = []
    for _fault in faults:
        tasks += [{**info(**options), "ignore_errors": True}, {**debug(look_up), "ignore_errors": True}]
    env = {"TELNYX_API_KEY": "UNSET", "ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log")}
    run = play(*tasks, args=("-vvvvv",), env=env)
    (tmp_path / "key").unlink()
    assert len(sandbox.requests()) == 2 * len(faults)
    text = everything(run)
    assert CANARY_KEY[-12:] not in text
    assert text.count("(hidden)") >= 2 * len(FORMS)


def test_key_that_is_a_list_is_refused_and_not_shown(play: Callable[..., Run]) -> None:
    run = play(
        {**attempt(debug(lookup()), "variable"), "vars": {"telnyx_api_key": [CANARY_KEY]}},
        attempt({**debug(lookup(api_key=[CANARY_KEY])), "name": "By option"}, "option"),
        args=("-vvv",),
        env={"TELNYX_API_KEY": "UNSET"},
    )
    assert run.exit_code == 0, run.output
    assert "telnyx_api_key: must be text, not of type" in run.saved("variable")["msg"]
    assert "api_key: must be text, not of type" in run.saved("option")["msg"]
    # Ansible's own message quotes the expression of the second task, as its author wrote it.
    by_variable, separator, _by_option = run.output.partition("TASK [By option]")
    assert separator
    assert CANARY_KEY not in by_variable


def test_key_is_taken_from_an_inline_vaulted_value(
    ansible: Callable[..., Run], play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(keys=[CANARY_KEY])
    (tmp_path / "vault").write_text("secret")
    names = {"telnyx_api_key": CANARY_KEY, "telnyx_api_url": sandbox.api_url, "wanted": "PBX"}
    vaulted = "".join(
        ansible("ansible-vault", "encrypt_string", "--vault-id", "vault", "--name", name, value)
        .output.partition("Encryption successful")[0]
        .rstrip()
        + "\n"
        for name, value in names.items()
    )
    vaulted = "\n".join(line for line in vaulted.splitlines() if line) + "\n"
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text(vaulted)
    (tmp_path / "extra.yml").write_text(vaulted)
    source = vaulted.replace("telnyx_api", "api").replace("wanted", "connection_name_contains")
    (tmp_path / "a.telnyx.yml").write_text(f"plugin: {NAME}\n{source}")
    tasks = [
        save(lookup() + " | length", "lookup"),
        save(f"query('{NAME}', connection_name_contains=wanted) | length", "filtered"),
        {**info(connection_name_contains="{{ wanted }}"), "register": "some"},
        save("some.connections | length", "info"),
        {f"{NAME}_facts": {}},
        save("telnyx_credential_connections | length", "facts"),
        {f"{NAME}_snapshot": {"dest": "{{ playbook_dir }}/snapshot.jsonl"}},
    ]
    env = {"TELNYX_API_KEY": "UNSET", "TELNYX_BASE_URL": "UNSET"}
    vault = ("--vault-id", "vault")
    for args in ((), ("-e", "@extra.yml")):
        if args:
            (tmp_path / "group_vars" / "all.yml").unlink()
        run = play(*tasks, args=(*vault, *args), env=env)
        assert run.exit_code == 0, run.output
        filtered = run.saved("filtered")
        assert 0 < filtered < 25
        assert [run.saved(name) for name in ("lookup", "info", "facts")] == [25, filtered, 25]
        assert CANARY_KEY not in run.output
    listed = ansible("ansible-inventory", "-i", "a.telnyx.yml", "--list", *vault, env=env)
    assert listed.output.count("telnyx_user_name") == filtered, listed.output


def test_requested_password_is_only_in_the_requested_place(
    play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    password = "p{{ 1 }}'\"\\ü:;#"
    sandbox.reset(overrides=[{"user_name": "me", "password": password}])
    run = play(save(lookup("me", include_passwords=True)[:-1] + ")[0].password"), args=("-vvvvv",))
    assert run.exit_code == 0, run.output
    assert run.saved() == password
    assert password not in run.output
    assert not [path for path in (tmp_path / "home").rglob("*") if path.is_file()]


def test_hostile_names_are_never_templated(play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path) -> None:
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


@pytest.mark.parametrize("source", ["variable", "environment"])
def test_callbacks_and_debug_output_do_not_get_the_key_or_passwords(
    source: str, play: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    password = "canary00password"
    sandbox.reset(connections=3, keys=[CANARY_KEY], overrides=[{"password": password}])
    env = spy_on(tmp_path, TELNYX_API_KEY=CANARY_KEY if source == "environment" else "UNSET")
    variables = {"telnyx_api_key": "{{ lookup('ansible.builtin.file', 'key.txt') }}"} if source == "variable" else {}
    (tmp_path / "key.txt").write_text(CANARY_KEY)
    (tmp_path / "desired.yml").write_text("[]\n")
    tasks: tuple[Task, ...] = (
        {**info(), "register": "all"},
        {f"{NAME}_facts": {}},
        {f"{NAME}_drift": {"desired_files": ["desired.yml"]}},
        {f"{NAME}_policy": {}},
        {f"{NAME}_baseline": {"dest": str(tmp_path / "baseline.yml")}},
        {**info(query="[?a="), "ignore_errors": True},
    )
    run = play(*tasks, vars=variables, env=env, args=("-vvvv",))
    assert run.exit_code == 0, run.output[-3000:]
    seen = spied(run)
    assert seen.count(f"{NAME}_info") > 2
    for secret in (CANARY_KEY, password):
        assert secret not in seen, [line[:300] for line in seen.splitlines() if secret in line][:5]


def test_callbacks_and_debug_output_do_not_get_the_passwords_of_sip_config(
    ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    password = "c4n4ry-password"
    trunk = {"active": True, "encrypted_media": None, "dtmf_type": "RFC 2833", "user_name": "alice01"}
    sandbox.reset(connections=1, overrides=[{**trunk, "password": password}])
    env = spy_on(tmp_path)
    programs = ("asterisk", "freeswitch", "kamailio", "baresip")
    # One run for all programs, because a start takes longer than the role.
    plays = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {
                "sip_config_program": program,
                "sip_config_dest": str(tmp_path / program),
                "sip_config_connections": "all",
                "sip_config_reload": "never",
            },
            "roles": [f"{COLLECTION}.sip_config"],
        }
        for program in programs
    ]
    (tmp_path / "sip.yml").write_text(yaml.safe_dump(plays))
    run = ansible("ansible-playbook", "sip.yml", "-vvvv", "--diff", env=env)
    assert run.exit_code == 0, run.output[-3000:]
    for program in programs:
        assert password in "".join(path.read_text() for path in (tmp_path / program).iterdir() if path.is_file())
    seen = spied(run)
    assert f"{COLLECTION}.sip_config_files" in seen
    encoded = {base64.b64encode(b" " * pad + password.encode())[4:-4].decode() for pad in range(3)}
    for secret in (password, *encoded):
        assert secret not in seen, [line[:300] for line in seen.splitlines() if secret in line][:5]
