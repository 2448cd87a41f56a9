"""The JSON reader: which values it returns, and what it refuses."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.errors import ParseError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.json_reader import json_records


def read(text: str) -> list[Any]:
    return [record for record, _line in json_records(text).records]


def test_json_records_returns_each_record_with_its_line() -> None:
    records = [{"connection_name": "x 👩‍💻 \x7f\u2028 y", "a": 1e1}, {"id": "1", "tags": [{"deep": None}]}, {}]
    for indent in (None, "\t"):
        text = json.dumps(records, indent=indent)
        found = json_records(f"\n{text}\n").records
        assert [record for record, _line in found] == records
        lines = text.splitlines()
        assert [line for _record, line in found] == (
            [place for place, line in enumerate(lines, 2) if line.startswith("\t{")] if indent else [2, 2, 2]
        )
    assert read(' {"id": "1"} ') == [{"id": "1"}]
    assert read("[ ]") == []


def test_number_or_boolean_of_a_text_field_is_its_source_text() -> None:
    text = '[{"connection_name": 2.10, "tags": [2.10, true, 1, "x"], "webhook_timeout_secs": 5.0, "new": [2.50]}]'
    (found,) = read(text)
    assert found == {
        "connection_name": "2.10", "tags": ["2.10", "true", "1", "x"], "webhook_timeout_secs": 5.0, "new": [2.5],
    }  # fmt: skip
    assert type(found["new"][0]) is type(found["webhook_timeout_secs"]) is float


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"a": 1,\n"a": "canary"}]', "line 1: the key 'a' is given twice"),
        ('[{"a": 1},\n{"password canary": 1, "password canary": 2}]', "line 2: the key .* is given twice"),
        ('[{"password": "canary}]', "is not valid JSON"),
        ('[{"a": 1},]', "is not valid JSON"),
        ('[{"a": 1} {"a": 1}]', "is not valid JSON"),
        ('[{"a": 1}]\n]', "line 2: it is not valid JSON"),
        ('{"a": 1} canary', "is not valid JSON"),
        ('{"a": NaN}', "a number is not valid in JSON"),
        ('{"a": 1e999}', "a number is not valid in JSON"),
        (f'{{"a": {"9" * 5000}}}', "a number is not valid in JSON"),
        (f'{{"a": {"9" * 400}}}', "a number is not valid in JSON"),
        ("[" * 100_000, "holds a value that cannot be read"),
        ("- canary", "is not valid JSON"),
        (" ", "it is empty"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_invalid_json_is_refused_without_quoting_it(text: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(text)
    assert re.search(message, f"line {caught.value.line}: {caught.value}")
    assert "canary" not in str(caught.value)
