"""Real installations fit in: selection, parameters, names, other files and rows, and mistakes by their names."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from integration.sip_config.hosts import GOOD, PROGRAMS, Configure
from sandbox.process import SandboxProcess

ROOT = Path(__file__).parents[3]


def test_all_trunks_only_by_the_text_all(configure: Configure, trunks: SandboxProcess) -> None:
    hosts: dict[str, dict[str, Any]] = {
        "text": {"connections": "all"},
        "list": {"connections": ["all"]},
        "unset": {"connections": None},
        "empty": {"connections": []},
        "empty-text": {"connections": ""},
        "typo": {"filters": {"connection_name_contains": "brelin"}, "connections": None},
        "inactive": {"connections": ["carol03"]},
        "allowed": {"connections": [], "allow_empty": True},
    }
    before = configure({host: {} for host in hosts}, program="kamailio")
    assert before.exit_code == 0, before.output
    run = configure(hosts, program="kamailio")
    assert run.failed() == hosts.keys() - {"text", "allowed"}, run.output
    assert "sip_config_connections: it is not set. Name the connections of this host, or set it to the text" in run.flat
    assert "sip_config_connections: it is empty. To remove all accounts from the files, set" in run.flat
    assert "None of the 0 selected connections is active" in run.flat
    for host in hosts.keys() - {"allowed"}:
        assert run.files(host) == before.files(host)
    assert len(run.files("allowed")["uacreg"].splitlines()) == 1


@pytest.mark.usefixtures("trunks")
def test_mistakes_are_errors_that_name_the_variables_all_at_once(configure: Configure) -> None:
    hosts: dict[str, dict[str, Any]] = {
        "one": {"transprot": "tls", "password": "c4n4ry", "mode": 0o640, "reload_command": "", "expiry": 5},
        "two": {"records": [{"user_name": "dave04", "password": "c4n4ry"}], "extra": {"params": {"ping": 1}}},
    }
    run = configure(hosts, program="kamailio")
    assert run.failed() == hosts.keys(), run.output
    assert (
        "sip_config_password: the role has no such variable; one of your own must not begin with sip_config_."
        in run.flat
    )
    assert "Did you mean sip_config_transport?" in run.flat
    assert "sip_config_mode: put it in quotes" in run.flat
    assert "sip_config_reload_command: it is empty. To reload nothing, set sip_config_reload: never." in run.flat
    assert "sip_config_expiry: must be a whole number from 60 to 86400." in run.flat
    assert "sip_config_extra: kamailio has the sections columns, not 'params'." in run.flat
    assert "dave04: its active is neither true nor false" in run.flat
    assert "'when' expression" not in run.flat
    assert "The filter plugin" not in run.flat
    assert "c4n4ry" not in run.output
    assert not any(run.files(host) for host in hosts)


def test_own_parameters_and_names_are_written(configure: Configure, trunks: SandboxProcess) -> None:
    hosts: dict[str, dict[str, Any]] = {
        # A FreeSWITCH gateway with DID, ping and caller id, called as in the vendor's example.
        "freeswitch": {
            "name": "telnyx",
            "connections": "alice01",
            "extra": {
                "params": {"extension": "+15125550100", "ping": 25, "ignore-183nosdp": True, "caller-id-in-from": True},
                "variables": {"my_did": {"value": 'a "b"', "direction": "inbound"}},
            },
        },
        # A pjsip_wizard.conf with language, TOS and a transport of its own.
        "asterisk": {
            "transport_name": "transport-udp-nat",
            "name": "trunk-{user_name}",
            "extra": {"endpoint": {"language": "de", "tos_audio": "ef", "t38_udptl": True, "set_var": ["A=1", "B=2"]}},
            "extra_by_connection": {"bob02": {"endpoint": {"language": "fr"}, "aor": {"qualify_frequency": 0}}},
        },
        "kamailio": {"extra": {"columns": {"reg_delay": 7}}},
        "baresip": {"extra": {"parameters": {"answermode": "auto", "ptime": 20}}},
    }
    hosts = {host: {**PROGRAMS[host], **own} for host, own in hosts.items()}
    run = configure(hosts, "--diff")
    assert run.exit_code == 0, run.output
    gateway = run.files("freeswitch")["alice01.xml"]
    assert '<gateway name="telnyx">' in gateway
    for name, value in {
        "extension": "+15125550100",
        "ping": "25",
        "ignore-183nosdp": "true",
        "caller-id-in-from": "true",
    }.items():
        assert gateway.count(f'<param name="{name}" value="{value}"/>') == 1
    assert gateway.count("caller-id-in-from") == 1
    assert '<variable name="my_did" value="a &#34;b&#34;" direction="inbound"/>' in gateway
    assert run.files("asterisk").keys() == {"pjsip_wizard_telnyx.conf"}
    first, second = run.files("asterisk")["pjsip_wizard_telnyx.conf"].split("\n\n")[1:]
    assert "[trunk-alice01]" in first
    assert "\ntransport = transport-udp-nat\n" in first
    for line in ("language = de", "tos_audio = ef", "t38_udptl = yes", "set_var = A=1", "set_var = B=2"):
        assert f"\nendpoint/{line}" in first
    assert second.count("language = ") == second.count("endpoint/language = fr") == 1
    assert second.count("qualify_frequency") == second.count("aor/qualify_frequency = 0") == 1
    assert all(row.split(":")[-3] == "7" for row in run.files("kamailio")["uacreg"].splitlines()[1:])
    assert run.files("baresip")["accounts"].count(";answermode=auto;ptime=20;auth_pass=") == 2
    assert "c4n4ry" not in run.output

    mistakes: dict[str, dict[str, Any]] = {
        "user": {"extra": {"params": {"username": "evil"}}},
        "nobody": {"extra_by_connection": {"carol03": {}, "nobody": {"params": {"ping": 1}}}},
        "same": {"name": "telnyx"},
    }
    run = configure(mistakes, program="freeswitch")
    assert run.failed() == mistakes.keys(), run.output
    assert "sip_config_extra: params/username: the account and the other variables say this" in run.flat
    assert "sip_config_extra_by_connection: there is no connection 'nobody'." in run.flat
    assert "is called telnyx, too" in run.flat
    assert "carol03" not in run.flat


def test_earlier_names_disappear_and_other_accounts_of_a_user_are_a_warning(
    configure: Configure, trunks: SandboxProcess, tmp_path: Path
) -> None:
    hosts = {"freeswitch": PROGRAMS["freeswitch"], "asterisk": PROGRAMS["asterisk"]}
    assert configure(hosts).exit_code == 0
    hand = (
        '<include>\n  <gateway name="telnyx">\n    <param name="username" value="alice01"/>\n  </gateway>\n</include>\n'
    )
    (tmp_path / "freeswitch" / "telnyx.xml").write_text(hand)
    (tmp_path / "asterisk" / "pjsip_wizard.conf").write_text("[mine]\noutbound_auth/username=bob02\n")
    run = configure(hosts, name="t-{user_name}", transport_name="mine")
    assert run.exit_code == 0, run.output
    flat = run.flat.replace(" ", "")  # warnings are broken anywhere
    assert f"configured_twice:{tmp_path}/freeswitch/telnyx.xml:3:alice01isregistered" in flat
    assert f"configured_twice:{tmp_path}/asterisk/pjsip_wizard.conf:2:bob02isregistered" in flat
    assert "telnyx-" not in "".join(run.files("asterisk").values())
    assert "telnyx-" not in run.files("freeswitch")["alice01.xml"]
    assert run.files("freeswitch")["telnyx.xml"] == hand
    run = configure(
        hosts, name="t-{user_name}", transport_name="mine", accepted_warnings=["configured_twice", "inactive"]
    )
    assert (run.changed(), run.failed()) == (set(), set())
    assert "configured_twice:" not in run.flat
    assert "inactive:" not in run.flat


def test_skipped_connection_keeps_what_is_configured(configure: Configure, trunks: SandboxProcess) -> None:
    first = configure(PROGRAMS)
    assert first.exit_code == 0
    before = {program: first.files(program) for program in PROGRAMS}
    alice, bob, _carol = trunks.seen()["records"]
    trunks.change(fields={alice["id"]: {"encrypted_media": "ZRTP"}, bob["id"]: {"password": "c4n4ry new"}})
    refused = configure(PROGRAMS)
    assert refused.failed() == PROGRAMS.keys()
    run = configure(PROGRAMS, "--diff", on_unsupported="skip")
    assert run.exit_code == 0, run.output
    assert "its media encryption 'ZRTP' is unknown; Telnyx has SRTP. The connection is skipped; what is" in run.flat
    for program in PROGRAMS:
        old, new = ("\n".join(each.values()).split("\n") for each in (before[program], run.files(program)))
        changed = [line for line in new if line not in old]
        assert len(changed) == 1, program
        assert "new" in changed[0]
    assert "c4n4ry" not in run.output


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
@pytest.mark.usefixtures("trunks")
def test_root_s_files_get_the_owner_of_their_folder(configure: Configure, tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "folder").mkdir()
    os.chown(tmp_path / "folder", 12345, 12346)
    os.chown(tmp_path / "given", 12345, 12346)
    run = configure({"folder": {}, "given": {"owner": "0", "group": "12347"}}, program="asterisk")
    assert run.exit_code == 0, run.output
    owners = {
        host: {(path.stat().st_uid, path.stat().st_gid) for path in (tmp_path / host).iterdir() if path.is_file()}
        for host in ("folder", "given")
    }
    assert owners == {"folder": {(12345, 12346)}, "given": {(0, 12347)}}


def test_next_run_removes_what_an_interrupted_one_left(
    configure: Configure, trunks: SandboxProcess, tmp_path: Path
) -> None:
    hosts = {"freeswitch": PROGRAMS["freeswitch"]}
    assert configure(hosts).exit_code == 0
    for name in (".alice01.xml.ab12cd34", ".bob02.xml.12345678~", ".mine.conf.ab12cd34"):
        (tmp_path / "freeswitch" / name).write_text("c4n4ry")
    assert configure(hosts, "--check").changed() == {"freeswitch"}
    assert configure(hosts).exit_code == 0
    left = {path.name for path in (tmp_path / "freeswitch").iterdir() if path.is_file()}
    assert left == {"alice01.xml", "bob02.xml", ".mine.conf.ab12cd34"}


def test_template_of_the_page_is_rendered_and_the_diff_shows_no_content(
    configure: Configure, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "sip" / "custom.md").read_text()
    template, variables, expected = (
        re.findall(rf"(?ms)^```{re.escape(fence)}\n(.*?)^```", page)[0]
        for fence in ("jinja phone.cfg.j2", "yaml+custom", "text phone.cfg")
    )
    (tmp_path / "phone.cfg.j2").write_text(template)
    own = {name.removeprefix("sip_config_"): value for name, value in yaml.safe_load(variables).items()}
    record = {"user_name": "berlin00001", "password": "s3cr;t {{ 7 * 7 }}", "connection_name": "Berlin"}
    codecs = {"codecs": ["G722", "G711A"], "channel_limit": 2}
    sandbox.reset(connections=1, overrides=[{**GOOD, **record, "inbound": codecs}])
    own |= {"dest": str(tmp_path / "custom"), "template": str(tmp_path / "phone.cfg.j2")}
    run = configure({"custom": own}, "--diff", "-vvvv")
    assert run.exit_code == 0, run.output
    assert run.files("custom") == {"phone.cfg": expected}
    assert "s3cr;t" not in run.output
    (tmp_path / "phone.cfg.j2").write_text("{{ lookup('file', accounts[0].password) }}")
    failed = configure({"custom": own}, "-vvvv")
    assert failed.exit_code == 2
    assert "sip_config_template: " in failed.flat
    assert "(hidden)" in failed.output
    assert "s3cr;t" not in failed.output
