"""The YAML writer: stable text that is read back unchanged and that Ansible does not template."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import is_odd
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import Loader
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_writer import (
    _dump_by_pyyaml,
    _ordered_record,
    dump,
    dump_records,
)
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import HOSTILE_NAMES

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.sampled_from(HOSTILE_NAMES)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=3)),
    max_leaves=8,
)


KEYS = st.one_of(
    st.sampled_from(["connection_name", "id", "yes", "null", "x" * 100, "x" * 130, "a b"]), st.text(max_size=9)
)
RECORDS = st.lists(st.one_of(st.dictionaries(KEYS, VALUES, max_size=5), VALUES), max_size=4)


@given(RECORDS)
def test_text_is_as_pyyaml_writes_it(records: list[Any]) -> None:
    assert dump(records) == _dump_by_pyyaml([_ordered_record(each) for each in records])
    assert dump_records(records) == [_dump_by_pyyaml(_ordered_record(each)) for each in records]


def test_records_are_as_pyyaml_writes_them_whatever_their_fields_are() -> None:
    values: list[Any] = [
        "a",
        "it's",
        "yes",
        "2.10",
        "",
        " a",
        "{{ x }}",
        "a: b",
        "\u202e",
        "a\nb",
        None,
        True,
        1,
        1.5,
        [],
        {},
    ]
    values += [[each] for each in values] + [{"b": each} for each in values] + ["x " * 60_000, {1: "a"}, {"a b": 1}]
    for value in values:
        record = {"id": "1", "z": value, "connection_name": "x"}
        assert dump([record, record]) == _dump_by_pyyaml([_ordered_record(record)]) * 2
        assert dump_records([record]) == [dump(record)]


@given(st.dictionaries(st.text(min_size=1, max_size=9), VALUES, min_size=1))
def test_written_record_is_read_back_unchanged(record: dict[str, Any]) -> None:
    text = dump([record])
    (again,) = yaml.load(text, Loader)
    assert again == record
    assert dump([again]) == text
    assert not [char for char in text if char != "\n" and is_odd(char)]


def test_record_begins_with_its_name_and_its_id_and_other_keys_are_sorted() -> None:
    record = {"active": True, "id": "1", "tags": [{"id": 1, "connection_name": "x"}], "connection_name": "z", "z": 1}
    assert (
        dump([record])
        == """\
- connection_name: z
  id: '1'
  active: true
  tags:
  - connection_name: x
    id: 1
  z: 1
"""
    )
    assert list(yaml.safe_load(dump(record))) == ["connection_name", "id", "active", "tags", "z"]


def test_flow_style_is_one_line_in_brackets() -> None:
    assert dump([{"b": [1, {"d": 1, "c": "x, y"}]}], flow=True) == "[{b: [1, {c: 'x, y', d: 1}]}]\n"


@pytest.mark.parametrize("begin", ["{{ x }}", "a {% if x %}", "{#", "#jinja2: variable_start_string:'[%'\n[% x"])
def test_text_that_ansible_could_template_is_written_as_unsafe(begin: str) -> None:
    text = dump([{begin: [begin], "name": f"#{begin}" if "jinja" in begin else begin}])
    assert text.count("!unsafe") == (2 if "jinja" in begin else 3)
    assert "!unsafe" not in dump([{"name": "{ x } # %}", "#jinja": "x #jinja2: y"}])


def test_odd_character_beyond_the_basic_plane_is_escaped() -> None:
    assert dump("\U000e0067\u202e").lower() == '"\\u000e0067\\u202e"\n'
    assert yaml.safe_load(dump("\U000e0067\u202e")) == "\U000e0067\u202e"
