"""The role sip_config: what it writes, what it refuses, and what it never shows."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import os
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from sandbox.process import SandboxProcess

from playbooks import Run

ROOT = Path(__file__).parents[2]
PROGRAMS = ["asterisk", "freeswitch", "kamailio", "baresip"]
FILES = {
    "asterisk": {"pjsip_wizard_telnyx.conf", "pjsip_transport_telnyx.conf"},
    "freeswitch": {"alice01.xml", "bob02.xml"},
    "kamailio": {"uacreg", "version"},
    "baresip": {"accounts"},
}
GOOD: dict[str, Any] = {"active": True, "encrypted_media": None, "dtmf_type": "RFC 2833"}
INJECTION = """x
[evil]
type=endpoint
<X-PRE-PROCESS cmd="exec" data="touch pwned"/> --> $${x} {{ lookup('pipe', 'touch pwned') }} :: ;regint=0"""


@pytest.fixture
def trunks(sandbox: SandboxProcess) -> SandboxProcess:
    """An account with two active connections and one that is not."""
    people = [{"user_name": "alice01", "connection_name": INJECTION}, {"user_name": "bob02"}, {"user_name": "carol03"}]
    overrides = [{**GOOD, **each, "password": f"c4n4ry;{place} \\pass"} for place, each in enumerate(people)]
    overrides[2]["active"] = False
    sandbox.reset(connections=3, overrides=overrides)
    return sandbox


@pytest.fixture
def configure(ansible: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    """Run the role against the sandbox."""

    def run(program: str, *arguments: str, **variables: Any) -> Run:
        content = {"sip_config_program": program, "sip_config_dest": str(tmp_path / "out"), "sip_config_reload": ""}
        content |= {f"sip_config_{name}": value for name, value in variables.items()}
        play = {"hosts": "localhost", "gather_facts": False, "vars": content, "roles": ["siptrunk.telnyx.sip_config"]}
        (tmp_path / "sip.yml").write_text(yaml.safe_dump([play], allow_unicode=True))
        return ansible("ansible-playbook", "sip.yml", *arguments)

    return run


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (folder / "out").iterdir()}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_second_run_changes_nothing_and_what_has_gone_is_removed(
    program: str, configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path
) -> None:
    checked = configure(program, "--check", "--diff")
    assert "changed=1" in checked.output
    assert not (tmp_path / "out").exists()
    first = configure(program, "--diff", "-vvvv")
    assert "changed=1" in first.output, first.output
    assert "c4n4ry" not in first.output + checked.output
    assert "(hidden)" in first.output
    files = contents(tmp_path)
    assert files.keys() == FILES[program]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}
    assert "carol03" not in str(files)
    assert not (tmp_path / "pwned").exists()
    assert "changed=0" in configure(program).output
    assert contents(tmp_path) == files

    (tmp_path / "out" / "mine.xml").write_text("<include/>")
    trunks.change(change={"delete": [1]})
    again = configure(program, "--diff")
    assert "changed=1" in again.output
    left = contents(tmp_path)
    assert left.pop("mine.xml") == "<include/>"
    assert "bob02" not in str(left)
    assert "alice01" in str(left)
    assert "bob02" in again.output
    assert "c4n4ry" not in again.output


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_new_password_shows_in_the_diff_as_new(
    program: str, configure: Callable[..., Run], trunks: SandboxProcess
) -> None:
    configure(program)
    record = trunks.seen()["records"][0]
    trunks.change(fields={record["id"]: {"password": "c4n4ry another"}})
    run = configure(program, "--diff")
    assert "changed=1" in run.output
    assert "(hidden, new)" in run.output
    assert "c4n4ry" not in run.output


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_cannot_work_is_an_error_before_anything_is_written(
    program: str, configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path
) -> None:
    configure(program)
    before = contents(tmp_path)
    records = trunks.seen()["records"]
    trunks.change(
        fields={records[0]["id"]: {"password": "c4n4ry\nline"}, records[1]["id"]: {"encrypted_media": "SRTP"}}
    )
    run = configure(program, "-vvvv", "--diff")
    assert run.exit_code == 2
    assert "SRTP needs TLS" in run.flat()
    assert "cannot carry" in run.flat() or program != "asterisk"
    assert "c4n4ry" not in run.output
    assert contents(tmp_path) == before


@pytest.mark.parametrize("program", PROGRAMS)
def test_masked_passwords_come_from_elsewhere_or_are_an_error(
    program: str, configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path
) -> None:
    trunks.reset(connections=2, masked=True, overrides=[{**GOOD, "user_name": name} for name in ("alice01", "bob02")])
    run = configure(program)
    assert run.exit_code == 2
    assert "its password is masked" in run.flat()
    assert not (tmp_path / "out").exists()
    run = configure(program, "-vvvv", "--diff", passwords={"alice01": "c4n4ry-a", "bob02": "c4n4ry-b"})
    assert run.exit_code == 0, run.output
    assert "c4n4ry" not in run.output
    assert "c4n4ry-a" in str(contents(tmp_path))
    assert "****" not in str(contents(tmp_path))


def test_names_cannot_break_out_of_their_comment(
    configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path
) -> None:
    texts: dict[str, str] = {}
    for program in PROGRAMS:
        assert configure(program, dest=str(tmp_path / program)).exit_code == 0
        texts |= {path.name: path.read_text() for path in (tmp_path / program).iterdir()}
    sections = [line for line in texts["pjsip_wizard_telnyx.conf"].splitlines() if line.startswith("[")]
    assert sections == ["[telnyx-alice01]", "[telnyx-bob02]"]
    assert len(texts["uacreg"].splitlines()) == 3
    lines = [line for line in texts["accounts"].splitlines() if line and not line.startswith("#")]
    assert [line.split("@")[0] for line in lines] == ["<sip:alice01", "<sip:bob02"]
    assert [line.count("regint=") for line in lines] == [1, 1]


def test_the_gateways_keep_to_freeswitch_s_rules(
    configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path
) -> None:
    """Never loaded by FreeSWITCH itself, which cannot be had here: held to what its documentation says of a gateway."""
    known = """username password realm from-user from-domain proxy register-proxy outbound-proxy register register-transport
        expire-seconds retry-seconds caller-id-in-from extension extension-in-contact context"""
    records = trunks.seen()["records"]
    trunks.change(fields={record["id"]: {"encrypted_media": "SRTP"} for record in records})
    run = configure("freeswitch", transport="tls", outbound_proxy="proxy.example.com", region="eu")
    assert run.exit_code == 0, run.output
    for record, name in zip(records, ("alice01", "bob02")):
        text = (tmp_path / "out" / f"{name}.xml").read_text()
        assert "$${" not in text
        assert "<X-PRE-PROCESS" not in text
        root = ElementTree.fromstring(text)
        (gateway,) = root
        assert (root.tag, gateway.tag, gateway.get("name")) == ("include", "gateway", f"telnyx-{name}")
        params = {each.get("name"): each.get("value") for each in gateway.findall("param")}
        assert params.keys() <= set(known.split())
        assert params["password"] == record["password"]
        assert (params["realm"], params["register-transport"]) == ("sip.telnyx.eu", "tls")
        variables = gateway.findall("variables/variable")
        # mod_sofia sets a variable both ways only where it has no direction (sofia.c, parse_gateways).
        assert {each.get("direction") for each in variables} <= {"inbound", "outbound", None}
        directions = {each.get("name"): each.get("direction") for each in variables}
        assert directions["rtp_secure_media"] is directions["dtmf_type"] is None
        # Sofia-SIP takes the transport from the proxy's URI alone.
        assert params["outbound-proxy"] == params["register-proxy"] == "proxy.example.com:5061;transport=tls"


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_file_that_was_there_before_is_not_shown(
    program: str, configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    for name in FILES[program]:
        (tmp_path / "out" / name).write_text("<!-- mine -->\n<a b='c4n4ry-old'/>\nc4n4ry-old:1:2:3:4:5:6:7\n")
    run = configure(program, "--diff")
    assert run.exit_code == 0, run.output
    assert "3 lines that the role did not write are not shown" in run.flat()
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}
    assert "c4n4ry" not in run.output


@pytest.mark.parametrize("program", PROGRAMS)
def test_passwords_come_from_a_vault(
    program: str, configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path
) -> None:
    trunks.reset(connections=2, masked=True, overrides=[{**GOOD, "user_name": name} for name in ("alice01", "bob02")])
    (tmp_path / "vault-password").write_text("open sesame\n")
    vault = VaultLib([("default", VaultSecret(b"open sesame"))])
    value = vault.encrypt("c4n4ry {{ 7 * 7 }} ;0").decode().replace("\n", "\n      ")
    (tmp_path / "passwords.yml").write_text(
        f"sip_config_passwords:\n  alice01: !vault |\n      {value}\n  bob02: !unsafe 'c4n4ry {{% if %}}'\n"
    )
    run = configure(program, "-e", "@passwords.yml", "--vault-password-file", "vault-password", "-vvvv", "--diff")
    assert run.exit_code == 0, run.output
    assert "c4n4ry" not in run.output
    written = html.unescape(str(contents(tmp_path)))
    assert "c4n4ry {{ 7 * 7 }}" in written
    assert "c4n4ry {% if %}" in written


def test_a_connection_that_was_deleted_goes_from_the_files_when_told(
    configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path
) -> None:
    terms = ["alice01", "bob02"]
    assert configure("freeswitch", terms=terms).exit_code == 0
    trunks.change(change={"delete": [1]})
    assert configure("freeswitch", terms=terms).exit_code == 2
    assert contents(tmp_path).keys() == {"alice01.xml", "bob02.xml"}
    assert configure("freeswitch", terms=terms, on_missing="skip").exit_code == 0
    assert contents(tmp_path).keys() == {"alice01.xml"}


def test_a_text_in_the_place_of_a_list_is_one_entry(
    configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path
) -> None:
    assert configure("asterisk", terms=int(trunks.seen()["records"][0]["id"]), dest=str(tmp_path / "id")).exit_code == 0
    run = configure("asterisk", terms="alice01", local_nets="10.0.0.0/8, 192.168.0.0/16")
    assert run.exit_code == 0, run.output
    transport = contents(tmp_path)["pjsip_transport_telnyx.conf"]
    assert "local_net = 10.0.0.0/8\nlocal_net = 192.168.0.0/16\n" in transport
    assert contents(tmp_path)["pjsip_wizard_telnyx.conf"].count("type = wizard") == 1


def test_a_line_that_baresip_would_cut_is_refused(
    configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path
) -> None:
    record = trunks.seen()["records"][0]
    trunks.change(fields={record["id"]: {"password": "密" * 128}})
    run = configure("baresip", "--check")
    assert run.exit_code == 2
    assert "the line of <sip:alice01 has" in run.flat()
    assert configure("asterisk").exit_code == 0


def test_a_template_of_one_s_own(configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path) -> None:
    (tmp_path / "mine.ini.j2").write_text(
        "{% for a in accounts %}\n[{{ a.user_name }}]\np={{ a.password }}\n{% endfor %}\n"
    )
    run = configure("custom", "--diff", "-vvvv", template=str(tmp_path / "mine.ini.j2"))
    assert run.exit_code == 0, run.output
    assert "c4n4ry" not in run.output
    assert contents(tmp_path) == {"mine.ini": "[alice01]\np=c4n4ry;0 \\pass\n[bob02]\np=c4n4ry;1 \\pass\n"}


def test_filters_choose_connections(configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path) -> None:
    record = trunks.seen()["records"][1]
    trunks.change(fields={record["id"]: {"connection_name": "Berlin PBX"}})
    assert configure("freeswitch", filters={"connection_name_contains": "berlin"}).exit_code == 0
    assert contents(tmp_path).keys() == {"bob02.xml"}
    wrong = configure("freeswitch", filters={"connection_name_contain": "berlin"})
    assert "Did you mean connection_name_contains?" in wrong.flat()


def test_a_program_may_refuse_a_file(configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path) -> None:
    run = configure("baresip", validate="grep -q nothing-like-that %s")
    assert run.exit_code == 2
    assert "grep refuses it (exit code 1). Nothing was written." in run.flat()
    assert "it cannot be run: No closing quotation" in configure("baresip", validate="grep 'x %s").flat()
    assert "it cannot be run: No such file" in configure("baresip", validate="/nonexistent %s").flat()
    assert contents(tmp_path) == {}
    assert configure("baresip", validate="grep -q alice01 %s").exit_code == 0


def test_a_reload_runs_when_something_changed(
    configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path
) -> None:
    command = f"touch {tmp_path}/reloaded"
    assert configure("kamailio", reload=command).exit_code == 0
    (tmp_path / "reloaded").unlink()
    assert configure("kamailio", reload=command).exit_code == 0
    assert not (tmp_path / "reloaded").exists()


@pytest.mark.parametrize(
    "answer",
    [
        "false",
        "no-such-command",
        "systemctl 'restart",
        "echo 'error: 500 - command uac.reg_reload not found'",
        "echo A module reload request is already in progress; please be patient",
    ],
)
def test_a_reload_that_did_not_happen_is_said(
    answer: str, configure: Callable[..., Run], trunks: SandboxProcess
) -> None:
    run = configure("kamailio", reload=answer)
    assert run.exit_code == 0
    assert "kamailio was not reloaded" in run.flat()
    assert "changed=1 " in run.output


def test_only_freeswitch_s_files_are_removed_and_only_by_freeswitch(
    configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path
) -> None:
    assert configure("freeswitch").exit_code == 0
    (tmp_path / "mine.ini.j2").write_text("x")
    assert configure("custom", template=str(tmp_path / "mine.ini.j2")).exit_code == 0
    assert configure("baresip").exit_code == 0
    assert contents(tmp_path).keys() == {"alice01.xml", "bob02.xml", "mine.ini", "accounts"}


def test_each_host_renders_its_own_trunk_with_one_walk(
    ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    count = 40
    sandbox.reset(connections=300, overrides=[{**GOOD, "password": f"c4n4ry-{place:03d}"} for place in range(count)])
    users = [record["user_name"] for record in sandbox.seen()["records"][:count]]
    hosts = {f"pbx{place}": {"trunk": user} for place, user in enumerate(users)}
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": local}}))
    variables = {
        "sip_config_program": "asterisk",
        "sip_config_dest": "{{ playbook_dir }}/out/{{ inventory_hostname }}",
        "sip_config_connections": ["{{ trunk }}"],
        "sip_config_reload": "",
    }
    play = [{"hosts": "all", "gather_facts": False, "vars": variables, "roles": ["siptrunk.telnyx.sip_config"]}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play))
    run = ansible("ansible-playbook", "-i", "hosts.yml", "play.yml", "-f", "10", "-vv", "--diff")
    assert run.exit_code == 0, run.output[-2000:]
    assert len(sandbox.requests()) == 2  # the pages of one walk
    assert "c4n4ry" not in run.output
    for place, user in enumerate(users):
        text = (tmp_path / "out" / f"pbx{place}" / "pjsip_wizard_telnyx.conf").read_text()
        assert f"[telnyx-{user}]" in text
        assert text.count("c4n4ry") == 1
        assert f"outbound_auth/password = c4n4ry-{place:03d}\n" in text


def test_the_module_refuses_a_name_that_is_a_path(play: Callable[..., Run], tmp_path: Path) -> None:
    task = {"siptrunk.telnyx.sip_config_files": {"dest": str(tmp_path / "out"), "program": "x", "files": {"../up": ""}}}
    run = play(task)
    assert run.exit_code == 2
    assert "is no name of a file" in run.flat()
    assert json.dumps(sorted(path.name for path in tmp_path.iterdir())).count("up") == 0


def files_task(folder: Path, files: dict[str, str], **options: Any) -> dict[str, Any]:
    """A task of the module that writes these contents."""
    encoded = {name: base64.b64encode(content.encode()).decode() for name, content in files.items()}
    return {"siptrunk.telnyx.sip_config_files": {"dest": str(folder), "program": "x", "files": encoded, **options}}


class Watcher:
    """Looks again and again which modes a folder's files have, staged ones included."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count, self.open = folder, 0, set[str]()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.is_set():
            for name in os.listdir(self.folder):
                with contextlib.suppress(FileNotFoundError):
                    self.count += 1
                    if (self.folder / name).lstat().st_mode & 0o077:
                        self.open.add(name)


