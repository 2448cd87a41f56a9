"""The API key is hidden in text from a server."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.key_redaction import HIDDEN, without_key
from hypothesis import given
from hypothesis import strategies as st
from listing_helper import Lister

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


LONG_KEY = "KEY0123456789ABCDEF_canary"


@pytest.mark.parametrize("form", ["whole", "end"])
def test_key_quoted_by_a_server_is_in_no_error(lister: Lister, tmp_path: Path, form: str) -> None:
    (tmp_path / "key").write_text(LONG_KEY)
    (tmp_path / "key").chmod(0o600)
    for fault, kind in (
        ({"kind": "status", "status": 403, "echo_key": form}, errors.AuthenticationError),
        ({"kind": "html", "echo_key": form}, errors.ResponseError),
        ({"kind": "redirect", "to": "http://KEY.example/", "echo_key": form}, errors.TransportError),
    ):
        lister.sandbox.reset(keys=[LONG_KEY], faults=[fault])
        for key in ({"api_key": LONG_KEY}, {"api_key": None, "api_key_file": str(tmp_path / "key")}):
            error = lister.error(kind, **key)
            assert "canary" not in str(error).lower()
