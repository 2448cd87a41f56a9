"""Values in the files of SIP programs, and connections in their words."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils.errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.module_utils.sip import Choices, accounts, check_choices, host_and_port
from ansible_collections.siptrunk.telnyx.plugins.module_utils.sip_text import (
    MARK,
    PASSWORDS,
    asterisk_value,
    baresip_value,
    comment_text,
    freeswitch_password,
    freeswitch_value,
    is_ours,
    kamailio_value,
    without_passwords,
)
from hypothesis import assume, example, given
from hypothesis import strategies as st

Record = dict[str, Any]
SPECIAL = ";\\:\"'$#{}[]<>&=, \tab1é"
TEXT = st.one_of(st.text(SPECIAL, min_size=1, max_size=12), st.text(min_size=1, max_size=20))


def written(target: str, value: str) -> str:
    try:
        return PASSWORDS[target](value)
    except SipConfigError as error:
        assume(value not in str(error) or len(value) < 4)
        assume(False)
        raise


# Models of the programs' own parsers, after their sources; tests/sip asks the programs themselves.


def asterisk_reads(line: str) -> str:
    text, place = "", 0
    while place < len(line):
        if line[place] == ";":
            if text.endswith("\\"):
                text = text[:-1] + ";"
            else:
                break
        else:
            text += line[place]
        place += 1
    return text.partition("=")[2].strip(" \t")


@given(TEXT)
def test_asterisk_reads_the_value(value: str) -> None:
    assert asterisk_reads(f"password = {written('asterisk', value)}") == value


@given(TEXT)
def test_freeswitch_reads_the_value(value: str) -> None:
    text = written("freeswitch", value)
    assert not re.search(r"[$#](?!\d)|[<>\"']", text.replace("&#", ""))
    assert ElementTree.fromstring(f'<param value="{text}"/>').get("value") == value


@given(TEXT, TEXT)
def test_kamailio_reads_the_fields(value: str, other: str) -> None:
    row = f"{written('kamailio', value)}:{written('kamailio', other)}"
    fields = re.findall(r"((?:\\.|[^:\\\n])+)(?::|$)", row, re.DOTALL)
    assert [re.sub(r"\\(.)", r"\1", field) for field in fields] == [value, other]


def baresip_reads(line: str, name: str) -> str | None:
    """The library re's match of a parameter, as in its re_regex."""
    start = re.search(rf";[ \t\r\n]*{name}[ \t\r\n]*=[ \t\r\n]*", line)
    if not start:
        return None
    rest, quote, skip, taken = line[start.end() :], False, False, ""
    for char in rest:
        if skip:
            skip = False
        elif char == "\\":
            skip = True
        elif char == '"':
            quote = not quote
        elif not quote and char in " \t\r\n;":
            break
        taken += char
    return taken[1:-1] if len(taken) > 1 and taken[0] == taken[-1] == '"' else taken


@given(TEXT)
@example(";é=")
def test_baresip_reads_the_value_and_nothing_else(value: str) -> None:
    line = f"<sip:user@host>;regint=300;auth_pass={written('baresip', value)}"
    assert baresip_reads(line, "auth_pass") == value
    assert baresip_reads(line, "[a-z0-9_]+") == "300"
    assert len(re.findall(r";[ \t]*\w+[ \t]*=", line, re.ASCII)) == 2


@pytest.mark.parametrize("target", sorted(PASSWORDS))
@pytest.mark.parametrize("value", ["two\nlines", "two\rlines", "nul\0", "bell\a", "\u2029", "half\ud800"])
def test_control_characters_are_refused_everywhere(target: str, value: str) -> None:
    with pytest.raises(SipConfigError, match="cannot carry") as caught:
        PASSWORDS[target](value)
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (asterisk_value, " starts with a space"),
        (asterisk_value, "ends with a space "),
        (asterisk_value, "x" * 4001),
        (kamailio_value, ""),
        (freeswitch_value, "\ufffe"),
        (freeswitch_password, "col:on"),
        (freeswitch_password, "ü" * 76),
        (baresip_value, "x;regint=0"),
        (baresip_value, "x; sipnat = outbound"),
        (baresip_value, '; " ;'),
    ],
)
def test_what_a_format_cannot_carry_is_an_error(function: Any, value: str) -> None:
    with pytest.raises(SipConfigError, match="cannot carry"):
        function(value)


