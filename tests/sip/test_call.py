"""Two real baresip call each other with the rendered files."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from sip.clients import baresip
from sip.processes import wait_for
from sip.records import connections
from sip.registrar import Registrar

from playbooks import Run


@pytest.mark.parametrize("srtp", [False, True], ids=["plain", "srtp"])
def test_call_offers_the_codecs_in_their_order_and_srtp(
    srtp: bool, render_all: Callable[..., Run], tmp_path: Path
) -> None:
    records = connections(["first password", "second password"], encrypted_media="SRTP" if srtp else None)
    records[0]["inbound"] = {"codecs": ["OPUS", "G711A", "G722", "G711U"]}
    records[1]["inbound"] = {"codecs": ["G722", "G711U"]}
    passwords = {record["user_name"]: record["password"] for record in records}
    with contextlib.ExitStack() as stack:
        registrar = stack.enter_context(Registrar(tmp_path / "registrar", passwords).started())
        folders = {tmp_path / record["user_name"]: record for record in records}
        options = {"transport": "tls", "registrar": registrar.address("tls")}
        run = render_all("baresip", {folder: {"records": [record], **options} for folder, record in folders.items()})
        assert run.exit_code == 0, run.output
        phones = [stack.enter_context(baresip(folder, registrar.ca_file)) for folder in folders]
        wait_for("both are registered", lambda: len(registrar.registered()) == 2)
        phones[0].command("dial", f"sip:{records[1]['user_name']}@{registrar.address('tls')}")
        wait_for("the call arrives", lambda: "Incoming call" in phones[1].output())
        phones[1].command("accept")
        wait_for("the call is answered", lambda: len(registrar.session_descriptions()) == 2)
        offer, answer = registrar.session_descriptions()
        for text, names in ((offer, ["opus", "PCMA", "G722", "PCMU"]), (answer, ["G722", "PCMU"])):
            (media,) = [line for line in text.splitlines() if line.startswith("m=audio")]
            assert ("RTP/SAVP" in media) is srtp
            assert ("a=crypto:" in text) is srtp
            numbers = media.split()[3:]
            known = {"0": "PCMU", "8": "PCMA", "9": "G722"}
            for line in text.splitlines():
                if line.startswith("a=rtpmap:"):
                    number, name = line.removeprefix("a=rtpmap:").split(" ")
                    known[number] = name.split("/")[0]
            assert [known[number] for number in numbers if known[number] != "telephone-event"] == names