COUNT = 200
MANY = {f"user{place:03d}.conf": f"c4n4ry-{place}\n" * 50 for place in range(COUNT)}


def test_files_with_passwords_are_never_readable_by_others(play: Callable[..., Run], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    old = sorted(MANY)[:50]
    for name in old:
        (out / name).write_text("before")
        (out / name).chmod(0o600)
    with Watcher(out) as watcher:
        run = play(files_task(out, MANY))
    assert run.exit_code == 0, run.output
    assert watcher.open == set()
    assert watcher.count > COUNT
    assert {path.name: path.read_text() for path in out.iterdir()} == MANY
    # Killed half-way, the module leaves no file that is open to others either.
    (tmp_path / "kill").write_text('case "$1" in *user100*) kill -9 $PPID;; esac\n')
    with Watcher(out) as watcher:
        killed = play(
            files_task(out, {name: f"{text}new" for name, text in MANY.items()}, validate=f"sh {tmp_path}/kill %s")
        )
    assert killed.exit_code == 2
    assert len(list(out.iterdir())) > COUNT  # it was killed while staged files were there
    assert watcher.open == set()
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}


def test_a_staged_file_has_its_final_mode_and_the_command_s_output_is_not_shown(
    play: Callable[..., Run], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (tmp_path / "look").write_text(f'stat -c "%a %s" "$1" >> {tmp_path}/seen; cat "$1"; cat "$1" >&2; exit $2\n')
    files = {"a.conf": "c4n4ry", "b.conf": "c4n4ry-b"}
    for code in (0, 1):
        task = files_task(out, files, mode="0640", validate=f"sh {tmp_path}/look %s {code}")
        run = play(task, args=("-vvvv", "--diff"))
        assert run.exit_code == 2 * code, run.output
        assert "c4n4ry" not in run.output
        files = {"a.conf": "c4n4ry, another"}
    assert (tmp_path / "seen").read_text() == "640 6\n640 8\n640 15\n"
    assert {path.name: path.read_text() for path in out.iterdir()} == {"a.conf": "c4n4ry", "b.conf": "c4n4ry-b"}
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o640}


