"""The real programs register with the rendered files, whatever the password, and not with a wrong password."""

from __future__ import annotations

import contextlib
import itertools
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sip.clients import client
from sip.passwords import AWKWARD, NOISE, is_representable
from sip.processes import HOST, free_port, wait_for
from sip.records import connections
from sip.registrar import Registrar

from playbooks import Run


@pytest.mark.parametrize(
    ("program_name", "transport"),
    list(
        itertools.product(
            ["asterisk", "freeswitch", "kamailio", "baresip"], ["udp", "tcp", "tls", "udp by proxy", "tls by proxy"]
        )
    ),
)
def test_program_registers_with_any_password_and_not_with_a_wrong_one(
    program_name: str, transport: str, render: Callable[..., Run], tmp_path: Path
) -> None:
    transport, _by, proxy = transport.partition(" by ")
    is_thorough = transport == "udp" and not proxy
    rng = random.Random(f"{program_name}/{transport}")
    some = AWKWARD if is_thorough else rng.sample(AWKWARD, 8)
    noise = ["".join(rng.choices(NOISE, k=20)).strip() for _time in range(50 if is_thorough else 4)]
    some = [each for each in [*some, *noise] if is_representable(program_name, each)]
    assert not is_thorough or len(some) >= 60
    records = connections([*some, "wrong password"])
    passwords = {record["user_name"]: record["password"] for record in records}
    bad = records[-1]["user_name"]
    passwords[bad] = "right password"
    with Registrar(tmp_path / "registrar", passwords).started() as registrar:
        files = client(program_name, tmp_path, registrar.ca_file)
        # With a proxy, the registrar is Telnyx's own name, which is not resolved here.
        server = {"outbound_proxy" if proxy else "registrar": registrar.address(transport)}
        options = {"transport": transport, "ca_file": str(registrar.ca_file), **server}
        run = render(program_name, files.dest, records, "--diff", "-vvv", **options, bind=f"{HOST}:{free_port()}")
        assert run.exit_code == 0, run.output
        assert not [each for each in some if len(each) > 8 and each in run.output]
        good = set(passwords) - {bad}
        with files.start() as program:
            with contextlib.suppress(AssertionError):
                wait_for("all are registered", lambda: good <= program.registered(), 60)
            assert sorted(good - program.registered()) == []
            assert sorted(good - registrar.registered().keys()) == []
            wait_for("the wrong password is refused", lambda: bad in registrar.refused())
            assert bad not in program.registered()
            if program_name == "asterisk":
                endpoint = program.command(f"pjsip show endpoint telnyx-{records[0]['user_name']}")
                assert re.search(r"allow +: \(alaw\|ulaw\)", endpoint), endpoint
                assert re.search(r"dtmf_mode +: rfc4733", endpoint)
            assert bad not in registrar.registered()
            if transport != "udp":
                assert all(f"transport={transport}" in contact.lower() for contact in registrar.registered().values())


@pytest.mark.parametrize("program_name", ["asterisk", "kamailio"])  # baresip 1.0, Debian's, checks no certificate
def test_registrar_s_certificate_is_verified_over_tls(
    program_name: str, render: Callable[..., Run], tmp_path: Path
) -> None:
    records = connections(["some password"])
    passwords = {record["user_name"]: record["password"] for record in records}
    other = Registrar(tmp_path / "other", {})
    with Registrar(tmp_path / "registrar", passwords).started() as registrar:
        files = client(program_name, tmp_path, other.ca_file)
        options = {"transport": "tls", "registrar": registrar.address("tls"), "ca_file": str(other.ca_file)}
        run = render(program_name, files.dest, records, **options, bind=f"{HOST}:{free_port()}")
        assert run.exit_code == 0, run.output
        with files.start() as program:
            time.sleep(5)  # no event shows that a program has given up
            assert program.registered() == set()
            assert registrar.registered() == {}
            assert registrar.log_matches("(REGISTER|REFUSED)") == []
