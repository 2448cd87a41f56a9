"""Connections in the terms of SIP programs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.accounts import Accounts, SipAccount, accounts
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.settings import SipSettings, read_settings

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


def settings_of(program: str, **settings: Any) -> SipSettings:
    checked, problems = read_settings({"program": program, **settings})
    assert problems == []
    return checked


def found(
    program: str,
    *changes: Record,
    passwords: Any = None,
    by_connection: Any = None,
    skip: bool = False,
    **settings: Any,
) -> Accounts:
    """What is found for connections that differ from a good one by these fields."""
    records = [
        {**GOOD, "id": str(number), "user_name": f"user{number}", **fields}
        for number, fields in enumerate(changes or [{}])
    ]
    return accounts(records, settings_of(program, **settings), passwords, by_connection, skip)


def prepare(program: str, *changes: Record, passwords: Any = None, **settings: Any) -> list[SipAccount]:
    """The accounts, or an error with the problems."""
    result = found(program, *changes, passwords=passwords, **settings)
    if result.problems:
        raise SipConfigError(" ".join(result.problems))
    return result.accounts


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
def test_account_is_in_the_terms_of_its_program(program: str, codecs: list[str], dtmf: str | None) -> None:
    (account,) = prepare(program, transport="tcp")
    assert account["codecs"] == codecs
    assert account["video_codecs"] == []
    assert account["dtmf"] == dtmf
    assert account["name"] == "Berlin-PBX"
    assert account["number_formats"] == {"ani": "+E.164", "dnis": None}
    assert (account["inbound_limit"], account["outbound_limit"], account["caller_id"]) == (10, None, "+15125550100")


@pytest.mark.parametrize(
    ("program", "transport", "codecs", "audio", "video", "warning"),
    [
        ("baresip", "tcp", ["H.264", "G722"], ["G722/16000/1"], ["H264"], ""),
        ("asterisk", "tcp", ["H.264", "G722"], ["h264", "g722"], [], ""),
        ("asterisk", "udp", ["OPUS", "G722"], ["g722"], [], "OPUS (over TCP and TLS only) is left out."),
        ("asterisk", "tcp", ["AMR", "G722"], ["g722"], [], "asterisk does not support AMR, which is left out."),
    ],
)
def test_codecs_that_are_video_or_not_usable(
    program: str, transport: str, codecs: list[str], audio: list[str], video: list[str], warning: str
) -> None:
    result = found(program, {"inbound": {"codecs": codecs}}, transport=transport)
    assert (result.accounts[0]["codecs"], result.accounts[0]["video_codecs"]) == (audio, video)
    warnings = [text for name, text in result.warnings if name == "codecs"]
    assert warnings == ([f"Berlin; PBX: {warning}"] if warning else [])


@pytest.mark.parametrize(
    ("fields", "settings", "message"),
    [
        ({"encrypted_media": "SRTP"}, {"transport": "tcp"}, "SRTP needs TLS"),
        ({"encrypted_media": "ZRTP"}, {"transport": "tls"}, "'ZRTP' is unknown"),
        ({"inbound": {"codecs": ["OPUS", "H.264"]}}, {}, "work over TCP and TLS only"),
        ({"inbound": {"codecs": []}}, {}, "it has no codec"),
        ({"inbound": {"codecs": ["AMR-WB"]}}, {}, "asterisk supports none of its codecs"),
        ({"inbound": None}, {}, "it has no codec"),
        ({"password": "********"}, {}, "its password is masked"),
        ({"password": None}, {}, "its password is absent"),
        ({"password": None, "password_status": "absent"}, {}, "its password is absent"),
        ({"password": None, "password_status": "available"}, {}, "its record has no password, as in a snapshot file"),
        ({"password": "a\nb"}, {}, "cannot represent"),
        ({"password": ["in a list"]}, {}, "its password is not text"),
        ({"password": True}, {}, "its password is not text"),
        ({"password": 21913025}, {}, "its password is a number"),
        ({"active": "false"}, {}, "neither true nor false"),
        ({"inbound": {"codecs": [["G722"]]}}, {}, "its codecs are not all text"),
        ({"dtmf_type": ["x"]}, {}, "its dtmf_type is not text"),
        ({"user_name": "x]\n[evil"}, {}, "not a SIP user name"),
        ({"user_name": "../up"}, {}, "not a SIP user name"),
        ({"dtmf_type": "Morse"}, {}, "is not known for asterisk"),
        ({"outbound": {"ani_override": "1;x=y"}}, {}, "not a telephone number"),
        (
            {"inbound": {"codecs": ["G722"], "channel_limit": "1\nx"}},
            {},
            "inbound channel limit must be a whole number",
        ),
    ],
    ids=str,
)
def test_connection_that_cannot_work_is_an_error(fields: Record, settings: Record, message: str) -> None:
    with pytest.raises(SipConfigError, match=message):
        prepare("asterisk", fields, **settings)


def test_gateway_of_freeswitch_has_no_plus_in_its_name() -> None:
    for program, user in (("asterisk", "a+b"), ("freeswitch", "x-pre-process"), ("freeswitch", "a_b.c-d")):
        assert prepare(program, {"user_name": user})[0]["user_name"] == user
    with pytest.raises(SipConfigError, match=r"Berlin.*FreeSWITCH does not load a gateway .* 'telnyx-a\+b'"):
        prepare("freeswitch", {"user_name": "a+b"})


@pytest.mark.parametrize(("dtmf_type", "dtmf"), [("Inband", "none"), ("SIP INFO", "info"), (None, None)])
def test_dtmf_types_of_freeswitch(dtmf_type: str | None, dtmf: str | None) -> None:
    assert prepare("freeswitch", {"dtmf_type": dtmf_type})[0]["dtmf"] == dtmf


def test_error_names_the_problems_of_all_connections_and_the_variables() -> None:
    fields: list[Record] = [{"password": "****"}, {}, {"inbound": {"codecs": []}}, {"encrypted_media": "SRTP"}]
    with pytest.raises(SipConfigError, match=r"masked.*sip_config_passwords.*no codec.*SRTP.*sip_config_transport"):
        prepare("asterisk", *fields)


def test_repeated_user_name_is_an_error_and_repeated_record_is_not() -> None:
    with pytest.raises(SipConfigError, match="another connection has the same user name"):
        prepare("asterisk", {"user_name": "same"}, {"user_name": "same"})
    assert len(prepare("asterisk", {"id": "7"}, {"id": 7})) == 1
    assert len(prepare("asterisk", {"id": None}, {"id": None})) == 2


def test_inactive_connection_is_left_out_and_needs_no_password() -> None:
    result = found("baresip", {"active": False, "password": None}, {})
    assert [account["user_name"] for account in result.accounts] == ["user1"]
    assert ("inactive", "Berlin; PBX: it is inactive and is left out.") in result.warnings


@pytest.mark.parametrize("key", ["0", "user0", "Berlin; PBX\n"])
@pytest.mark.parametrize("live", ["********", None, "the live one"])
def test_given_password_takes_precedence(key: str, live: Any) -> None:
    (account,) = prepare("asterisk", {"password": live}, passwords={key: "given"})
    assert account["password"] == "given"


RECORDS = ({"user_name": "alice"}, {"connection_name": "alice", "user_name": "bobby", "password": "bobby's"})


@pytest.mark.parametrize(
    ("passwords", "expected"),
    [
        ({"alice": "given"}, "given"),
        ({"alice": "by user", "0": "by id", "nobody": "x"}, "by id"),
        ({"0": "by id", "alice": "by user"}, "by id"),
        ({"alice": "given", "0": None}, "given"),
    ],
)
def test_key_of_passwords_is_an_id_else_a_user_name_else_a_name(passwords: Record, expected: str) -> None:
    some = prepare("asterisk", *RECORDS, passwords=passwords)
    assert {account["user_name"]: account["password"] for account in some} == {"alice": expected, "bobby": "bobby's"}


def test_given_passwords_that_are_ambiguous_masked_or_no_dictionary_are_an_error() -> None:
    with pytest.raises(SipConfigError, match="must be a dictionary"):
        prepare("asterisk", *RECORDS, passwords="alice=x")
    with pytest.raises(SipConfigError, match="its password is masked"):
        prepare("asterisk", {}, passwords={"user0": "********"})
    with pytest.raises(SipConfigError, match=r"matches several connections: 0, 1\. Use their ids"):
        prepare("asterisk", {"connection_name": "same"}, {"connection_name": "same"}, passwords={"same": "x"})


def test_record_that_is_not_a_dictionary_is_an_error() -> None:
    result = accounts([GOOD, "x"], settings_of("asterisk"))  # type: ignore[list-item]
    assert result.problems == ["Record 2 is not a dictionary of a connection's fields."]


@pytest.mark.parametrize(
    ("program", "names"),
    [
        ("kamailio", {"channel_limits", "caller_id"}),
        ("baresip", {"dtmf", "channel_limits", "caller_id"}),
        ("freeswitch", {"channel_limits", "caller_id"}),
        ("asterisk", {"channel_limits"}),
        ("custom", set()),
    ],
)
def test_warnings_have_names_and_come_only_from_the_account(program: str, names: set[str]) -> None:
    fields = {"dtmf_type": "Inband"}
    settings: dict[str, Any] = {
        "ca_file": "/ca.pem",
        "external_address": "192.0.2.1",
        "context": "mine",
        "transport": "tcp",
    }
    assert {name for name, _text in found(program, fields, fields, **settings).warnings} == names
    plain = {"inbound": {"codecs": ["G722"]}, "outbound": {}}
    assert found(program, plain, **settings).warnings == []


def test_warning_names_one_connection_and_how_many_more() -> None:
    changes = [{"connection_name": name} for name in ("Rome", "Oslo", "Bonn")]
    (warning,) = [text for name, text in found("asterisk", *changes).warnings if name == "channel_limits"]
    assert warning.startswith("Rome and 2 more: the channel limits are set as the variables")


def test_unsupported_connection_is_skipped_and_other_mistakes_are_not() -> None:
    new_codec: Record = {"inbound": {"codecs": ["AMR-WB"]}, "connection_name": "New"}
    result = found("asterisk", new_codec, {}, {"dtmf_type": "Morse"}, skip=True, transport="tcp")
    assert [account["user_name"] for account in result.accounts] == ["user1"]
    assert result.skipped == ["user0", "user2"]
    assert result.problems == []
    texts = [text for name, text in result.warnings if name == "skipped"]
    assert texts[0] == (
        "New: asterisk supports none of its codecs (AMR-WB). The connection is skipped; what is configured for it stays as it is."
    )
    assert "masked" in found("asterisk", {"password": "****"}, skip=True).problems[0]
    assert found("asterisk", new_codec).skipped == []


@pytest.mark.parametrize(
    ("pattern", "fields", "expected"),
    [
        ("telnyx-{user_name}", {}, "telnyx-user0"),
        ("telnyx", {}, "telnyx"),
        ("{connection_name}", {"connection_name": "Berlin  PBX; [x]\nß"}, "Berlin-PBX-x"),
        ("t.{id}_x", {}, "t.0_x"),
    ],
)
def test_section_is_named_by_the_pattern(pattern: str, fields: Record, expected: str) -> None:
    (account,) = prepare("asterisk", fields, name=pattern)
    assert account["section"] == expected


@pytest.mark.parametrize(
    ("pattern", "fields", "message"),
    [
        ("telnyx", {}, "user0 is called telnyx, too|Berlin; PBX is called telnyx, too"),
        ("{usre_name}", {}, "it has no text in the field usre_name, which sip_config_name has"),
        ("{outbound}", {}, "it has no text in the field outbound"),
        ("{connection_name}", {"connection_name": "ß"}, "is no name of a section"),
    ],
)
def test_name_that_is_impossible_or_not_unique_is_an_error(pattern: str, fields: Record, message: str) -> None:
    with pytest.raises(SipConfigError, match=message):
        prepare("asterisk", fields, fields, name=pattern)


def test_parameters_of_one_connection_take_precedence() -> None:
    general = {"endpoint": {"language": "en", "tos_audio": "ef"}}
    own = {"user0": {"endpoint": {"language": "de"}}, "elsewhere": {"endpoint": {"language": "fr"}}}
    result = found("asterisk", {}, {}, by_connection=own, extra=general)
    assert [account["extra"]["endpoint"]["language"] for account in result.accounts] == [["de"], ["en"]]
    assert [account["extra"]["endpoint"]["tos_audio"] for account in result.accounts] == [["ef"], ["ef"]]
    result = found("asterisk", by_connection={"user0": {"endpont": {}}})
    assert "sip_config_extra_by_connection: user0: asterisk has the sections" in result.problems[0]


def test_line_that_baresip_would_truncate_is_an_error() -> None:
    with pytest.raises(SipConfigError, match=r"Berlin; PBX: its line has \d+ bytes, and baresip truncates it to 511"):
        prepare("baresip", {"password": "密" * 128})