def test_where_the_disk_is_full_nothing_is_written_and_nothing_stays(play: Callable[..., Run], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.conf").write_text("before")
    limited = tmp_path / "python"
    limited.write_text(f'#!/bin/sh\nulimit -f 4000\nexec {sys.executable} "$@"\n')  # blocks of 512 bytes
    limited.chmod(0o755)
    files = {"a.conf": "c4n4ry", "b.conf": "c4n4ry", "c.conf": "c4n4ry" * 500_000}
    run = play(files_task(out, files), vars={"ansible_python_interpreter": str(limited)}, args=("-vvv",))
    assert run.exit_code == 2
    assert "File too large" in run.output
    assert {path.name: path.read_text() for path in out.iterdir()} == {"a.conf": "before"}
    assert "c4n4ry" not in run.output


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"files": {"a\0b": ""}}, "is no name of a file"),
    ({"files": {"a": "c4n4ry!"}}, "the content of 'a' is no Base64"),
    ({"files": {"b": "c4n4r"}}, "the content of 'b' is no Base64"),
    ({"files": {"c": ["c4n4ry"]}}, "the content of 'c' is no Base64"),
    (
        {"files": {"a.xml": base64.b64encode(b"<?xml version='1.0' encoding='c4n4ry'?><a/>").decode()}},
        "a.xml is no XML",
    ),
    ({"files": {"pipe": ""}}, "pipe: it is a named pipe, not a regular file"),
    ({"files": {"folder": ""}}, "folder: it is a folder, not a regular file"),
    ({"files": {"new": ""}, "validate": "true"}, "validate: it has no %s"),
    (
        {"program": "baresip", "files": {"accounts": base64.b64encode(b"#\n" + b"c4n4ry" * 100).decode()}},
        "the line 2 has 600 bytes",
    ),
]


