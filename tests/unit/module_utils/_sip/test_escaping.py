"""Values in the files of SIP programs, and what a diff shows of them."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip.escaping import (
    MARK,
    PASSWORDS,
    asterisk_value,
    baresip_value,
    comment_text,
    freeswitch_password,
    freeswitch_value,
    is_managed_gateway,
    is_ours,
    kamailio_value,
    without_passwords,
)
from hypothesis import assume, example, given
from hypothesis import strategies as st

SPECIAL = ";\\:\"'$#{}[]<>&=, \tab1é"
TEXT = st.one_of(st.text(SPECIAL, min_size=1, max_size=12), st.text(min_size=1, max_size=20))


def written(program: str, value: str) -> str:
    try:
        return PASSWORDS[program](value)
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


@pytest.mark.parametrize("program", sorted(PASSWORDS))
@pytest.mark.parametrize("value", ["two\nlines", "two\rlines", "nul\0", "bell\a", "\u2029", "half\ud800"])
def test_control_characters_are_refused_everywhere(program: str, value: str) -> None:
    with pytest.raises(SipConfigError, match="cannot carry") as caught:
        PASSWORDS[program](value)
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


@pytest.mark.parametrize("program", LINES)
@given(st.text(SPECIAL, min_size=4, max_size=20))
def test_a_diff_shows_no_password(program: str, value: str) -> None:
    secret = "c4n4ry" + value
    text = f"first\n{LINES[program].format(written(program, secret), 'alice')}\nlast\n"
    shown = without_passwords(program, text, text)
    assert "c4n4ry" not in shown
    assert "(hidden)" in shown
    changed = without_passwords(program, text, text.replace("c4n4ry", "0ther"))
    assert "(hidden, new)" in changed
    assert "c4n4ry" not in changed


@pytest.mark.parametrize("program", ["asterisk", "kamailio", "baresip"])
def test_a_diff_shows_that_two_passwords_changed_places(program: str) -> None:
    one, two = (
        "\n".join(LINES[program].format(secret, user) for user, secret in (("alice", first), ("bobby", second)))
        for first, second in (("secret1", "secret2"), ("secret2", "secret1"))
    )
    assert without_passwords(program, two, one).count("(hidden, new)") == 2
    assert without_passwords(program, one.replace("12:", "13:"), one).count("(hidden, new)") == 0


WANTED = {
    "asterisk": "; MARK\n\n[telnyx-alice]\ntype = wizard\noutbound_auth/username = alice",
    "freeswitch": '<include>\n  <!-- MARK -->\n    <param name="username" value="alice"/>',
    "kamailio": "id(int,auto) l_uuid(string)",
    "baresip": "# MARK\n\n# Berlin",
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
def test_a_diff_shows_no_line_that_somebody_added(program: str, lines: str) -> None:
    text = f"{WANTED[program]}\n{lines}\n"
    shown = without_passwords(program, text, wanted=WANTED[program])
    assert shown == f"{WANTED[program]}\n" + "(hidden)\n" * len(lines.split("\n"))


def test_a_diff_shows_the_settings_of_a_connection_that_has_gone() -> None:
    text = "[telnyx-bob]\n; Paris\ntype = wizard\noutbound_auth/username = bob\noutbound_auth/password = c4n4ry"
    assert without_passwords("asterisk", text, wanted=WANTED["asterisk"]) == (
        "[telnyx-bob]\n(hidden)\ntype = wizard\noutbound_auth/username = bob\noutbound_auth/password = (hidden)"
    )


def test_a_file_of_others_is_not_ours() -> None:
    assert is_ours("asterisk", f"; {MARK}: x\n", "")
    assert not is_ours("baresip", "<sip:old:c4n4ry@example.com>\n", f"# {MARK}\n")
    assert is_ours("kamailio", "id(int) a(string)\n1:b\n", "id(int) a(string)\n2:c\n")
    assert not is_ours("asterisk", f"[mine]\n; not {MARK}: x\n", "")
    assert is_ours("freeswitch", f"<include>\n  <!-- {MARK}: x -->\n", "")
    assert not is_ours("freeswitch", f"<include>\n  <!-- was {MARK}: x -->\n", "")
    assert not is_ours("kamailio", "id(int) b(string)\n1:b\n", "id(int) a(string)\n2:c\n")
    assert is_ours("custom", "anything", "")


def test_only_a_gateway_of_the_file_s_name_with_our_heading_is_managed() -> None:
    text = f'<include>\n  <!-- {MARK}: changes are overwritten. Berlin (1) -->\n  <gateway name="telnyx-alice01">\n'
    assert is_managed_gateway("alice01", text)
    for stem, other in (
        ("mine", text),
        ("alice0.", text),
        ("alice01", text.replace("telnyx-alice01", "mine")),
        ("alice01", text.replace("<include>\n", "<include>\n<!-- mine -->\n")),
        ("alice01", text.replace(MARK, f"Copied from {MARK}")),
        ("alice01", f'<include>\n  <!-- {MARK}\n  and more -->\n  <gateway name="telnyx-alice01">\n'),
        ("alice01", ""),
    ):
        assert not is_managed_gateway(stem, other), other


def test_a_diff_of_an_unknown_format_shows_nothing() -> None:
    assert "secret" not in without_passwords("custom", "secret\n")
