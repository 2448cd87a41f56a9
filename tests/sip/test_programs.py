"""The real programs register with what the role wrote, whatever the password, and are refused with a wrong one."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import re
import shlex
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip.escaping import PASSWORD_ESCAPES
from sandbox.account import make_connection
from sip.programs import Registrar, asterisk, asterisk_root, baresip, kamailio_client, wait_for

from playbooks import BIN, Run

Record = dict[str, Any]

AWKWARD = [
    "semi;colon;", "back\\slash", "\\;both\\;", ";;starts", "ends;;", "ends with\\", "double\\\\back", "a;--b--;c",
    'quote"inside', '"quoted"', '""', 'three"""quotes', "single'quote'", "`backtick`", "<angle>&amp;", "]]>cdata",
    "$${domain}", "${EXTEN}", "$dollar$", "#include x", "#hash#hash", "//slashes//", "col:on:col", "::colons::",
    "percent%20%", "equals=equals=", "=starts", ">starts=>", "=>arrow", "[section]", "{{ jinja }}", "{% raw %}",
    "{# note #}", "comma,comma", "at@sign", "plus+minus-", "star*star", "question?", "exclaim!!", "tilde~caret^",
    "pipe|pipe", "paren()thesis", "brace{}brace", "under_score", "dot.dot.", "in side space", "two  spaces", "n\\n",
    "t\\tt", "zero\\0zero", "\\\\", "\\:", ":\\", "%s%n%d", "../../etc", "|rm -rf", "&&true", "üñïçødé",
    "пароль-пароль", "密码密码密码密码", "emoji☎phone", "NULL", "<null>", "!unsafe", "password", "yes",
    "a" * 128, "1234567890" * 12, "~!@#$%^&*()_+", "x;y z;w", "\\\"mixed\\'", "end\"",
]  # fmt: skip


# Every printable character of ASCII, and those oftener that mean something somewhere.
NOISE = "".join(map(chr, range(32, 127))) + ";\\:\"'$#{}[]<>&=, " * 3


def writable(program_name: str, password: str) -> bool:
    """Whether the program's format has a way to write it; the role refuses the others."""
    try:
        PASSWORD_ESCAPES[program_name](password)
    except SipConfigError:
        return False
    return True


def account(passwords: list[str], **fields: Any) -> list[Record]:
    """Connections with these passwords and fields that every program can be given."""
    records = []
    for index, password in enumerate(passwords):
        record = make_connection(9, index)
        record.update(
            user_name=f"trunk{index:05d}", connection_name=f"{{{{ name }}}} ;\n{index}", password=password, active=True
        )
        record.update(encrypted_media=None, dtmf_type="RFC 2833")
        record["inbound"] = {**record["inbound"], "codecs": ["G711A", "G711U"]}
        record.update(fields)
        records.append(record)
    return records


