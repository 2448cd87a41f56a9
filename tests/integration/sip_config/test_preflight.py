"""The preflight of the role sip_config without a SIP program: what it refuses, and when it does not run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from integration.sip_config.hosts import PROGRAMS, Configure
from sandbox.process import SandboxProcess

from playbooks import Run

# A registrar on this host, so that its name needs no DNS.
COMMON = {"preflight": True, "registrar": "127.0.0.1:5999", "preflight_timeout": 1}


@pytest.fixture
def programs(tmp_path: Path) -> dict[str, Path]:
    """Executables that are no SIP programs, by what they do; each has a kamcmd beside it."""
    scripts = {
        "ends": "echo 'c4n4ry in the log'; echo 'Error while initializing module tls (/x/tls.so)'; exit 7",
        "registers": f"env > {tmp_path}/environment; cat dbtext/uacreg > {tmp_path}/seen; exec sleep 60",
    }
    for name, script in scripts.items():
        folder = tmp_path / f"{name} bin"
        folder.mkdir()
        (folder / "kamailio").write_text(f"#!/bin/sh\n{script}\n")
        users = ("alice01", "bob02") if name == "registers" else ()
        state = "uptime: 1\n" + "".join(f"\tl_uuid: {user}\n\tflags: 20\n" for user in users)
        (folder / "kamcmd").write_text(f"#!/bin/sh\necho \"$@\" >> {tmp_path}/console-{name}\necho '{state}'\n")
        for each in folder.iterdir():
            each.chmod(0o755)
    return {name: tmp_path / f"{name} bin" / "kamailio" for name in scripts}


@pytest.mark.usefixtures("trunks")
def test_preflight_that_cannot_run_is_an_error_and_nothing_is_written(
    configure: Configure, programs: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "mine.ini.j2").write_text("x")
    (tmp_path / "no-mode").write_text("")
    hosts: dict[str, dict[str, Any]] = {
        "custom": {"program": "custom", "template": str(tmp_path / "mine.ini.j2")},
        "absent": {"executable": "/nonexistent/kamailio"},
        "noexec": {"executable": str(tmp_path / "no-mode")},
        "ends": {"executable": str(programs["ends"])},
        "timeout": {"preflight_timeout": 0},
        "named": {"preflight_registrar": "a b"},
    }
    if os.geteuid() == 0:
        hosts["owner"] = {"executable": str(programs["ends"]), "owner": "no-such-user-here"}
    run = configure(hosts, "-vvvv", "--diff", program="kamailio", **COMMON)
    assert run.failed() == hosts.keys(), run.output
    assert run.changed() == set()
    assert "The program custom has no preflight." in run.flat
    assert "kamailio could not test the new files: /nonexistent/kamailio is not an executable file." in run.flat
    assert "no-mode is not an executable file" in run.flat
    reason = "it ended with the exit code 7 (Error while initializing module tls). Nothing was written."
    assert reason in run.flat
    assert "timeout: must be at least 1." in run.flat
    assert "The preflight_registrar must be a host" in run.flat
    assert "c4n4ry" not in run.output
    assert "Traceback" not in run.output
    assert not any(run.files(host) for host in hosts)


def test_preflight_runs_only_for_a_change_and_not_in_check_mode(
    configure: Configure, programs: dict[str, Path], trunks: SandboxProcess, tmp_path: Path
) -> None:
    console = f"'{programs['registers'].parent}/kamcmd' -s running"
    options = {**COMMON, "program": "kamailio", "executable": str(programs["registers"]), "console_command": console}
    checked = configure({"host": options}, "--check", "--diff")
    assert checked.changed() == {"host"}, checked.output
    assert "was not run, because this is check mode" in configure({"host": options}, "--check", "-v").flat
    assert not (tmp_path / "seen").exists()
    first = configure({"host": options}, "-vvvv", "--diff")
    assert first.changed() == {"host"}, first.output
    assert (tmp_path / "seen").read_text() == first.files("host")["uacreg"]
    environment = dict(
        line.split("=", 1) for line in (tmp_path / "environment").read_text().splitlines() if "=" in line
    )
    assert environment.keys() <= {"PATH", "HOME", "LC_ALL", "TERM", "PWD", "SHLVL", "_", "OLDPWD"}
    assert not Path(environment["HOME"]).exists()
    asked = (tmp_path / "console-registers").read_text().splitlines()
    isolated = f"-s unix:{environment['HOME']}/ctl "
    unregistered = [line for line in asked if line.startswith(f"{isolated}uac.reg_unregister ")]
    assert [line.split()[-1] for line in unregistered] == ["s:alice01", "s:bob02"]
    assert [line for line in asked if not line.startswith(isolated)] == [
        "-s running uac.reg_refresh s:alice01",
        "-s running uac.reg_refresh s:bob02",
    ]
    (tmp_path / "seen").unlink()
    again = configure({"host": options})
    assert (again.changed(), again.failed()) == (set(), set())
    assert not (tmp_path / "seen").exists()
    # With another registrar for the preflight, the files that are written name the first.
    trunks.change(fields={trunks.seen()["records"][0]["id"]: {"password": "c4n4ry another"}})
    named = configure({"host": {**options, "preflight_registrar": "127.0.0.2:5998"}})
    assert named.changed() == {"host"}
    assert "127.0.0.2\\:5998" in (tmp_path / "seen").read_text()
    assert "127.0.0.1\\:5999" in named.files("host")["uacreg"]
    assert "127.0.0.2" not in named.files("host")["uacreg"]
    for run in (checked, first, again, named):
        assert "c4n4ry" not in run.output


@pytest.mark.usefixtures("trunks")
def test_every_program_must_be_installed(configure: Configure, tmp_path: Path) -> None:
    missing = {program: {**each, "executable": str(tmp_path / program)} for program, each in PROGRAMS.items()}
    run = configure(missing, **COMMON)
    assert run.failed() == PROGRAMS.keys(), run.output
    for program, each in missing.items():
        reason = f"{each['executable']} is not an executable file. Nothing was written."
        assert f"{program} could not test the new files: {reason}" in run.flat


def test_arguments_of_the_module_are_checked(play: Callable[..., Run]) -> None:
    good = {"program": "kamailio", "dest": "/x", "accounts": ["a"], "registrar": "h", "files": {"uacreg": ""}}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"files": {"../up": ""}}, "'../up' is not the name of a file"),
        ({"files": {"a": "c4n4ry!"}}, "the content of 'a' is not Base64"),
        ({"registrar": "h h"}, "The registrar must be a host"),
        ({"transport": "tls"}, "ca_file: is required with TLS"),
        ({"files_variable": "nothing"}, "give either files or files_variable"),
        ({"files": None, "files_variable": "nothing"}, "there is no variable 'nothing'"),
    ]
    tasks = [{"siptrunk.telnyx.sip_config_preflight": {**good, **each}, "ignore_errors": True} for each, _text in wrong]
    nobody = {"siptrunk.telnyx.sip_config_preflight": {**good, "accounts": []}}
    run = play(*tasks, nobody, args=("-v",))
    assert run.exit_code == 0, run.output
    assert f"ignored={len(wrong)} " in run.output
    for _options, text in wrong:
        assert text in run.flat()
    assert "There is no account to register." in run.output
    assert "Traceback" not in run.output
