"""The API key is hidden in text from a server, in every form in which the server may quote it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import (
    ApiError,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.key_redaction import (
    HIDDEN,
    errors_without_key,
    quoter,
    without_key,
)
from hypothesis import given
from hypothesis import strategies as st
from listing_helper import Lister

KEY = "KEY0123456789ABCDEF_canary%41"


def percent(text: str) -> str:
    return "".join(f"%{ord(char):02X}" for char in text)


FORMS = {
    "as it is": KEY,
    "lower case": KEY.lower(),
    "its end": KEY[-16:],
    "its middle": KEY[5:13],
    "cut off": KEY[:8],
    "zero-width space": "\u200b".join(KEY),
    "NUL": "\x00".join(KEY),
    "soft hyphen, then NUL": KEY[:5] + "\xad\x00" + KEY[5:],
    "line break": KEY[:7] + "\r\n\t" + KEY[7:],
    "right-to-left override": "\u202e" + KEY,
    "combining": "\u034f".join(KEY),
    "percent-encoded": percent(KEY),
    "percent-encoded in lower case": percent(KEY).lower(),
    "percent-encoded twice": quote(percent(KEY)),
    "percent-encoded in part": KEY[:6] + percent(KEY[6:9]) + KEY[9:],
    "percent-encoded with a zero-width space": "%E2%80%8B".join(KEY),
    "full-width": "".join(chr(ord(char) + 0xFEE0) for char in KEY),
    "HTML": "".join(f"&#{ord(char)};" for char in KEY),
    "HTML, hexadecimal": "".join(f"&#x{ord(char):X};" for char in KEY),
    "JSON": "".join(f"\\u{ord(char):04x}" for char in KEY),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_without_key_hides_every_form_and_keeps_the_rest(form: str) -> None:
    assert without_key(f"so: {form} !", KEY) in (f"so: {HIDDEN} !", f"so: \u202e{HIDDEN} !")
    assert quoter(KEY)(f"so: {form} !", 300) == f"so: {HIDDEN} !"


@pytest.mark.parametrize("text", ["", "KEY0123", "GET https://api.telnyx.com/v2: 50% of 100%", "é" * 20, "%zz%4"])
def test_without_key_text_with_fewer_than_8_characters_of_it_is_unchanged(text: str) -> None:
    assert without_key(text, KEY) == text


def test_without_key_hides_each_of_several_parts() -> None:
    assert without_key(f"{KEY} and {KEY[3:]}!", KEY) == f"{HIDDEN} and {HIDDEN}!"


@pytest.mark.parametrize(("key", "text", "shown"), [("abc", "xABCx", f"x{HIDDEN}x"), ("", "abc", "abc")])
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
        assert key[place : place + 8].casefold() not in shown.replace(HIDDEN, "\x00").casefold()


def test_quoter_hides_the_key_before_it_cuts_the_text() -> None:
    assert quoter(KEY)("x" * 292 + KEY, 300) == "x" * 292 + HIDDEN
    assert KEY[:8] not in quoter(KEY)("x" * 4090 + KEY, 5000)


def test_errors_without_key_hides_it_in_every_attribute_of_a_copy() -> None:
    original = ApiError(KEY, KEY, status=400, code=KEY, title=KEY, detail=KEY, request_id=KEY)
    with pytest.raises(ApiError) as caught, errors_without_key(KEY):
        raise original
    assert KEY not in f"{caught.value} {caught.value.as_dict()} {caught.value.args} {vars(caught.value)}"
    assert caught.value.status == 400
    assert original.message == KEY


QUOTED_FORMS = ["whole", "lower", "end", "zero-width", "nul", "percent", "percent twice"]
LONG_KEY = "KEY0123456789ABCDEF_canary"


def readable(error: errors.TelnyxError) -> str:
    """Return the error without escapes and invisible characters, as a person who looks for the key can read it."""
    text = f"{error} {error.as_dict()}"
    for _level in range(2):
        text = unquote(text)
    return "".join(char for char in text if "!" <= char <= "~").lower()


@pytest.mark.parametrize("form", QUOTED_FORMS)
def test_key_quoted_by_a_server_is_in_no_error(lister: Lister, tmp_path: Path, form: str) -> None:
    (tmp_path / "key").write_text(LONG_KEY)
    for fault, kind in (
        ({"kind": "status", "status": 403, "echo_key": form}, errors.AuthenticationError),
        ({"kind": "html", "echo_key": form}, errors.ResponseError),
    ):
        lister.sandbox.reset(keys=[LONG_KEY], faults=[fault])
        for key in ({"api_key": LONG_KEY}, {"api_key": None, "api_key_file": str(tmp_path / "key")}):
            error = lister.error(kind, **key)
            assert "********" in str(error)
            assert "89abcdef_canary" not in readable(error)


@pytest.mark.parametrize("form", ["lower", "end"])
def test_key_in_a_redirect_target_is_in_no_error(lister: Lister, form: str) -> None:
    lister.sandbox.reset(keys=[LONG_KEY], faults=[{"kind": "redirect", "to": "http://KEY.example/", "echo_key": form}])
    error = lister.error(errors.TransportError, api_key=LONG_KEY)
    assert "http://********.example:80" in str(error)
    assert "canary" not in str(error)
