"""The API key is hidden in text from a server."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.key_redaction import without_key
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import HIDDEN
from hypothesis import given
from hypothesis import strategies as st

KEY = "KEY0123456789ABCDEF_canary%41"


@pytest.mark.parametrize("part", [KEY, KEY[-16:], KEY[5:13], KEY[:8]])
def test_without_key_hides_each_part_and_keeps_the_rest(part: str) -> None:
    assert without_key(f"so: {part} !", KEY) == f"so: {HIDDEN} !"


@pytest.mark.parametrize("text", ["", "KEY0123", "GET https://api.telnyx.com/v2: 50% of 100%", "é" * 20, "%zz%4"])
def test_without_key_text_with_fewer_than_8_characters_of_it_is_unchanged(text: str) -> None:
    assert without_key(text, KEY) == text


def test_without_key_hides_each_of_several_parts() -> None:
    assert without_key(f"{KEY} and {KEY[3:]}!", KEY) == f"{HIDDEN} and {HIDDEN}!"


@pytest.mark.parametrize(("key", "text", "shown"), [("abc", "xabcx", f"x{HIDDEN}x"), ("", "abc", "abc")])
def test_without_key_short_key_is_hidden_completely(key: str, text: str, shown: str) -> None:
    assert without_key(text, key) == shown


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60),
    st.text(max_size=30),
    st.text(max_size=30),
    st.integers(0, 52),
)
def test_without_key_no_run_of_8_characters_remains(key: str, before: str, after: str, start: int) -> None:
    shown = without_key(before + key[start:] + after, key)
    for place in range(len(key) - 7):
        assert key[place : place + 8] not in shown.replace(HIDDEN, "\x00")
