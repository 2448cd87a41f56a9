"""The YAML writer: stable text that is read back unchanged and that Ansible does not template."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import is_odd
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import Loader
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_writer import (
    dump,
    dump_each,
)
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import HOSTILE_NAMES

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
        st.sampled_from(HOSTILE_NAMES),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=3)),
    max_leaves=8,
)


KEYS = st.text(max_size=9) | st.sampled_from(["x" * 130, "z" * 2000, "\n" * 200, "? a", "yes", "connection_name", "id"])


@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=5) | VALUES, max_size=4))
def test_written_value_is_read_back_unchanged(values: list[Any]) -> None:
    text = dump(values)
    again = yaml.load(text, Loader)
    assert again == values
    assert dump(again) == text
    assert not [char for char in text if char != "\n" and is_odd(char)]
    assert [yaml.load(each, Loader) for each in dump_each(values)] == values


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


@pytest.mark.parametrize("begin", ["{{ x }}", "a {% if x %}", "{#", "#jinja2: variable_start_string:'[%'\n[% x"])
def test_text_that_ansible_could_template_is_written_as_unsafe(begin: str) -> None:
    text = dump([{begin: [begin], "name": f"#{begin}" if "jinja" in begin else begin}])
    assert text.count("!unsafe") == (2 if "jinja" in begin else 3)
    assert "!unsafe" not in dump([{"name": "{ x } # %}", "#jinja": "x #jinja2: y"}])


def test_odd_character_beyond_the_basic_plane_is_escaped() -> None:
    assert dump("\U000e0067\u202e").lower() == '"\\u000e0067\\u202e"\n'
    assert yaml.safe_load(dump("\U000e0067\u202e")) == "\U000e0067\u202e"
