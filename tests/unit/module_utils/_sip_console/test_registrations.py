"""Registrations in the output of the consoles, as the real programs printed it."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.console import registrations

ASTERISK = """
 <Registration/ServerURI..............................>  <Auth....................>  <Status.......>
==========================================================================================

 telnyx-12345-reg-0/sip:127.0.0.1:26692;transport=udp    telnyx-12345-oauth          Registered        (exp. 284s)
 telnyx-trunk00000-reg-0/sip:127.0.0.1:22878;transport=  telnyx-trunk00000-oauth     Unregistered      (exp. 1s)
 telnyx-{long}-reg-0/sip:127.0.0.1:26692;transport=udp  telnyx-{long}-oauth  Registered        (exp. 290s)
 telnyx-x.y_z-9-reg-0/sip:127.0.0.1:26692;transport=udp  telnyx-x.y_z-9-oauth        Rejected          (exp. 30s)
 mine-reg-0/sip:127.0.0.1:26692;transport=udp            mine-oauth                  Registered        (exp. 30s)

Objects found: 5

""".replace("{long}", "a" * 64)
FREESWITCH = """\
    Profile::Gateway-Name	                        Data    	State	Ping Time	IB Calls(F/T)	OB Calls(F/T)
=================================================================================================
   external::telnyx-alice	       sip:alice@127.0.0.1:15060	REGED	  0.46	0/0	0/0
external::telnyx-a-name-that-is-longer	sip:a-name-that-is-longer@127.0.0.1:15060	NOREG	  0.50	0/0	0/0
         external::telnyx-bob	         sip:bob@127.0.0.1:15060	FAIL_WAIT	  0.00	0/0	0/0 (retry: 48s)
      external::telnyx-killed	      sip:killed@127.0.0.1:15060	REGED	  0.00	0/0	0/0
      external::telnyx-killed	      sip:killed@127.0.0.1:15060	DOWN	  0.00	0/0	0/0
             external::gwdead	       sip:alice@127.0.0.1:15999	REGED	  0.00	0/0	0/0
=================================================================================================
5 gateways: Inbound(Failed/Total): 0/0,Outbound(Failed/Total):0/0

"""
KAMAILIO_RECORD = """\
{{
    l_uuid: {user}
    l_username: {user}
    l_domain: 127.0.0.1:21560
    r_username: {user}
    r_domain: 127.0.0.1:21560
    realm: <null string>
    auth_username: {user}
    auth_password: {password}
    auth_ha1: none
    auth_proxy: sip:127.0.0.1:21560;transport=udp
    expires: 300
    flags: {flags}
    diff_expires: 300
    timer_expires: 1795665421
    reg_init: 1795665121
    reg_delay: 0
    contact_addr: 127.0.0.1:20346
    socket: <null string>
}}
""".replace("    ", "\t")
KAMAILIO = "".join(
    KAMAILIO_RECORD.format(user=user, password=password, flags=flags)
    for user, password, flags in [
        ("12345", "pass a", 20),
        ("x.y_z-9", "flags: 20", 16),
        ("reloaded", "l_uuid: x", 0),
        ("disabled", "error", 21),
    ]
)


@pytest.mark.parametrize(
    ("program", "output", "expected"),
    [
        (
            "asterisk",
            ASTERISK,
            {
                "telnyx-12345": "registered",
                "telnyx-trunk00000": "Unregistered",
                f"telnyx-{'a' * 64}": "registered",
                "telnyx-x.y_z-9": "Rejected",
                "mine": "registered",
            },
        ),
        ("asterisk", "No objects found.\n\n", {}),
        (
            "freeswitch",
            FREESWITCH,
            {
                "telnyx-alice": "registered",
                "telnyx-a-name-that-is-longer": "NOREG",
                "telnyx-bob": "FAIL_WAIT",
                "telnyx-killed": "DOWN",
                "gwdead": "registered",
            },
        ),
        (
            "kamailio",
            KAMAILIO,
            {
                "12345": "registered",
                "x.y_z-9": "not registered, flags 16",
                "reloaded": "not registered, flags 0",
                "disabled": "not registered, flags 21",
            },
        ),
        ("kamailio", "", {}),
    ],
)
def test_registrations_are_read_from_the_output(program: str, output: str, expected: dict[str, str]) -> None:
    assert registrations(program, output) == expected
