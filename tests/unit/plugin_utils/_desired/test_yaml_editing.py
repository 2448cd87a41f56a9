"""Edits of YAML text: lists item by item, and values on one line."""

from __future__ import annotations

import operator
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.errors import EditError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_editing import (
    Item,
    YamlDocument,
    YamlEditor,
    one_line_yaml,
    update_items,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import Loader
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import HOSTILE_NAMES

LETTERS = st.lists(st.sampled_from("abc"), max_size=6)


@given(LETTERS, LETTERS, st.booleans())
def test_updated_items_are_those_of_the_new_list_and_every_old_one_is_kept_or_removed(
    old: list[str], new: list[str], ordered: bool
) -> None:
    items = update_items(old, new, operator.eq, ordered=ordered)
    result = [item.value for item in items if not item.removed]
    assert (result if ordered else sorted(result)) == (new if ordered else sorted(new))
    kept_or_removed = [(item.old_index, item.value) for item in items if item.old_index is not None]
    assert kept_or_removed == list(enumerate(old))


def test_items_of_an_unordered_list_keep_their_place() -> None:
    items = update_items(["b", "a"], ["a", "c", "b"], operator.eq, ordered=False)
    assert items == [Item(0, "b"), Item(1, "a"), Item(None, "c")]


@given(st.sampled_from([*HOSTILE_NAMES, "yes", "1", "", "a: b", "x, y", "[", "it's", 'a "b"', "\\"]), st.booleans(),
       st.sampled_from([None, "'", '"']))  # fmt: skip
def test_value_on_one_line_is_read_back(value: str, in_flow: bool, style: str | None) -> None:
    text = one_line_yaml(value, in_flow=in_flow, style=style)
    assert "\n" not in text
    assert yaml.load(f"{{a: {text}}}" if in_flow else f"a: {text}\n", Loader) == {"a": value}


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [("x", '"', '"x"'), ("x", "'", "'x'"), ("x", None, "x"), ("1", '"', "'1'"), (None, "'", "null"), ([], None, "[]")],
)
def test_replaced_text_keeps_its_quotes(value: Any, style: str | None, text: str) -> None:
    assert one_line_yaml(value, in_flow=False, style=style) == text


def test_alias_makes_a_node_shared() -> None:
    document = YamlDocument("- &a x\n- *a\n- x\n", VaultLib([]))
    assert [document.is_shared(node) for node in document.items()] == [True, True, False]


@pytest.mark.parametrize("text", ["", "# none\n", "--- null\n"])
def test_document_without_a_value_has_no_items(text: str) -> None:
    assert YamlDocument(text, VaultLib([])).items() == []


def test_overlapping_edits_are_refused() -> None:
    document = YamlDocument("[a]\n", VaultLib([]))
    editor = YamlEditor(document)
    for _time in range(2):
        editor.replace_scalar(document.items()[0], "b", in_flow=True)
    with pytest.raises(EditError, match="cannot be updated in place"):
        editor.edited_text()