@pytest.fixture
def render(ansible: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    """Run the role with variables."""

    def run(
        program_name: str,
        dest: Path,
        records: list[Record],
        *arguments: str,
        programs: Path | None = None,
        **variables: Any,
    ) -> Run:
        """``programs``: the folder of the program's console, which a reload needs; without it none is tried."""
        variables = {**({} if programs else {"reload": ""}), **variables}
        content = {
            "sip_config_program": program_name,
            "sip_config_dest": str(dest),
            **{f"sip_config_{name}": value for name, value in variables.items()},
        }
        # As the API's answers come, and not as templates: what is in them is data.
        (tmp_path / "records.json").write_text(yaml.safe_dump({"records": records}, allow_unicode=True))
        content["sip_config_records"] = "{{ (lookup('file', 'records.json') | from_yaml).records }}"
        play = {"hosts": "localhost", "gather_facts": False, "vars": content, "roles": ["siptrunk.telnyx.sip_config"]}
        (tmp_path / "sip.yml").write_text(yaml.safe_dump([play], allow_unicode=True))
        env = {"PATH": f"{programs}:{BIN}:{os.environ['PATH']}"} if programs else None
        return ansible("ansible-playbook", "sip.yml", *arguments, env=env)

    return run


@contextlib.contextmanager
def client(program_name: str, tmp_path: Path, ca_file: Path) -> Iterator[tuple[Path, str, Callable[[], Any]]]:
    """Where a program's files go, the CA file as it sees it, and how to start it."""
    if program_name == "asterisk":
        folder = asterisk_root() / "tmp" / f"telnyx-{uuid.uuid4().hex[:8]}"
        folder.mkdir()
        shutil.copy(ca_file, folder / "ca.pem")
        try:
            yield folder, f"/tmp/{folder.name}/ca.pem", lambda: asterisk(folder)
        finally:
            shutil.rmtree(folder)
        return
    folder = tmp_path / program_name
    folder.mkdir()
    if program_name == "kamailio":
        yield folder / "telnyx", str(ca_file), lambda: kamailio_client(folder, ca_file)
    else:
        yield folder, str(ca_file), lambda: baresip(folder, ca_file)


@pytest.mark.parametrize(
    ("program_name", "transport"),
    list(itertools.product(["asterisk", "kamailio", "baresip"], ["udp", "tcp", "tls", "udp by proxy", "tls by proxy"])),
)
def test_it_registers_with_any_password_and_is_refused_with_a_wrong_one(
    program_name: str, transport: str, render: Callable[..., Run], tmp_path: Path
) -> None:
    transport, _by, proxy = transport.partition(" by ")
    thorough = transport == "udp" and not proxy
    rng = random.Random(f"{program_name}/{transport}")
    some = AWKWARD if thorough else rng.sample(AWKWARD, 8)
    noise = ["".join(rng.choices(NOISE, k=20)).strip() for _time in range(50 if thorough else 4)]
    some = [*some, *(each for each in noise if writable(program_name, each))]
    assert not thorough or len(some) >= 60
    records = account([*some, "wrong password"])
    passwords = {record["user_name"]: record["password"] for record in records}
    bad = records[-1]["user_name"]
    passwords[bad] = "right password"
    with (
        Registrar(tmp_path / "registrar", passwords).started() as registrar,
        client(program_name, tmp_path, registrar.ca_file) as (dest, ca_file, start),
    ):
        # By a proxy, the registrar is Telnyx's own name, which nobody resolves here.
        place = {"outbound_proxy" if proxy else "registrar": registrar.address(transport)}
        options = {"transport": transport, "ca_file": ca_file, **place}
        run = render(program_name, dest, records, "--diff", "-vvv", **options, bind="127.0.0.1:0")
        assert run.exit_code == 0, run.output
        assert not [each for each in some if len(each) > 8 and each in run.output]
        good = set(passwords) - {bad}
        with start() as program:
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


@pytest.mark.parametrize(("program_name", "console"), [("asterisk", "asterisk"), ("kamailio", "kamcmd")])
def test_the_program_s_reload_takes_what_changed(
    program_name: str, console: str, render: Callable[..., Run], tmp_path: Path
) -> None:
    leaves, mended, comes = account(["leaves the account", "wrong password", "comes later"])
    passwords = {record["user_name"]: record["password"] for record in (leaves, mended, comes)}
    passwords[mended["user_name"]] = "right password"
    with (
        Registrar(tmp_path / "registrar", passwords).started() as registrar,
        client(program_name, tmp_path, registrar.ca_file) as (dest, _ca_file, start),
    ):
        options = {"registrar": registrar.address("udp"), "bind": "127.0.0.1:0"}
        assert render(program_name, dest, [leaves, mended], **options).exit_code == 0
        with start() as program:
            wait_for("one is registered", lambda: program.registered() == {leaves["user_name"]})
            wait_for("the other is refused", lambda: mended["user_name"] in registrar.refused())
            (tmp_path / "bin").mkdir()
            script = tmp_path / "bin" / console
            script.write_text(f'#!/bin/sh\nexec {shlex.join(program.cli)} "$@"\n')
            script.chmod(0o755)
            mended["password"] = "right password"
            run = render(program_name, dest, [mended, comes], programs=script.parent, **options)
            assert run.exit_code == 0, run.output
            assert "was not reloaded" not in run.flat()
            now = {mended["user_name"], comes["user_name"]}
            with contextlib.suppress(AssertionError):
                wait_for("what changed is registered", lambda: program.registered() == now)
            assert program.registered() == now
            assert now <= registrar.registered().keys()


@pytest.mark.parametrize("program_name", ["asterisk", "kamailio"])  # baresip 1.0, Debian's, checks no certificate
def test_over_tls_the_registrar_s_certificate_is_checked(
    program_name: str, render: Callable[..., Run], tmp_path: Path
) -> None:
    records = account(["some password"])
    passwords = {record["user_name"]: record["password"] for record in records}
    stranger = Registrar(tmp_path / "stranger", {})
    with (
        Registrar(tmp_path / "registrar", passwords).started() as registrar,
        client(program_name, tmp_path, stranger.ca_file) as (dest, ca_file, start),
    ):
        options = {"transport": "tls", "registrar": registrar.address("tls"), "ca_file": ca_file}
        run = render(program_name, dest, records, **options, bind="127.0.0.1:0")
        assert run.exit_code == 0, run.output
        with start() as program:
            time.sleep(5)  # nothing tells when a program has given up
            assert program.registered() == set()
            assert registrar.registered() == {}
            assert registrar.said("(REGISTER|REFUSED)") == []


@pytest.mark.parametrize("srtp", [False, True], ids=["plain", "srtp"])
def test_a_call_offers_the_codecs_in_their_order_and_srtp(
    srtp: bool, render: Callable[..., Run], tmp_path: Path
) -> None:
    records = account(["first password", "second password"], encrypted_media="SRTP" if srtp else None)
    records[0]["inbound"] = {"codecs": ["OPUS", "G711A", "G722", "G711U"]}
    records[1]["inbound"] = {"codecs": ["G722", "G711U"]}
    passwords = {record["user_name"]: record["password"] for record in records}
    with contextlib.ExitStack() as stack:
        registrar = stack.enter_context(Registrar(tmp_path / "registrar", passwords).started())
        phones = []
        for record in records:
            folder = tmp_path / record["user_name"]
            folder.mkdir()
            run = render("baresip", folder, [record], transport="tls", registrar=registrar.address("tls"))
            assert run.exit_code == 0, run.output
            phones.append(stack.enter_context(baresip(folder, registrar.ca_file)))
        wait_for("both are registered", lambda: len(registrar.registered()) == 2)
        phones[0].command("dial", f"sip:{records[1]['user_name']}@{registrar.address('tls')}")
        wait_for("the call arrives", lambda: "Incoming call" in phones[1].output())
        phones[1].command("accept")
        wait_for("the call is answered", lambda: len(registrar.invites()) == 2)
        offer, answer = registrar.invites()
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