@given(st.text())
def test_a_comment_cannot_end_its_line_or_itself(value: str) -> None:
    text = comment_text(value)
    assert not re.search(r"[\n\r;#$<>&{}:\\\"]|--", text)
    ElementTree.fromstring(f"<a><!-- {text} --></a>")


LINES = {
    "asterisk": "[telnyx-{1}]\noutbound_auth/password = {0}",
    "freeswitch": '    <param name="password" value="{0}"/>',
    "kamailio": "12:{1}:{1}:example.com:{1}:example.com::{1}:{0}::sip\\:x:300:0:0::",
    "baresip": "<sip:{1}@h>;regint=300;auth_pass={0}",
}


@pytest.mark.parametrize("target", LINES)
@given(st.text(SPECIAL, min_size=4, max_size=20))
def test_a_diff_shows_no_password(target: str, value: str) -> None:
    secret = "c4n4ry" + value
    text = f"first\n{LINES[target].format(written(target, secret), 'alice')}\nlast\n"
    shown = without_passwords(target, text, text)
    assert "c4n4ry" not in shown
    assert "(hidden)" in shown
    changed = without_passwords(target, text, text.replace("c4n4ry", "0ther"))
    assert "(hidden, new)" in changed
    assert "c4n4ry" not in changed


@pytest.mark.parametrize("target", ["asterisk", "kamailio", "baresip"])
def test_a_diff_shows_that_two_passwords_changed_places(target: str) -> None:
    one, two = (
        "\n".join(LINES[target].format(secret, user) for user, secret in (("alice", first), ("bobby", second)))
        for first, second in (("secret1", "secret2"), ("secret2", "secret1"))
    )
    assert without_passwords(target, two, one).count("(hidden, new)") == 2
    assert without_passwords(target, one.replace("12:", "13:"), one).count("(hidden, new)") == 0


WANTED = {
    "asterisk": "; MARK\n\n[telnyx-alice]\ntype = wizard\noutbound_auth/username = alice",
    "freeswitch": '<include>\n  <!-- MARK -->\n    <param name="username" value="alice"/>',
    "kamailio": "id(int,auto) l_uuid(string)",
    "baresip": "# MARK\n\n# Berlin",
}


@pytest.mark.parametrize(
    ("target", "lines"),
    [
        ("asterisk", "inbound_auth/password = c4n4ry"),
        ("asterisk", "Outbound_Auth/Password=>c4n4ry"),
        ("asterisk", "outbound_auth/password += c4n4ry"),
        ("asterisk", "auth/md5_cred = c4n4ry"),
        ("asterisk", ";c4n4ry"),
        ("freeswitch", '<param value="c4n4ry" name="password"/>'),
        ("freeswitch", "<param name='password' value='c4n4ry'/>"),
        ("freeswitch", '    <param name="password"\n      value="c4n4ry"/>'),
        ("freeswitch", '  <X-PRE-PROCESS cmd="set" data="secret=c4n4ry"/>'),
        ("kamailio", "old:c4n4ry:a:b:c:d:e"),
        ("kamailio", "c4n4ry"),
        ("baresip", "<sip:old:c4n4ry@example.com>"),
        ("baresip", "<sip:old@example.com>;auth_pass =c4n4ry"),
        ("baresip", "#<sip:a@b>;auth_pass=c4n4ry"),
        ("baresip", "# c4n4ry"),
    ],
)
def test_a_diff_shows_no_line_that_somebody_added(target: str, lines: str) -> None:
    text = f"{WANTED[target]}\n{lines}\n"
    shown = without_passwords(target, text, wanted=WANTED[target])
    assert shown == f"{WANTED[target]}\n" + "(hidden)\n" * len(lines.split("\n"))


