"""The configuration of isolated programs. The tests in tests/sip run the programs with it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip.preflight_config import (
    Place,
    asterisk_directories,
    asterisk_files,
    baresip_files,
    freeswitch_files,
    kamailio_files,
)

UDP = Place("/tmp/x", "192.0.2.1", 5070, "udp")
TLS = Place("/tmp/x", "[2001:db8::1]", 5070, "tls", "/ca.pem")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("[directories](!)\nastmoddir => /a\n", {}),
        ("[directories]\nastmoddir => /a ; note\n;astdatadir => /b\n", {"astmoddir": "/a"}),
        ("[directories]\nastmoddir = /a\nastetcdir => /etc/asterisk\nastrundir => /run\n", {"astmoddir": "/a"}),
        ("[options]\nastmoddir => /a\n[directories]\nastdatadir => /b\n", {"astdatadir": "/b"}),
    ],
)
def test_only_folders_of_an_active_section_that_are_read_count(text: str, expected: dict[str, str]) -> None:
    assert asterisk_directories(text) == expected


def test_asterisk_has_its_own_folders_port_and_no_delay() -> None:
    files = asterisk_files(UDP, ["a", "b"], {"astmoddir": "/mods"}, delay=False)
    folders = dict(line.split(" => ") for line in files["asterisk.conf"].splitlines() if "=>" in line)
    assert folders.pop("astmoddir") == "/mods"
    assert set(folders.values()) == {"/tmp/x"}
    assert {"astetcdir", "astrundir", "astdbdir", "astlogdir", "astspooldir"} <= folders.keys()
    assert files["pjsip.conf"].endswith("[telnyx-udp](+)\nbind = 192.0.2.1:5070\n")
    assert files["pjsip_wizard.conf"].count("max_random_initial_delay = 0") == 2
    assert "delay" not in asterisk_files(UDP, ["a"], {}, delay=True)["pjsip_wizard.conf"]
    assert "extensions.conf" not in files


def test_certificate_is_verified_over_tls_only() -> None:
    assert "tls.cfg" not in kamailio_files(UDP)
    assert "tls" not in kamailio_files(UDP)["kamailio.cfg"]
    files = kamailio_files(TLS)
    assert "listen = tls:[2001:db8::1]:5070\n" in files["kamailio.cfg"]
    assert "verify_certificate = yes\n" in files["tls.cfg"]
    assert "ca_list = /ca.pem\n" in files["tls.cfg"]
    assert "sip_cafile /ca.pem\nsip_verify_server yes\n" in baresip_files(TLS, "/m", [])["config"]
    assert "sip_cafile" not in baresip_files(UDP, "/m", [])["config"]


def test_freeswitch_has_one_document_with_the_gateways_included_on_a_line() -> None:
    for place, verifies in ((UDP, False), (TLS, True)):
        text = freeswitch_files(place, 8021, "secret")["conf/freeswitch.xml"]
        root = ElementTree.fromstring(text)
        values = {param.get("name"): param.get("value") for param in root.iter("param")}
        assert values["sip-ip"] == place.address.strip("[]")
        assert ("tls-verify-policy" in values) == verifies
        assert '\n<X-PRE-PROCESS cmd="include" data="/tmp/x/conf/gateways/*.xml"/>\n' in text
