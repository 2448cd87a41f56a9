"""Values in the files of SIP programs: what a model of each program's parser reads back."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.escaping import (
    PASSWORD_ESCAPES,
    asterisk_value,
    baresip_value,
    comment_text,
    freeswitch_value,
    kamailio_value,
)
from hypothesis import assume, example, given
from hypothesis import strategies as st

SPECIAL = ";\\:\"'$#{}[]<>&=, \tab1é"
TEXT = st.one_of(st.text(SPECIAL, min_size=1, max_size=12), st.text(min_size=1, max_size=20))


def written(program: str, value: str) -> str:
    try:
        return PASSWORD_ESCAPES[program](value)
    except SipConfigError as error:
        assume(value not in str(error) or len(value) < 4)
        assume(False)
        raise


# Models of the programs' parsers, after their sources. tests/sip uses the programs themselves.


def asterisk_reads(line: str) -> str:
    text, position = "", 0
    while position < len(line):
        if line[position] == ";":
            if text.endswith("\\"):
                text = text[:-1] + ";"
            else:
                break
        else:
            text += line[position]
        position += 1
    return text.partition("=")[2].strip(" \t")


@given(TEXT)
def test_asterisk_value_is_read_back(value: str) -> None:
    assert asterisk_reads(f"password = {written('asterisk', value)}") == value


@given(
    TEXT | st.lists(st.sampled_from(["x-", "pre", "-PRO", "-process", "X-Pre-Process", "$${x}", "<!--"])).map("".join)
)
def test_freeswitch_value_is_read_back(value: str) -> None:
    text = freeswitch_value(value) if "x-pre" in value.lower() else written("freeswitch", value)
    line = f'<param value="{text}"/>'
    # Of these, FreeSWITCH changes or drops the line before it parses the XML.
    assert not re.search(r"\$\$\{|x-pre-process|</?include>|<\?|<!--", line, re.IGNORECASE)
    assert not re.search(r"[$#](?!\d)|[<>\"']", text.replace("&#", ""))
    assert ElementTree.fromstring(line).get("value") == value


@given(TEXT, TEXT)
def test_kamailio_values_are_read_back_as_fields(value: str, other: str) -> None:
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
def test_baresip_value_is_read_back_and_no_other_parameter(value: str) -> None:
    line = f"<sip:user@host>;regint=300;auth_pass={written('baresip', value)}"
    assert baresip_reads(line, "auth_pass") == value
    assert baresip_reads(line, "[a-z0-9_]+") == "300"
    assert len(re.findall(r";[ \t]*\w+[ \t]*=", line, re.ASCII)) == 2


@pytest.mark.parametrize("program", sorted(PASSWORD_ESCAPES))
@pytest.mark.parametrize("value", ["two\nlines", "two\rlines", "nul\0", "bell\a", "\u2029", "half\ud800"])
def test_control_character_is_an_error_in_every_format(program: str, value: str) -> None:
    with pytest.raises(SipConfigError, match="cannot represent") as caught:
        PASSWORD_ESCAPES[program](value)
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (asterisk_value, " starts with a space"),
        (asterisk_value, "ends with a space "),
        (asterisk_value, "x" * 4001),
        (kamailio_value, ""),
        (freeswitch_value, "\ufffe"),
        (PASSWORD_ESCAPES["freeswitch"], "col:on"),
        (PASSWORD_ESCAPES["freeswitch"], "ü" * 76),
        (baresip_value, "x;regint=0"),
        (baresip_value, "x; sipnat = outbound"),
        (baresip_value, '; " ;'),
    ],
)
def test_value_that_a_format_cannot_represent_is_an_error(function: Any, value: str) -> None:
    with pytest.raises(SipConfigError, match="cannot represent"):
        function(value)


@given(st.text())
def test_comment_text_ends_neither_its_line_nor_the_comment(value: str) -> None:
    text = comment_text(value)
    assert not re.search(r"[\n\r;#$<>&{}:\\\"]|--", text)
    ElementTree.fromstring(f"<a><!-- {text} --></a>")
