"""Settings of SIP programs."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.settings import (
    DEFAULT_REGION,
    SETTINGS,
    SipSettings,
    check_settings,
    host_and_port,
)

ROLE = Path(__file__).parents[4] / "roles" / "sip_config"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("sip.telnyx.com", 5060)),
        ({"region": None, "registrar": "", "transport": None}, ("sip.telnyx.com", 5060)),
        ({"region": "eu", "transport": "tls"}, ("sip.telnyx.eu", 5061)),
        ({"region": "eu", "registrar": "pbx.example.com:5070"}, ("pbx.example.com", 5070)),
        ({"registrar": "[2001:db8::1]:5070"}, ("[2001:db8::1]", 5070)),
    ],
)
def test_registrar_is_the_given_one_else_that_of_the_region(given: dict[str, Any], expected: tuple[str, int]) -> None:
    settings = check_settings({"program": "asterisk", **given})
    assert (settings.registrar, settings.port) == expected
    assert settings.expiry == SipSettings.expiry
    assert settings.authority == (f"{expected[0]}:{expected[1]}" if given.get("registrar") else expected[0])
    assert settings.bind == ("[::]:5160" if "[" in expected[0] else "0.0.0.0:5160")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"transport": "sctp"}, "transport must be one of udp, tcp, tls"),
        ({"region": "mars"}, "region must be one of us, eu"),
        ({"registrar": "a b"}, "registrar"),
        ({"registrar": "host:0"}, "registrar"),
        ({"registrar": "host;x=y"}, "registrar"),
        ({"outbound_proxy": "host\n"}, "outbound_proxy"),
        ({"expiry": 5}, "expiry must be a whole number from 60 to 86400"),
        ({"expiry": 0}, "expiry"),
        ({"context": "a]\n[b"}, "context"),
        ({"external_address": "1.2.3.4;x"}, "external_address"),
        ({"local_nets": ["10.0.0.0/8", "x y"]}, "local_nets"),
        ({"local_nets": ["10.0.0.0/99"]}, "local_nets"),
        ({"local_nets": ["fe80::%x\n\n[evil]\ntype = transport\n; /64"]}, "local_nets"),
        ({"registrar": "2001:db8::1"}, "in brackets"),
        ({"registrar": "[:::]"}, "registrar"),
        ({"local_nets": "10.0.0.0/8 172.16.0.0/12"}, "local_nets"),
        ({"bind": "0.0.0.0\n"}, "bind"),
        ({"bind": "foo"}, "bind"),
        ({"bind": "0.0.0.0:65536"}, "bind"),
        ({"registrar": "[::1]", "bind": "0.0.0.0:5160"}, "cannot be reached"),
        ({"ca_file": "ca.pem"}, "absolute path"),
        ({"ca_file": "/a\nb"}, "ca_file"),
        ({"preflight_registrar": "a b"}, "preflight_registrar must be a host"),
        ({"tranport": "tls"}, r"no setting 'tranport'\. Did you mean transport\?"),
    ],
)
def test_setting_that_is_invalid_is_an_error(given: dict[str, Any], message: str) -> None:
    with pytest.raises(SipConfigError, match=message) as caught:
        check_settings({"program": "asterisk", **given})
    assert "sip_config_" not in str(caught.value)


def test_registrar_of_the_preflight_takes_the_place_of_registrar_and_proxy() -> None:
    given = {"region": "eu", "transport": "tls", "outbound_proxy": "proxy.example.com"}
    assert check_settings(given).outbound_proxy == "proxy.example.com:5061"
    for nothing in (None, ""):
        assert check_settings({**given, "preflight_registrar": nothing}) == check_settings(given)
    settings = check_settings({**given, "preflight_registrar": "test.example.com"})
    assert (settings.registrar, settings.port, settings.outbound_proxy) == ("test.example.com", 5061, None)
    assert check_settings({**given, "preflight_registrar": "[::1]:5070"}).authority == "[::1]:5070"


def test_networks_may_be_a_list_or_text_with_commas() -> None:
    for nets in ("10.0.0.0/8, fc00::/7", ["10.0.0.0/8", "fc00::/7"]):
        assert check_settings({"program": "asterisk", "local_nets": nets}).local_nets == ("10.0.0.0/8", "fc00::/7")


def test_port_above_65535_is_an_error() -> None:
    with pytest.raises(SipConfigError):
        host_and_port("registrar", "host:65536", 1)


def test_role_has_the_same_settings_and_defaults() -> None:
    variables = yaml.safe_load((ROLE / "vars" / "main.yml").read_text(encoding="utf-8"))
    assert variables["_sip_config_settings"].keys() == set(SETTINGS)
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))
    assert defaults["sip_config_region"] == DEFAULT_REGION
    shared = {field.name: field.default for field in fields(SipSettings) if f"sip_config_{field.name}" in defaults}
    assert shared.keys() == {"transport", "expiry", "context", "local_nets", "ca_file", "allow_empty"}
    del shared["ca_file"]  # the role's default is used with TLS only
    del shared["allow_empty"]  # the filter allows what the role refuses
    assert {name: defaults[f"sip_config_{name}"] for name in shared} == {**shared, "local_nets": []}
