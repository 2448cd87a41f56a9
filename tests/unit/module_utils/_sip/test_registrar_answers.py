"""What a registrar answered, read from the output of each program.

The lines are those of Asterisk 22, Kamailio 5.6, baresip 1.0 and FreeSWITCH 1.10.
"""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip.registrar_answers import (
    answers,
    baresip_registered,
    refusal_message,
    shared_registrations,
    start_failure,
    transport_error,
)

ASTERISK = "[Nov 26 03:51:22] WARNING[32634]: res_pjsip_outbound_registration.c:1246 schedule_retry: "
AT = "'sip:127.0.0.1:5060;transport=udp' on registration attempt to 'sip:{}@127.0.0.1'"
UNTRUSTED = (
    "ERROR[315]: res_pjsip/pjsip_transport_events.c:190 verify_log_result: Transport 'telnyx-tls' to remote '127.0.0.1' -"
    " 127.0.0.1:5061 - The certificate is untrusted\n"
)
KAMAILIO = " 1(4015) ERROR: uac [uac_reg.c:933]: uac_reg_tm_callback(): "
VERIFY = " 6(10) ERROR: tls [tls_util.h:50]: tls_err_ret(): TLS write:error:0A000086:SSL routines::certificate verify failed\n"
REFUSED = " 5(10) ERROR: <core> [core/tcp_main.c:2992]: tcpconn_1st_send(): connect 127.0.0.1:1 failed (RST) Connection refused\n"
NOT_ACCEPTED = "the registrar's certificate is not accepted"


@pytest.mark.parametrize(
    ("program", "output", "expected"),
    [
        ("asterisk", "Asterisk Ready.\n", {}),
        (
            "asterisk",
            f"{ASTERISK}Temporal response '401' received from {AT.format('a.b-c')}, retrying in '30'\n"
            f"{ASTERISK}403 Forbidden fatal response received from {AT.format('other')}, stopping\n"
            f"{ASTERISK}Fatal response '404' received from {AT.format('bob')}, stopping outbound registration\n",
            {"a.b-c": "401 Unauthorized", "bob": "404 Not Found"},
        ),
        (
            "asterisk",
            f"{ASTERISK}No response received from {AT.format('a')}, retrying in '30'\n",
            {"a": "no answer"},
        ),
        (
            "asterisk",
            f"{UNTRUSTED}{ASTERISK}No response received from {AT.format('a')}, retrying in '30'\n",
            {"a": f"{NOT_ACCEPTED} (The certificate is untrusted)"},
        ),
        (
            "asterisk",
            f"{ASTERISK}Temporal response '503' received from {AT.format('a')}, retrying in '30'\n"
            f"{ASTERISK}Temporal response '499' received from {AT.format('b')}, retrying in '30'\n"
            f"{ASTERISK}Temporal response '403' received from {AT.format('b')}, retrying in '30'\n",
            {"a": "503 Service Unavailable", "b": "403 Forbidden"},
        ),
        ("kamailio", f"{KAMAILIO}authentication failed for <bob02>\n", {"bob02": "401 Unauthorized"}),
        ("kamailio", f"{KAMAILIO}got sip response 403 while registering [bob02]\n", {"bob02": "403 Forbidden"}),
        (
            "kamailio",
            f"{REFUSED}{KAMAILIO}got sip response 408 while registering [bob02]\n",
            {"bob02": "the connection was refused"},
        ),
        (
            "baresip",
            "\x1b[31mreg: sip:bob02@127.0.0.1:25062: 401 Unauthorized (kamailio (5.6.3 (x86_64/linux)))\n"
            "\x1b[;m\x1b[31mreg: sip:alice@h: Register: Connection refused\n\x1b[;m\x1b[31mreg: sip:c@h: Connection timed out\n",
            {"bob02": "401 Unauthorized", "alice": "the connection was refused", "c": "Connection timed out"},
        ),
        (
            "freeswitch",
            "2026-11-26 04:03:31.1 99.00% [WARNING] sofia_reg.c:2680 telnyx-d Failed Registration with status Forbidden [403]. failure #1\n"
            "2026-11-26 04:03:31.1 99.00% [WARNING] sofia_reg.c:2680 telnyx-bob02"
            " Failed Registration with status Operation has no matching challenge  [904]. failure #1\n"
            "2026-11-26 04:03:31.1 99.00% [WARNING] sofia_reg.c:507 telnyx-c Timeout Registering\n",
            {"bob02": "401 Unauthorized", "c": "no answer", "d": "403 Forbidden"},
        ),
    ],
)
def test_answer_of_each_account_is_read(program: str, output: str, expected: dict[str, str]) -> None:
    assert answers(program, output) == expected


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("", None),
        (UNTRUSTED, f"{NOT_ACCEPTED} (The certificate is untrusted)"),
        (VERIFY + REFUSED, f"{NOT_ACCEPTED} (certificate verify failed)"),
        (REFUSED, "the connection was refused"),
        ("connect: No route to host\n", "No route to host"),
    ],
)
def test_error_of_the_connection_is_read(output: str, expected: str | None) -> None:
    assert transport_error(output) == expected


def test_last_state_of_an_account_counts_in_baresip() -> None:
    refused = "\x1b[31mreg: sip:{}@h:1: 403 Forbidden\n\x1b[;m"
    registered = "{}@h: {{0/UDP/v4}} 200 OK (kamailio) [2 bindings]\n"
    output = refused.format("a") + registered.format("a") + registered.format("b") + refused.format("b")
    assert baresip_registered(output) == {"a"}
    assert baresip_registered("x@h: {0/UDP/v4} 401 Unauthorized\n") == set()


@pytest.mark.parametrize(
    ("contacts", "is_shared"),
    [
        (['<sip:a@1.2.3.4:5060;line=x>;expires=300;received="sip:1.2.3.4:5060"'], False),
        (["<sip:a@1.2.3.4:5060>;expires=3, <sip:a@1.2.3.5:5060>;expires=300"], True),
        (["<sip:a@1.2.3.4:5060>;expires=3", "<sip:a@1.2.3.5:5060>;expires=300"], True),
    ],
)
def test_registrar_that_keeps_several_registrations_is_recognized(contacts: list[str], is_shared: bool) -> None:
    headers = "".join(f"Contact: {contact}\r\n" for contact in contacts)
    for method in ("REGISTER", "OPTIONS"):
        message = f"SIP/2.0 200 OK\r\nTo: <sip:a@h>;tag=1\r\nCSeq: 7 {method}\r\n{headers}Content-Length: 0\r\n\r\n"
        assert shared_registrations(f"x\n{message}y\n") == ({"a"} if is_shared and method == "REGISTER" else set())


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("password = c4n4ry\n", None),
        ("x\ntls: Can't read CA file: /a\nua: init failed\n", "Can't read CA file"),
        ("could not find module <uac.so> in </usr/lib>\n", "could not find module <uac.so>"),
        ("Error while initializing module tls (/usr/lib/tls.so)\n", "Error while initializing module tls"),
    ],
)
def test_reason_of_a_failed_start_quotes_no_other_text(output: str, expected: str | None) -> None:
    assert start_failure(output) == expected


def test_message_lists_the_accounts_with_their_answers() -> None:
    message = refusal_message({"a": "403 Forbidden", "b": "no answer"}.items(), 5, "h:1")
    assert message == "2 of 5 accounts did not register at h:1: a: 403 Forbidden; b: no answer. Nothing was written."