def test_a_diff_shows_the_settings_of_a_connection_that_has_gone() -> None:
    text = "[telnyx-bob]\n; Paris\ntype = wizard\noutbound_auth/username = bob\noutbound_auth/password = c4n4ry"
    assert without_passwords("asterisk", text, wanted=WANTED["asterisk"]) == (
        "[telnyx-bob]\n(hidden)\ntype = wizard\noutbound_auth/username = bob\noutbound_auth/password = (hidden)"
    )


def test_a_file_of_others_is_not_ours() -> None:
    assert is_ours("asterisk", f"; {MARK}: x\n", "")
    assert not is_ours("baresip", "<sip:old:c4n4ry@example.com>\n", f"# {MARK}\n")
    assert is_ours("kamailio", "id(int) a(string)\n1:b\n", "id(int) a(string)\n2:c\n")
    assert not is_ours("kamailio", "id(int) b(string)\n1:b\n", "id(int) a(string)\n2:c\n")
    assert is_ours("custom", "anything", "")


def test_a_diff_of_an_unknown_format_shows_nothing() -> None:
    assert "secret" not in without_passwords("custom", "secret\n")


GOOD: Record = {
    "id": "1",
    "connection_name": "Berlin; PBX\n",
    "user_name": "berlin00001",
    "password": "pass word",
    "active": True,
    "encrypted_media": None,
    "dtmf_type": "RFC 2833",
    "inbound": {"codecs": ["OPUS", "G722", "G711U"], "channel_limit": "10", "ani_number_format": "+E.164"},
    "outbound": {"ani_override": "+15125550100", "channel_limit": None},
}


def prepare(target: str, *changes: Record, passwords: Any = None, **choices: Any) -> tuple[list[Record], list[str]]:
    records = [
        {**GOOD, "id": str(number), "user_name": f"user{number}", **each} for number, each in enumerate(changes or [{}])
    ]
    return accounts(records, check_choices({"target": target, **choices}), passwords)


@pytest.mark.parametrize(
    ("target", "codecs", "dtmf"),
    [
        ("asterisk", ["opus", "g722", "ulaw"], "rfc4733"),
        ("freeswitch", ["OPUS", "G722", "PCMU"], "rfc2833"),
        ("baresip", ["opus/48000/2", "G722/16000/1", "PCMU"], None),
        ("kamailio", ["OPUS", "G722", "G711U"], None),
        ("custom", ["OPUS", "G722", "G711U"], None),
    ],
)
def test_a_connection_in_a_program_s_words(target: str, codecs: list[str], dtmf: str | None) -> None:
    (account,), _warnings = prepare(target, transport="tcp")
    assert account["codecs"] == codecs
    assert account["dtmf"] == dtmf
    assert account["name"] == "Berlin-PBX"
    assert (account["inbound_limit"], account["outbound_limit"], account["caller_id"]) == (10, None, "+15125550100")


def test_what_wants_tcp_is_left_out_over_udp_with_a_warning() -> None:
    (account,), warnings = prepare("asterisk")
    assert account["codecs"] == ["g722", "ulaw"]
    assert any("OPUS works over TCP and TLS only" in each for each in warnings)