@pytest.mark.parametrize("arguments", [(), ("--check",)], ids=str)
def test_the_module_refuses_what_cannot_be_written(
    arguments: tuple[str, ...], play: Callable[..., Run], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / "folder").mkdir(parents=True)
    os.mkfifo(out / "pipe")
    name = "siptrunk.telnyx.sip_config_files"
    every = [options for options, _message in REFUSED]
    if not arguments:  # in check mode nothing looks at the mode of a file that is not there
        every.append({"files": {"new": ""}, "mode": "u=nothing"})
    every.append({"files": {"new": ""}, "dest": "a\0b"})  # some cores refuse it themselves
    # Newer cores quote the lines of a task that fails, so the contents stand elsewhere.
    (tmp_path / "contents.json").write_text(json.dumps({"contents": [each["files"] for each in every]}))
    tasks = [
        {
            name: {"dest": str(out), "program": "x", **each, "files": f"{{{{ contents[{place}] }}}}"},
            "ignore_errors": True,
        }
        for place, each in enumerate(every)
    ]
    run = play(*tasks, args=("--diff", "-e", "@contents.json", *arguments))
    assert run.exit_code == 0, run.output
    assert f"ignored={len(every)} " in run.output
    for _options, message in REFUSED:
        assert message in run.flat()
    assert "Traceback" not in run.output
    assert "c4n4ry" not in run.output
    assert sorted(path.name for path in out.iterdir()) == ["folder", "pipe"]


