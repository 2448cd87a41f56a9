"""JSON without what Python adds to it."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.strict_json import loads


def test_value_of_json_is_returned() -> None:
    assert loads('[1, 2.5, -1e300, null, true, {"a": "\\u00e9"}]') == [1, 2.5, -1e300, None, True, {"a": "é"}]


def test_unpaired_surrogates_are_replaced() -> None:
    assert loads('{"\\ud800": ["x\\uDFFFy", "\\ud83d\\ude00", 1]}') == {"\ufffd": ["x\ufffdy", "\U0001f600", 1]}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        *[(text, ValueError) for text in ("", "{", "NaN", "[Infinity]", "-Infinity", "[1] x")],
        *[(text, OverflowError) for text in ("1e400", "[-1e999]")],
        ("[" * 100_000, RecursionError),
        ("[" * 101 + "]" * 101, RecursionError),
        ('{"a": ' * 600 + "1" + "}" * 600, RecursionError),
    ],
)
def test_text_that_is_not_json_is_an_error(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        loads(text)


def test_key_that_an_object_has_twice_is_an_error_if_keys_must_be_unique() -> None:
    text = '[{"a": {"b": 1, "b": 2}}]'
    assert loads(text) == [{"a": {"b": 2}}]
    with pytest.raises(ValueError, match="twice"):
        loads(text, unique_keys=True)
    assert loads('{"a": {"a": 1}}', unique_keys=True) == {"a": {"a": 1}}
