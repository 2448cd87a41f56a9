"""Settings of SIP programs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.settings import SipSettings, read_settings


def read(**given: Any) -> tuple[SipSettings, list[str]]:
    return read_settings({"program": "asterisk", **given})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("sip.telnyx.com", 5060)),
        ({"region": None, "registrar": "", "transport": None}, ("sip.telnyx.com", 5060)),
        ({"region": "eu", "transport": "tls"}, ("sip.telnyx.eu", 5061)),
        ({"transport": "tls", "registrar": "pbx.example.com"}, ("pbx.example.com", 5061)),
        ({"region": "eu", "registrar": "pbx.example.com:5070"}, ("pbx.example.com", 5070)),
        ({"registrar": "[2001:db8::1]:5070"}, ("[2001:db8::1]", 5070)),
    ],
)
def test_registrar_is_the_given_one_else_that_of_the_region(given: dict[str, Any], expected: tuple[str, int]) -> None:
    settings, problems = read(**given)
    assert problems == []
    assert (settings.registrar, settings.port) == expected
    assert settings.expiry == SipSettings.expiry
    assert settings.authority == (f"{expected[0]}:{expected[1]}" if expected[1] == 5070 else expected[0])
    assert settings.bind == ("[::]:5160" if "[" in expected[0] else "0.0.0.0:5160")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"transport": "sctp"}, "transport: must be one of udp, tcp, tls"),
        ({"region": "mars"}, "region: must be one of us, eu"),
        ({"registrar": "a b"}, "registrar"),
        ({"registrar": "host:0"}, "registrar"),
        ({"registrar": "host;x=y"}, "registrar"),
        ({"outbound_proxy": "host\n"}, "outbound_proxy"),
        ({"expiry": 5}, "expiry: must be a whole number from 60 to 86400"),
        ({"context": "a]\n[b"}, "context"),
        ({"external_address": "1.2.3.4;x"}, "external_address"),
        ({"local_nets": ["10.0.0.0/99"]}, "local_nets"),
        ({"local_nets": ["fe80::%x\n\n[evil]\ntype = transport\n; /64"]}, "local_nets"),
        ({"registrar": "2001:db8::1"}, "in brackets"),
        ({"registrar": "[:::]"}, "registrar"),
        ({"local_nets": "10.0.0.0/8 172.16.0.0/12"}, "local_nets"),
        ({"bind": "foo"}, "bind"),
        ({"bind": "0.0.0.0:65536"}, "bind"),
        ({"registrar": "[::1]", "bind": "0.0.0.0:5160"}, "cannot be reached"),
        ({"ca_file": "ca.pem"}, "absolute path"),
        ({"ca_file": "/a\nb"}, "ca_file"),
        ({"registrar": "host:65536"}, "registrar"),
        ({"tranport": "tls"}, "tranport: there is no such setting. Did you mean transport?"),
        ({"name": "a b"}, "sip_config_name: must be letters, digits"),
        ({"name": "x]\n[evil"}, "name"),
        ({"transport_name": "a]\n[b"}, "transport_name"),
        ({"extra": ["x"]}, "extra: must be a dictionary by section"),
    ],
)
def test_setting_that_is_invalid_is_a_problem(given: dict[str, Any], message: str) -> None:
    _settings, problems = read(**given)
    assert len(problems) == 1
    assert message in problems[0]


def test_networks_may_be_a_list_or_text_with_commas() -> None:
    for nets in ("10.0.0.0/8, fc00::/7", ["10.0.0.0/8", "fc00::/7"]):
        assert read(local_nets=nets)[0].local_nets == ("10.0.0.0/8", "fc00::/7")
