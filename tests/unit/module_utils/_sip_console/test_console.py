"""Commands and consoles: no shell, a time limit, no waiting for what a command leaves behind, and no password quoted."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.console import (
    ConsoleError,
    check,
    registrations,
    run,
)


def python(source: str) -> str:
    return shlex.join([sys.executable, "-c", source])


def test_output_and_exit_code_are_returned() -> None:
    assert run(python("import sys; print('out', flush=True); print('err', file=sys.stderr)"), [], 60) == (
        True,
        "out\nerr\n",
    )
    assert run(python("print(b'a'); raise SystemExit(3)"), [], 60) == (False, "b'a'\n")
    assert run(python("import sys; sys.stdout.buffer.write(b'\\xff')"), [], 60) == (True, "\ufffd")
    assert run(python("input()"), [], 60)[0] is False  # there is no standard input


def test_command_that_does_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    (tmp_path / "child").write_text("import time; time.sleep(600)")
    source = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, {str(tmp_path / "child")!r}])
open({str(tmp_path / "pid")!r}, "w").write(str(child.pid))
child.wait()
"""
    answer = run(python(source), [], 3)
    assert answer == (False, f"{sys.executable} did not end within 3 seconds")
    stat = Path("/proc") / (tmp_path / "pid").read_text() / "stat"
    end = time.monotonic() + 30
    while stat.exists() and stat.read_text().split()[2] != "Z" and time.monotonic() < end:
        time.sleep(0.05)
    assert not stat.exists() or stat.read_text().split()[2] == "Z"


def test_service_that_keeps_the_output_open_is_not_waited_for() -> None:
    source = "import subprocess; print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid)"
    succeeded, output = run(python(source), [], 60)
    assert succeeded
    os.kill(int(output), signal.SIGKILL)  # it still runs


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("/nonexistent/program", "/nonexistent/program: No such file or directory"),
        ("x\0y", "embedded null byte"),
        ("grep 'x", "it is not a command: No closing quotation"),
        (" ", "the command is empty"),
    ],
)
def test_command_that_cannot_be_run_is_an_answer(command: str, output: str) -> None:
    succeeded, reason = run(command, [], 60)
    assert succeeded is False
    assert output in reason


def test_command_line_is_expanded_without_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHO", "a  b")
    monkeypatch.setenv("HOME", "/h")
    assert run("echo $WHO ~/x ';' | '$(id)'", ["y z"], 60) == (True, "a  b /h/x ; | $(id) y z\n")


REFUSED = [
    "error: 500 - command uac.reg_reload not found\n",
    "error: 500 - Failed to shift records - check log messages\n",
    "error: 404 - Record not found\n",
    "-ERR no such gateway.\n",
    "-ERR nosuchcommand Command not found!\n",
    "Invalid Profile [nosuch]",
    "+OK [[error near line 71]: unexpected closing tag </gateway>]\n\n",
    "Reload XML [[error near line 71]: unexpected closing tag </gateway>]\n+OK scan complete\n\n",
    "No such command 'pjsip show registrations' (type 'core show help pjsip' for other possible commands)\n",
    "No such module 'res_pjsip.so'\n",
    "Unable to retrieve registration nosuch\nCommand 'pjsip send register nosuch' failed.\n",
    "A module reload request is already in progress; please be patient\n",
    "Module 'res_pjsip.so' does not support reloading\n",
]
DONE = [
    "",
    "Module 'res_pjsip.so' reloaded successfully.\n",
    "Reload XML [Success]\n+OK scan complete\n\n",
    "+OK [Success]\n",
    "+OK gateway marked for deletion.\n",
]


def refusal(succeeded: bool, output: str, passwords: set[str] | None) -> str:
    with pytest.raises(ConsoleError) as caught:
        check((succeeded, output), passwords)
    return str(caught.value)


@pytest.mark.parametrize("output", REFUSED)
def test_refused_command_is_quoted_in_one_line(output: str) -> None:
    assert refusal(True, output, set()) == " ".join(output.split())


@pytest.mark.parametrize("output", DONE)
def test_command_that_was_done_is_no_refusal(output: str) -> None:
    check((True, output), set())
    assert refusal(False, output, set()) == (" ".join(output.split()) or "the command printed no reason")


@pytest.mark.parametrize(
    ("stored", "printed"),
    [
        ("s3cr\\;t", "error: s3cr;t"),
        ("a &#34;b&#34; c", '-ERR "a "b" c"'),
        ("a\\:b", "error: a:b\nmore"),
        ('"quoted one"', "error: quoted\none"),
    ],
)
def test_answer_that_holds_a_password_is_not_quoted(stored: str, printed: str) -> None:
    assert refusal(True, printed, {stored, ""}) == "its answer is not shown, because it holds a password"
    assert refusal(False, printed, None).startswith("its output is not shown")


# What the real programs print.
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
