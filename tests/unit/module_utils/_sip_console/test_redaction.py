"""Files that the role sip_config has written, and their text without passwords."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.redaction import (
    MANAGED_MARK,
    is_managed,
    is_managed_gateway,
    without_passwords,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.escaping import PASSWORD_ESCAPES
from hypothesis import assume, given
from hypothesis import strategies as st

SPECIAL = ";\\:\"'$#{}[]<>&=, \tab1é"


def escaped(program: str, value: str) -> str:
    """The value in the program's format; hypothesis tries another one if the format cannot represent it."""
    try:
        return PASSWORD_ESCAPES[program](value)
    except SipConfigError:
        assume(False)
        raise


# Lines as the role's templates write them, with a password {0} of the user {1}.
LINES = {
    "asterisk": "[telnyx-{1}]\noutbound_auth/password = {0}",
    "freeswitch": '    <param name="password" value="{0}"/>',
    "kamailio": "12:{1}:{1}:example.com:{1}:example.com::{1}:{0}::sip\\:x:300:0:0::",
    "baresip": "<sip:{1}@h>;regint=300;auth_pass={0}",
}


@pytest.mark.parametrize("program", LINES)
@given(st.text(SPECIAL, min_size=4, max_size=20))
def test_diff_hides_passwords(program: str, value: str) -> None:
    secret = "c4n4ry" + value
    text = f"first\n{LINES[program].format(escaped(program, secret), 'alice')}\nlast\n"
    shown = without_passwords(program, text, text)
    assert "c4n4ry" not in shown
    assert "(hidden)" in shown
    changed = without_passwords(program, text, text.replace("c4n4ry", "0ther"))
    assert "(hidden, new)" in changed
    assert "c4n4ry" not in changed


@pytest.mark.parametrize("program", ["asterisk", "kamailio", "baresip"])
def test_diff_marks_exchanged_passwords_as_new(program: str) -> None:
    one, two = (
        "\n".join(LINES[program].format(secret, user) for user, secret in (("alice", first), ("bobby", second)))
        for first, second in (("secret1", "secret2"), ("secret2", "secret1"))
    )
    assert without_passwords(program, two, one).count("(hidden, new)") == 2
    assert without_passwords(program, one.replace("12:", "13:"), one).count("(hidden, new)") == 0


WANTED = {
    "asterisk": "; ROLE\n\n[telnyx-alice]\ntype = wizard\noutbound_auth/username = alice",
    "freeswitch": '<include>\n  <!-- ROLE -->\n    <param name="username" value="alice"/>',
    "kamailio": "id(int,auto) l_uuid(string)",
    "baresip": "# ROLE\n\n# Berlin",
}


@pytest.mark.parametrize(
    ("program", "lines"),
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
def test_diff_hides_lines_that_the_role_does_not_write(program: str, lines: str) -> None:
    text = f"{WANTED[program]}\n{lines}\n"
    shown = without_passwords(program, text, wanted=WANTED[program])
    assert shown == f"{WANTED[program]}\n" + "(hidden)\n" * len(lines.split("\n"))


def test_diff_shows_the_settings_of_a_deleted_connection() -> None:
    text = "[telnyx-bob]\n; Paris\ntype = wizard\noutbound_auth/username = bob\noutbound_auth/password = c4n4ry"
    assert without_passwords("asterisk", text, wanted=WANTED["asterisk"]) == (
        "[telnyx-bob]\n(hidden)\ntype = wizard\noutbound_auth/username = bob\noutbound_auth/password = (hidden)"
    )


def test_file_is_managed_if_it_begins_as_the_role_s_files() -> None:
    assert is_managed("asterisk", f"; {MANAGED_MARK}: x\n", "")
    assert not is_managed("baresip", "<sip:old:c4n4ry@example.com>\n", f"# {MANAGED_MARK}\n")
    assert is_managed("kamailio", "id(int) a(string)\n1:b\n", "id(int) a(string)\n2:c\n")
    assert not is_managed("asterisk", f"[mine]\n; not {MANAGED_MARK}: x\n", "")
    assert is_managed("freeswitch", f"<include>\n  <!-- {MANAGED_MARK}: x -->\n", "")
    assert not is_managed("freeswitch", f"<include>\n  <!-- was {MANAGED_MARK}: x -->\n", "")
    assert not is_managed("kamailio", "id(int) b(string)\n1:b\n", "id(int) a(string)\n2:c\n")
    assert is_managed("custom", "anything", "")


def test_gateway_is_managed_if_it_has_the_role_s_heading_and_the_file_s_name() -> None:
    text = f'<include>\n  <!-- {MANAGED_MARK}: changes are overwritten. Berlin (1) -->\n  <gateway name="telnyx-alice01">\n'
    assert is_managed_gateway("alice01", text)
    assert is_managed_gateway("pre-process", text.replace("telnyx-alice01", "telnyx&#45;pre&#45;process"))
    for stem, other in (
        ("mine", text),
        ("alice0.", text),
        ("alice01", text.replace("telnyx-alice01", "mine")),
        ("alice01", text.replace("<include>\n", "<include>\n<!-- mine -->\n")),
        ("alice01", text.replace(MANAGED_MARK, f"Copied from {MANAGED_MARK}")),
        ("alice01", f'<include>\n  <!-- {MANAGED_MARK}\n  and more -->\n  <gateway name="telnyx-alice01">\n'),
        ("alice01", ""),
    ):
        assert not is_managed_gateway(stem, other), other


def test_diff_of_an_unknown_format_shows_nothing() -> None:
    assert "secret" not in without_passwords("custom", "secret\n")