def test_only_gateways_of_the_role_are_removed(
    configure: Callable[..., Run], trunks: SandboxProcess, tmp_path: Path
) -> None:
    assert configure("freeswitch").exit_code == 0
    out = tmp_path / "out"
    ours = (out / "alice01.xml").read_text()
    (out / "copy.xml").write_text(ours.replace('gateway name="telnyx-alice01"', 'gateway name="mine"'))
    (out / "other.xml").write_text(ours)
    (out / "quote.xml").write_text("<!-- Like the files Managed by siptrunk.telnyx.sip_config: see there --><include/>")
    (out / "link.xml").symlink_to("alice01.xml")
    (out / "folder.xml").mkdir()
    os.mkfifo(out / "pipe.xml")
    kept = sorted(path.name for path in out.iterdir() if path.name != "alice01.xml")
    trunks.change(change={"delete": [0]})
    run = configure("freeswitch", "--diff")
    assert run.exit_code == 0, run.output
    assert sorted(path.name for path in out.iterdir()) == kept
    assert "c4n4ry" not in run.output


def test_a_link_in_a_file_s_place_is_replaced(play: Callable[..., Run], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "elsewhere").write_text("c4n4ry")
    (out / "a.conf").symlink_to(tmp_path / "elsewhere")
    run = play(files_task(out, {"a.conf": "new"}), args=("--diff",))
    assert run.exit_code == 0, run.output
    assert not (out / "a.conf").is_symlink()
    assert ((tmp_path / "elsewhere").read_text(), (out / "a.conf").read_text()) == ("c4n4ry", "new")
    assert "c4n4ry" not in run.output
    assert "changed=0" in play(files_task(out, {"a.conf": "new"})).output


def test_the_documents_show_what_is_rendered(ansible: Callable[..., Run], tmp_path: Path) -> None:
    docs = ROOT / "docs" / "sip"
    example = re.search(r"^```yaml\+example\n(.*?)^```", (docs / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert example
    (tmp_path / "example.yml").write_text(example[1])
    play = {"hosts": "localhost", "gather_facts": False, "roles": ["siptrunk.telnyx.sip_config"]}
    (tmp_path / "sip.yml").write_text(yaml.safe_dump([play]))
    for program in PROGRAMS:
        variables = {"sip_config_program": program, "sip_config_dest": str(tmp_path / program), "sip_config_reload": ""}
        run = ansible("ansible-playbook", "sip.yml", "-e", "@example.yml", "-e", json.dumps(variables))
        assert run.exit_code == 0, run.output
        page = (docs / f"{program}.md").read_text()
        for file in (tmp_path / program).iterdir():
            shown = re.search(rf"^```\w+ {re.escape(file.name)}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
            assert shown, file
            assert shown[1] == file.read_text()
