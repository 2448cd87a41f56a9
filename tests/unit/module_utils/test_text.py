"""Text for people: untrusted text is made safe, and hints name what is similar."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import (
    did_you_mean,
    key_for_message,
    most_similar,
    one_line,
    prefixed,
    visible,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zürich PBX ☎", "Zürich PBX ☎"),
        ("a\u202eb", "a<U+202E>b"),
        ("a\x1b[31m\n", "a<U+001B>[31m<U+000A>"),
        ("\ud800\uffff\u2028", "<U+D800><U+FFFF><U+2028>"),
        ("", ""),
    ],
)
def test_visible_shows_odd_characters_by_their_code(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "limit", "line"),
    [
        ("a\r\n  b\tc", 300, "a b c"),
        ("\u202ea\x1b[31m", 300, "a [31m"),
        (" a ", 300, "a"),
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        (None, 300, "None"),
    ],
)
def test_one_line_removes_control_characters_and_shortens(text: object, limit: int, line: str) -> None:
    assert one_line(text, limit) == line


@pytest.mark.parametrize("key", ["password:secret", "password secret", "", "é", "a" * 65])
def test_key_for_message_hides_a_key_that_is_not_a_plain_name(key: str) -> None:
    assert key_for_message(key) == "(not shown: it may contain a secret)"


def test_key_for_message_quotes_a_plain_name() -> None:
    assert key_for_message("inbound.codecs") == "'inbound.codecs'"


def test_most_similar_and_did_you_mean_name_the_nearest_or_nothing() -> None:
    known = ["timeout", "deadline", "retries"]
    assert most_similar("timout", known) == "timeout"
    assert most_similar("timout", known, cutoff=0.99) == ""
    assert did_you_mean("timout", known) == "Did you mean timeout?"
    assert did_you_mean("zzz", known) == did_you_mean("timeout", []) == ""


def test_prefixed_names_the_collection() -> None:
    assert prefixed("x") == "siptrunk.telnyx: x"
