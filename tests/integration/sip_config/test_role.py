"""The role sip_config: which connections it configures, what it writes, validates and reloads."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from integration.sip_config.hosts import GOOD, PROGRAMS, Configure, files_of, modes_of
from sandbox.process import SandboxProcess

from playbooks import Run

ROOT = Path(__file__).parents[3]
FILES = {
    "asterisk": {"pjsip_wizard_telnyx.conf", "pjsip_transport_telnyx.conf"},
    "freeswitch": {"alice01.xml", "bob02.xml"},
    "kamailio": {"uacreg", "version"},
    "baresip": {"accounts"},
}
ALL = PROGRAMS.keys()


def test_files_follow_the_account_and_the_diff_hides_passwords(
    configure: Configure, trunks: SandboxProcess, tmp_path: Path
) -> None:
    checked = configure(PROGRAMS, "--check", "--diff")
    assert checked.changed() == ALL
    assert not any(checked.files(program) for program in PROGRAMS)
    first = configure(
        PROGRAMS, "--diff", "-vvvv", env={"ANSIBLE_DEBUG": "1", "ANSIBLE_LOG_PATH": str(tmp_path / "log")}
    )
    assert first.changed() == ALL, first.output
    assert "c4n4ry" not in (tmp_path / "log").read_text()
    encoded = [
        base64.b64encode(text.encode()).decode()[-40:] for each in PROGRAMS for text in first.files(each).values()
    ]
    assert not [each for each in encoded if each in first.output]
    assert "(hidden)" in first.output
    before = {program: first.files(program) for program in PROGRAMS}
    assert {program: files.keys() for program, files in before.items()} == FILES
    assert "carol03" not in str(before)
    for program in PROGRAMS:
        assert modes_of(tmp_path / program) == {("file", 0o600), ("folder", 0o700)}
    assert not (tmp_path / "pwned").exists()
    again = configure(PROGRAMS)
    assert again.recap("failed") == dict.fromkeys(PROGRAMS, 0)
    assert again.changed() == set()
    assert {program: again.files(program) for program in PROGRAMS} == before

    trunks.change(fields={trunks.seen()["records"][0]["id"]: {"password": "c4n4ry another"}})
    new = configure(PROGRAMS, "--diff")
    assert new.changed() == ALL
    assert new.output.count("(hidden, new)") == len(PROGRAMS)

    (tmp_path / "freeswitch" / "mine.xml").write_text("<include/>")
    trunks.change(change={"delete": [1]})
    deleted = configure(PROGRAMS, "--diff")
    assert deleted.changed() == ALL
    assert deleted.files("freeswitch").keys() == {"alice01.xml", "mine.xml"}
    assert "bob02" in deleted.output
    for program in PROGRAMS:
        assert "bob02" not in str(deleted.files(program)), program
        assert "alice01" in str(deleted.files(program)), program
    for run in (checked, first, new, deleted):
        assert "c4n4ry" not in run.output


def test_connection_that_cannot_work_is_an_error_and_nothing_is_written(
    configure: Configure, trunks: SandboxProcess, tmp_path: Path
) -> None:
    assert configure(PROGRAMS).exit_code == 0
    before = {program: files_of(tmp_path / program) for program in PROGRAMS}
    alice, bob, _carol = trunks.seen()["records"]
    trunks.change(fields={alice["id"]: {"password": "c4n4ry\nline"}, bob["id"]: {"encrypted_media": "SRTP"}})
    run = configure(PROGRAMS, "-vvvv", "--diff")
    assert run.failed() == ALL
    assert run.flat.count("SRTP needs TLS") >= len(PROGRAMS)
    assert "cannot represent" in run.flat
    assert "c4n4ry" not in run.output
    for program in PROGRAMS:
        assert run.files(program) == before[program]


def test_name_cannot_break_out_of_its_comment(configure: Configure, trunks: SandboxProcess) -> None:
    run = configure(PROGRAMS)
    assert run.failed() == set(), run.output
    wizard = run.files("asterisk")["pjsip_wizard_telnyx.conf"]
    sections = [line for line in wizard.splitlines() if line.startswith("[")]
    assert sections == ["[telnyx-alice01]", "[telnyx-bob02]"]
    assert len(run.files("kamailio")["uacreg"].splitlines()) == 3
    accounts = run.files("baresip")["accounts"].splitlines()
    lines = [line for line in accounts if line and not line.startswith("#")]
    assert [line.split("@")[0] for line in lines] == ["<sip:alice01", "<sip:bob02"]
    assert [line.count("regint=") for line in lines] == [1, 1]


def test_connections_are_selected_by_terms_and_filters(configure: Configure, trunks: SandboxProcess) -> None:
    alice, bob, _carol = trunks.seen()["records"]
    trunks.change(fields={bob["id"]: {"connection_name": "Berlin PBX"}})
    run = configure(
        {
            "id": {"connections": int(alice["id"])},
            "text": {"program": "asterisk", "connections": "alice01", "local_nets": "10.0.0.0/8, 192.168.0.0/16"},
            "filter": {"filters": {"connection_name_contains": "berlin"}, "connections": None},
            "typo": {"filters": {"connection_name_contain": "berlin"}, "connections": None},
        },
        program="freeswitch",
    )
    assert run.failed() == {"typo"}, run.output
    assert "Did you mean connection_name_contains?" in run.flat
    assert run.files("id").keys() == {"alice01.xml"}
    assert run.files("filter").keys() == {"bob02.xml"}
    assert run.files("text")["pjsip_wizard_telnyx.conf"].count("type = wizard") == 1
    nets = "local_net = 10.0.0.0/8\nlocal_net = 192.168.0.0/16\n"
    assert nets in run.files("text")["pjsip_transport_telnyx.conf"]


@pytest.mark.usefixtures("trunks")
def test_validate_rejects_a_file_before_it_is_used(configure: Configure) -> None:
    commands = {
        "rejected": "grep -q nothing-like-that %s",
        "unbalanced": "grep 'x %s",
        "absent": "/no/such/program %s",
        "accepted": "grep -q alice01 %s",
    }
    run = configure({host: {"validate": command} for host, command in commands.items()}, program="baresip")
    assert run.failed() == commands.keys() - {"accepted"}, run.output
    assert "grep rejects it (exit code 1). Nothing was written." in run.flat
    assert "the command cannot be run: No closing quotation" in run.flat
    assert "the command cannot be run: No such file" in run.flat
    assert {host: bool(run.files(host)) for host in commands} == {host: host == "accepted" for host in commands}


def test_hosts_share_one_listing(configure: Configure, sandbox: SandboxProcess) -> None:
    count = 12
    sandbox.reset(connections=300, overrides=[{**GOOD, "password": f"c4n4ry-{index:03d}"} for index in range(count)])
    users = [record["user_name"] for record in sandbox.seen()["records"][:count]]
    hosts = {f"pbx{index}": {"connections": [user]} for index, user in enumerate(users)}
    run = configure(hosts, "-f", "6", "-vv", "--diff", program="asterisk")
    assert run.exit_code == 0, run.output[-2000:]
    assert len(sandbox.requests()) == 2  # the pages of one listing
    assert "c4n4ry" not in run.output
    for index, user in enumerate(users):
        text = run.files(f"pbx{index}")["pjsip_wizard_telnyx.conf"]
        assert f"[telnyx-{user}]" in text
        assert text.count("c4n4ry") == 1
        assert f"outbound_auth/password = c4n4ry-{index:03d}\n" in text


def test_documentation_shows_the_rendered_files(ansible: Callable[..., Run], tmp_path: Path) -> None:
    docs = ROOT / "docs" / "sip"
    example = re.search(r"^```yaml\+example\n(.*?)^```", (docs / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert example
    variables: dict[str, Any] = yaml.safe_load(example[1])
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {
                "ansible.builtin.include_role": {"name": "siptrunk.telnyx.sip_config"},
                "vars": {**own, "sip_config_dest": str(tmp_path / program), "sip_config_reload": "never"},
            }
            for program in PROGRAMS
            for own in [{**variables, "sip_config_program": program}]
        ],
    }
    (tmp_path / "sip.yml").write_text(yaml.safe_dump([play]))
    run = ansible("ansible-playbook", "sip.yml")
    assert run.exit_code == 0, run.output
    for program in PROGRAMS:
        page = (docs / f"{program}.md").read_text()
        files = files_of(tmp_path / program)
        assert files
        for name, text in files.items():
            shown = re.search(rf"^```\w+ {re.escape(name)}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
            assert shown, name
            assert shown[1] == text
