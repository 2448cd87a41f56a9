"""Connections in the words of SIP programs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip.accounts import (
    Choices,
    accounts,
    check_choices,
    host_and_port,
)

Record = dict[str, Any]

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


def prepare(program: str, *changes: Record, passwords: Any = None, **choices: Any) -> tuple[list[Record], list[str]]:
    records = [
        {**GOOD, "id": str(number), "user_name": f"user{number}", **each} for number, each in enumerate(changes or [{}])
    ]
    return accounts(records, check_choices({"program": program, **choices}), passwords)


@pytest.mark.parametrize(
    ("program", "codecs", "dtmf"),
    [
        ("asterisk", ["opus", "g722", "ulaw"], "rfc4733"),
        ("freeswitch", ["OPUS", "G722", "PCMU"], "rfc2833"),
        ("baresip", ["opus/48000/2", "G722/16000/1", "PCMU"], None),
        ("kamailio", ["OPUS", "G722", "G711U"], None),
        ("custom", ["OPUS", "G722", "G711U"], None),
    ],
)
def test_a_connection_in_a_program_s_words(program: str, codecs: list[str], dtmf: str | None) -> None:
    (account,), _warnings = prepare(program, transport="tcp")
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
    found, _warnings = prepare("asterisk", *records, passwords={"alice": "by user", 0: "by id"})
    assert "by id" in [each["password"] for each in found]
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
        accounts([GOOD, "x"], check_choices({"program": "asterisk"}))  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("program", "word"),
    [("kamailio", "dtmf"), ("baresip", "dtmf"), ("freeswitch", "dtmf_type"), ("asterisk", "channel limits")],
)
def test_what_a_program_cannot_express_is_a_warning(program: str, word: str) -> None:
    _accounts, warnings = prepare(program, {"dtmf_type": "Inband"}, {"dtmf_type": "Inband"}, transport="tcp")
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
    choices = check_choices({"program": "asterisk", **given})
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
        check_choices({"program": "asterisk", **given})


def test_networks_may_be_a_list_or_text_with_commas() -> None:
    for nets in ("10.0.0.0/8, fc00::/7", ["10.0.0.0/8", "fc00::/7"]):
        assert check_choices({"program": "asterisk", "local_nets": nets}).local_nets == ("10.0.0.0/8", "fc00::/7")


def test_a_port_is_a_port() -> None:
    with pytest.raises(SipConfigError):
        host_and_port("registrar", "host:65536", 1)
