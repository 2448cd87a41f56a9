"""A real FreeSWITCH, where one is installed: user names, IPv6, and the number that a call is for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sip.clients import baresip, client
from sip.processes import wait_for
from sip.records import connections
from sip.registrar import Registrar

from playbooks import Run

# "telnyx-pre-process" contains "x-pre-process", which FreeSWITCH would take for an instruction.
USER_NAMES = ["x-pre-process", "X-PRE-PROCESS2", "pre-process", "pre-process.x-pre-process", "a_b.c-d", "0"]


def test_user_name_cannot_be_an_instruction(render: Callable[..., Run], tmp_path: Path) -> None:
    records = connections(["some password"] * len(USER_NAMES))
    for record, name in zip(records, USER_NAMES):
        record.update(user_name=name, connection_name=name)
    passwords = dict.fromkeys(USER_NAMES, "some password")
    with Registrar(tmp_path / "registrar", passwords).started() as registrar:
        files = client("freeswitch", tmp_path, registrar.ca_file)
        options = {"registrar": registrar.address("udp"), "context": "x-pre-process"}
        run = render("freeswitch", files.dest, records, **options)
        assert run.exit_code == 0, run.output
        with files.start() as program:
            wait_for("all are registered", lambda: program.registered() == set(USER_NAMES))
            assert registrar.registered().keys() == {name.lower() for name in USER_NAMES}  # as Kamailio stores them
            for name in USER_NAMES:
                assert "x-pre-process" in program.command(f"sofia status gateway telnyx-{name}")
        again = render("freeswitch", files.dest, records[:1], **options)
        assert again.exit_code == 0, again.output
        assert {path.name for path in files.dest.glob("*.xml")} == {"x-pre-process.xml"}
