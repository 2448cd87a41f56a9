"""Secrets of URLs: hidden in reports, and what remains says which URL it is."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.url_secrets import (
    text_without_url_secrets,
    without_url_secrets,
)
from hypothesis import given
from hypothesis import strategies as st

CANARY = "c4n4ry"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.com/hook", "https://example.com/hook"),
        ("https://example.com:8443/a@b", "https://example.com:8443/a@b"),
        ("https://user:c4n4ry@example.com/", "https://(hidden)@example.com/"),
        ("https://c4n4ry@example.com", "https://(hidden)@example.com"),
        ("https://user:c4n@4ry@example.com", "https://(hidden)@example.com"),
        ("https://@example.com", "https://@example.com"),
        ("https://example.com/?token=c4n4ry&b=&c=c4n4ry", "https://example.com/?token=(hidden)&(hidden)&c=(hidden)"),
        ("https://example.com/?c4n4ry==", "https://example.com/?(hidden)"),
        ("https://example.com/?a=c4n4ry=c4n4ry;b=1", "https://example.com/?a=(hidden);b=(hidden)"),
        ("https://example.com/?c4n4ry", "https://example.com/?(hidden)"),
        ("https://example.com/?c4n4ry&a=1&c4n4ry", "https://example.com/?(hidden)&a=(hidden)&(hidden)"),
        ("https://example.com/#c4n4ry", "https://example.com/#(hidden)"),
        ("https://example.com/?#", "https://example.com/?#"),
        ("HTTPS://user:c4n4ry@example.com", "HTTPS://(hidden)@example.com"),
    ],
)
def test_secrets_are_hidden_and_the_rest_is_kept(url: str, shown: str) -> None:
    for text in (url, shown):
        assert without_url_secrets(text, "webhook_event_url") == shown
        assert text_without_url_secrets([{"a": f"it is {text} there"}]) == [{"a": f"it is {shown} there"}]
    assert without_url_secrets({"x_url": [url], "name": url}, "parent") == {"x_url": [shown], "name": url}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("//user:c4n4ry@example.com", "//(hidden)@example.com"),
        ("user:c4n4ry@example.com/?c4 n4ry", "user:(hidden)@example.com/?(hidden)"),
        ("", ""),
    ],
)
def test_field_without_a_scheme_is_a_url_too(url: str, shown: str) -> None:
    assert without_url_secrets(url, "webhook_event_url") == shown


@given(st.text("ab@:/?#&=;% \n"), st.text("ab&=; \n"), st.text("ab/?&= \n"))
def test_secret_after_a_question_mark_or_a_hash_is_never_shown(start: str, query: str, fragment: str) -> None:
    for url in (
        f"https://h/?{query}={CANARY}#{fragment}",
        f"https://h/?{query}&{CANARY}=",
        f"https://h/{start}#{fragment}{CANARY}",
        f"?k={CANARY}{start}",
    ):
        assert CANARY not in without_url_secrets(url, "webhook_event_url")


@pytest.mark.parametrize("value", [None, 5, True, [], {}, ["x"]])
def test_other_values_stay_as_they_are(value: object) -> None:
    assert without_url_secrets(value, "webhook_event_url") == value
    assert text_without_url_secrets(value) == value


def test_long_text_of_letters_takes_no_quadratic_time() -> None:
    text = "x" * 1_000_000  # quadratic, this would take hours
    assert text_without_url_secrets(text) == text
    assert text_without_url_secrets(f"{'x' * 40}://u:{CANARY}@h") == f"{'x' * 40}://(hidden)@h"