@pytest.mark.parametrize(
    ("fields", "choices", "message"),
    [
        ({"encrypted_media": "SRTP"}, {}, "SRTP needs TLS"),
        ({"encrypted_media": "SRTP"}, {"transport": "tcp"}, "SRTP needs TLS"),
        ({"encrypted_media": "ZRTP"}, {"transport": "tls"}, "known to no program"),
        ({"inbound": {"codecs": ["OPUS", "H.264"]}}, {}, "work over TCP and TLS only"),
        ({"inbound": {"codecs": []}}, {}, "it has no codec"),
        ({"inbound": {"codecs": ["AMR-WB"]}}, {}, "none of its codecs has a name in asterisk"),
        ({"inbound": None}, {}, "it has no codec"),
        ({"password": "********"}, {}, "its password is masked"),
        ({"password": None}, {}, "its password is absent"),
        ({"password": "a\nb"}, {}, "cannot carry"),
        ({"password": ["in a list"]}, {}, "its password is no text"),
        ({"password": True}, {}, "its password is no text"),
        ({"password": 21913025}, {}, "its password is a number"),
        ({"active": "false"}, {}, "neither true nor false"),
        ({"active": None}, {}, "does not say whether it is active"),
        ({"inbound": {"codecs": [["G722"]]}}, {}, "its codecs are not all text"),
        ({"dtmf_type": ["x"]}, {}, "its dtmf_type is no text"),
        ({"user_name": "x]\n[evil"}, {}, "no SIP user"),
        ({"user_name": "../up"}, {}, "no SIP user"),
        ({"dtmf_type": "Morse"}, {}, "has no name in Asterisk"),
        ({"outbound": {"ani_override": "1;x=y"}}, {}, "no telephone number"),
        ({"inbound": {"codecs": ["G722"], "channel_limit": "1\nx"}}, {}, "whole number"),
    ],
    ids=str,
)
def test_what_cannot_work_is_an_error(fields: Record, choices: Record, message: str) -> None:
    with pytest.raises(SipConfigError, match=message):
        prepare("asterisk", fields, **choices)


def test_all_that_cannot_work_is_told_at_once() -> None:
    with pytest.raises(SipConfigError, match=r"(?s)Nothing was written.*masked.*no codec"):
        prepare("asterisk", {"password": "****"}, {}, {"inbound": {"codecs": []}})


def test_two_connections_of_one_user_are_an_error_and_the_same_one_twice_is_not() -> None:
    with pytest.raises(SipConfigError, match="another connection has the same user name"):
        prepare("asterisk", {"user_name": "same"}, {"user_name": "same"})
    assert len(prepare("asterisk", {"id": "7"}, {"id": "7"})[0]) == 1


def test_an_inactive_connection_is_left_out_and_needs_no_password() -> None:
    found, warnings = prepare("baresip", {"active": False, "password": None}, {})
    assert [each["user_name"] for each in found] == ["user1"]
    assert any("inactive" in each for each in warnings)


@pytest.mark.parametrize("key", ["0", "user0", "Berlin; PBX\n"])
@pytest.mark.parametrize("live", ["********", None, "the live one"])
def test_a_given_password_goes_first(key: str, live: Any) -> None:
    (account,), _warnings = prepare("asterisk", {"password": live}, passwords={key: "given"})
    assert account["password"] == "given"


def test_a_masked_password_is_none_wherever_it_comes_from() -> None:
    with pytest.raises(SipConfigError, match="its password is masked"):
        prepare("asterisk", {}, passwords={"user0": "********"})


def test_a_key_of_the_passwords_is_one_connection_s() -> None:
    records = [{"user_name": "alice"}, {"connection_name": "alice", "user_name": "bobby", "password": "bobby's"}]
    found, _warnings = prepare("asterisk", *records, passwords={"alice": "given"})
    assert {each["user_name"]: each["password"] for each in found} == {"alice": "given", "bobby": "bobby's"}
    found, _warnings = prepare("asterisk", *records, passwords={"alice": "by user", "0": "by id", "nobody": "x"})
    assert {each["user_name"]: each["password"] for each in found} == {"alice": "by id", "bobby": "bobby's"}
    found, _warnings = prepare("asterisk", *records, passwords={"alice": "given", "0": None})
    assert {each["user_name"]: each["password"] for each in found} == {"alice": "given", "bobby": "bobby's"}
    with pytest.raises(SipConfigError, match="not a mapping"):
        prepare("asterisk", *records, passwords="alice=x")
    with pytest.raises(SipConfigError, match=r"names several connections: 0, 1\. Use their ids"):
        prepare("asterisk", {"connection_name": "same"}, {"connection_name": "same"}, passwords={"same": "x"})


