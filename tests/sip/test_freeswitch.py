"""A real FreeSWITCH, where one is installed: user names, IPv6, and the number that a call is for."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from sip.clients import client
from sip.processes import HOST, wait_for
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


@pytest.mark.parametrize("setting", ["registrar", "outbound_proxy"])
def test_registrar_or_proxy_with_an_ipv6_address(setting: str, render: Callable[..., Run], tmp_path: Path) -> None:
    good, bad = connections(["some password", "wrong password"])
    passwords = {good["user_name"]: "some password", bad["user_name"]: "right password"}
    with Registrar(tmp_path / "registrar", passwords, host="[::1]").started() as registrar:
        files = client("freeswitch", tmp_path, registrar.ca_file, address="::1")
        run = render("freeswitch", files.dest, [good, bad], **{setting: registrar.address("udp")})
        assert run.exit_code == 0, run.output
        with files.start() as program:
            wait_for("one is registered", lambda: program.registered() == {good["user_name"]})
            wait_for("the other is refused", lambda: bad["user_name"] in registrar.refused())


def test_call_has_the_dialled_number_and_the_variables(render: Callable[..., Run], tmp_path: Path) -> None:
    records = connections(["some password"])
    records[0]["inbound"]["channel_limit"] = 7
    user = records[0]["user_name"]
    with Registrar(tmp_path / "registrar", {user: "some password"}).started() as registrar:
        files = client("freeswitch", tmp_path, registrar.ca_file)
        assert render("freeswitch", files.dest, records, registrar=registrar.address("udp")).exit_code == 0
        with files.start() as program:
            wait_for("it is registered", program.registered)
            invite(program.port, f"sip:+493012345@127.0.0.1:{program.port};gw=telnyx-{user}")
            wait_for("the call arrives", lambda: "CALLED" in program.log.read_text())
            assert "CALLED +493012345 LIMIT 7" in program.log.read_text()


def invite(port: int, uri: str) -> None:
    """Send an INVITE to a port of this machine over UDP; nothing answers it."""
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.bind((HOST, 0))
        own = "{}:{}".format(*sender.getsockname())
        body = (
            f"v=0\r\no=- 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\n"
            "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        )
        head = (
            f"INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK-1\r\nMax-Forwards: 70\r\n"
            f"From: <sip:+4930@{own}>;tag=1\r\nTo: <{uri}>\r\nCall-ID: 1@{own}\r\nCSeq: 1 INVITE\r\n"
            f"Contact: <sip:+4930@{own}>\r\nContent-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        sender.sendto((head + body).encode(), (HOST, port))
