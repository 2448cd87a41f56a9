"""The real programs register with the rendered files, whatever the password, and not with a wrong password."""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sip.clients import client
from sip.passwords import AWKWARD, NOISE, is_representable
from sip.processes import HOST, free_port, wait_for
from sip.records import connections
from sip.registrar import Registrar

from playbooks import Run

TRANSPORTS = ["udp", "tcp", "tls", "udp by proxy", "tls by proxy"]


@pytest.mark.parametrize("program_name", ["asterisk", "freeswitch", "kamailio", "baresip"])
def test_program_registers_with_any_password_and_not_with_a_wrong_one(
    program_name: str, render_all: Callable[..., Run], tmp_path: Path
) -> None:
    """One instance of the program for each transport, all at once; one more trusts another CA."""
    rng = random.Random(program_name)
    records, passwords = {}, {}
    for number, transport in enumerate(TRANSPORTS):
        noise = ["".join(rng.choices(NOISE, k=20)).strip() for _time in range(4 if number else 50)]
        some = [*(rng.sample(AWKWARD, 8) if number else AWKWARD), *noise]
        some = [each for each in some if is_representable(program_name, each)]
        assert number or len(some) >= 60
        records[transport] = connections([*some, "wrong password"], f"trunk{number}")
        passwords.update({record["user_name"]: record["password"] for record in records[transport]})
        passwords[records[transport][-1]["user_name"]] = "right password"
    distrusting = connections(["some password"], "distrust")
    passwords[distrusting[0]["user_name"]] = "some password"
    other = Registrar(tmp_path / "other", {})
    with contextlib.ExitStack() as stack:
        registrar = stack.enter_context(Registrar(tmp_path / "registrar", passwords).started())
        programs, configurations = {}, {}
        for name in [*TRANSPORTS, "distrust"]:
            (tmp_path / name).mkdir()
            ca_file = other.ca_file if name == "distrust" else registrar.ca_file
            programs[name] = client(program_name, tmp_path / name, ca_file)
            transport, _by, proxy = name.partition(" by ")
            transport = "tls" if name == "distrust" else transport
            # With a proxy, the registrar is Telnyx's own name, which is not resolved here.
            configurations[programs[name].dest] = {
                "records": records.get(name, distrusting),
                "transport": transport,
                "ca_file": str(ca_file),
                "outbound_proxy" if proxy else "registrar": registrar.address(transport),
                "bind": f"{HOST}:{free_port()}",
            }
        run = render_all(program_name, configurations, "--diff", "-vvv")
        assert run.exit_code == 0, run.output
        assert not [each for each in passwords.values() if len(each) > 8 and each in run.output]
        running = {name: stack.enter_context(files.start()) for name, files in programs.items()}
        for name, some_records in records.items():
            check(program_name, running[name], registrar, name, some_records)
        if program_name != "baresip":  # baresip 1.0, Debian's, checks no certificate
            user = distrusting[0]["user_name"]
            assert running["distrust"].registered() == set()
            assert user not in registrar.registered()
            assert user not in registrar.refused()


def check(name: str, program: Any, registrar: Registrar, transport: str, records: list[dict[str, Any]]) -> None:
    """Check that a program has registered all of its accounts but the last one, by the transport."""
    *good, bad = (record["user_name"] for record in records)
    with contextlib.suppress(AssertionError):
        wait_for("all are registered", lambda: set(good) <= program.registered(), 60)
    assert sorted(set(good) - program.registered()) == []
    assert sorted(set(good) - registrar.registered().keys()) == []
    wait_for("the wrong password is refused", lambda: bad in registrar.refused())
    assert bad not in program.registered()
    assert bad not in registrar.registered()
    if name == "asterisk":
        endpoint = program.command(f"pjsip show endpoint telnyx-{good[0]}")
        assert re.search(r"allow +: \(alaw\|ulaw\)", endpoint), endpoint
        assert re.search(r"dtmf_mode +: rfc4733", endpoint)
    protocol = transport.partition(" ")[0]
    if protocol != "udp":
        contacts = registrar.registered()
        assert all(f"transport={protocol}" in contacts[user].lower() for user in good)