def test_records_without_an_id_are_all_there() -> None:
    found, _warnings = prepare("asterisk", {"id": None}, {"id": None})
    assert [each["user_name"] for each in found] == ["user0", "user1"]
    with pytest.raises(SipConfigError, match="Record 2 is not a mapping"):
        accounts([GOOD, "x"], check_choices({"target": "asterisk"}))  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("target", "word"),
    [("kamailio", "dtmf"), ("baresip", "dtmf"), ("freeswitch", "dtmf_type"), ("asterisk", "channel limits")],
)
def test_what_a_program_cannot_express_is_a_warning(target: str, word: str) -> None:
    _accounts, warnings = prepare(target, {"dtmf_type": "Inband"}, {"dtmf_type": "Inband"}, transport="tcp")
    assert any(word in each for each in warnings)
    assert len(warnings) <= 8


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("sip.telnyx.com", 5060)),
        ({"region": "eu", "transport": "tls"}, ("sip.telnyx.eu", 5061)),
        ({"region": "eu", "registrar": "pbx.example.com:5070"}, ("pbx.example.com", 5070)),
        ({"registrar": "[2001:db8::1]:5070"}, ("[2001:db8::1]", 5070)),
    ],
)
def test_the_registrar(given: Record, expected: tuple[str, int]) -> None:
    choices = check_choices({"target": "asterisk", **given})
    assert (choices.registrar, choices.port) == expected
    assert choices.expiry == Choices.expiry
    assert choices.authority == (f"{expected[0]}:{expected[1]}" if "registrar" in given else expected[0])
    assert choices.bind == ("[::]:5160" if "[" in expected[0] else "0.0.0.0:5160")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"transport": "sctp"}, "transport"),
        ({"region": "mars"}, "region"),
        ({"registrar": "a b"}, "registrar"),
        ({"registrar": "host:0"}, "registrar"),
        ({"registrar": "host;x=y"}, "registrar"),
        ({"outbound_proxy": "host\n"}, "outbound_proxy"),
        ({"expiry": 5}, "expiry"),
        ({"context": "a]\n[b"}, "context"),
        ({"external_address": "1.2.3.4;x"}, "external_address"),
        ({"local_nets": ["10.0.0.0/8", "x y"]}, "local_nets"),
        ({"local_nets": ["10.0.0.0/99"]}, "local_nets"),
        ({"local_nets": ["fe80::%x\n\n[evil]\ntype = transport\n; /64"]}, "local_nets"),
        ({"registrar": "2001:db8::1"}, r"stands in \[ \]"),
        ({"registrar": "[:::]"}, "registrar"),
        ({"local_nets": "10.0.0.0/8 172.16.0.0/12"}, "local_nets"),
        ({"bind": "0.0.0.0\n"}, "bind"),
        ({"bind": "foo"}, "bind"),
        ({"bind": "0.0.0.0:65536"}, "bind"),
        ({"registrar": "[::1]", "bind": "0.0.0.0:5160"}, "nothing reaches"),
        ({"ca_file": "ca.pem"}, "absolute path"),
        ({"ca_file": "/a\nb"}, "ca_file"),
    ],
)
def test_choices_that_cannot_be(given: Record, message: str) -> None:
    with pytest.raises(SipConfigError, match=message):
        check_choices({"target": "asterisk", **given})


def test_networks_may_be_a_list_or_text_with_commas() -> None:
    for nets in ("10.0.0.0/8, fc00::/7", ["10.0.0.0/8", "fc00::/7"]):
        assert check_choices({"target": "asterisk", "local_nets": nets}).local_nets == ("10.0.0.0/8", "fc00::/7")


def test_a_port_is_a_port() -> None:
    with pytest.raises(SipConfigError):
        host_and_port("registrar", "host:65536", 1)
