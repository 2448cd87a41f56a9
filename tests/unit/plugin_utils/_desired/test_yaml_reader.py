"""The YAML reader: which values it returns, and what it refuses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.errors import ParseError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import yaml_content
from hypothesis import given
from hypothesis import strategies as st

VAULT = VaultLib([("default", VaultSecret(b"open sesame"))])


def read(text: str) -> list[Any]:
    return [each.fields for each in yaml_content(text, VAULT, "f.yml")[0]]


def lines(text: str) -> list[int | None]:
    return [each.line for each in yaml_content(text, VAULT, "f.yml")[0]]


def test_each_record_has_its_line() -> None:
    text = "---\n# words\n- id: '1'\n- id: '2'\n  tags: [a]\n"
    assert (read(text), lines(text)) == ([{"id": "1"}, {"id": "2", "tags": ["a"]}], [3, 4])
    assert lines("\nid: '1'\n") == [2]
    assert read("[]") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- id: 1\n  active: true\n  inbound:\n    codecs:\n    - G722\n", [2, 4, 1]),
        ("- {id: 1,\n   active: true, inbound:\n   {codecs: []}}\n", [2, 3, 1]),
        ("-\n    id: 1\n\n    # words\n    inbound: null\n    active: true\n", [6, 5, 2]),
        ("- &a\n  active: true\n- <<: *a\n  inbound: &i {codecs: []}\n- inbound: *i\n  id: 1\n  <<: *a\n", [2, 4, 6]),
        ("x: |\n  text\n\nrtcp_settings: {}\nid: 1\n", [None, None, 5]),
        ("[{id: 1, inbound: {codecs: []}}]", [None, 1, 1]),
    ],
)
def test_each_field_has_its_line(text: str, found: list[int | None]) -> None:
    find_line = yaml_content(text, VAULT, "f.yml")[0][-1].find_line
    assert find_line is not None
    assert [find_line(path) for path in (("active",), ("inbound", "codecs"), ("id",))] == found


def test_field_is_found_under_both_its_names() -> None:
    ((only,), _defaults) = yaml_content("- id: 1\n  rtcp_settings:\n    report_frequency_seconds: 5\n", VAULT, "f.yml")
    assert only.find_line is not None
    assert only.find_line(("rtcp_settings", "report_frequency_secs")) == 3


def test_unquoted_value_gets_its_json_type_or_is_text() -> None:
    text = "- {a: 2026-11-23, b: =, c: yes, d: 010, e: null, f: ~, g: 1.5, h: !unsafe '{{ x }}', i: !!str 1}"
    (found,) = read(text)
    assert found == {
        "a": "2026-11-23", "b": "=", "c": True, "d": "010", "e": None, "f": None, "g": 1.5, "h": "{{ x }}", "i": "1",
    }  # fmt: skip


def test_unquoted_number_in_another_notation_than_json_is_text() -> None:
    text = "- {a: 0123, b: 12:34:56, c: 1_000, d: 0x1f, e: +15125550100, f: -5, g: 1.5e+3, h: 0, i: 1e3, j: .5, k: 0b1}"
    (found,) = read(text)
    assert found == {
        "a": "0123", "b": "12:34:56", "c": "1_000", "d": "0x1f", "e": "+15125550100", "f": -5, "g": 1500.0, "h": 0,
        "i": "1e3", "j": 0.5, "k": "0b1",
    }  # fmt: skip


def test_merge_keys_are_resolved() -> None:
    (nested, again) = read("- <<: &b {<<: &a {x: 1, y: 2}, x: 3}\n  z: 4\n- *b\n")
    assert (nested, again) == ({"x": 3, "y": 2, "z": 4}, {"x": 3, "y": 2})
    records = read("- &base {id: '1', active: true}\n- {<<: *base, id: '2'}\n")
    assert records == [{"id": "1", "active": True}, {"id": "2", "active": True}]


A = "- &a {x: 1, z: 1}\n"
B = "- &b {x: 2, y: 2}\n"
MERGES = [
    ("- &a {x: 1}\n- {<<: *a, x: 2}\n", [{"x": 1}, {"x": 2}]),
    ("- &a {x: 1}\n- {x: 2, <<: *a, y: 3}\n", [{"x": 1}, {"x": 2, "y": 3}]),
    (f"{A}{B}- {{<<: [*a, *b]}}\n", [{"x": 1, "z": 1}, {"x": 2, "y": 2}, {"x": 1, "y": 2, "z": 1}]),
    (
        f"{A}- &c {{<<: *a, y: 2}}\n- {{<<: *c, x: 3}}\n",
        [{"x": 1, "z": 1}, {"x": 1, "y": 2, "z": 1}, {"x": 3, "y": 2, "z": 1}],
    ),
    ("- inbound: &i {x: 1}\n- inbound: {<<: *i, y: 2}\n", [{"inbound": {"x": 1}}, {"inbound": {"x": 1, "y": 2}}]),
]


@pytest.mark.parametrize(("text", "records"), MERGES)
def test_own_keys_take_precedence_over_merged_ones_and_the_first_merged_over_the_next(
    text: str, records: list[dict[str, Any]]
) -> None:
    assert read(text) == records


@pytest.mark.parametrize("text", ["- &a {<<: *a, x: 1}\n", "- &a {y: {<<: *a}}\n", "- {<<: 1}\n", "- {<<: [[]]}\n"])
def test_merge_of_anything_but_another_mapping_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match=r"<<|its aliases") as caught:
        read(text)
    assert caught.value.line == 1


def test_unquoted_value_of_a_text_field_is_its_source_text() -> None:
    written = "connection_name: 2.10, tags: [2.10, true, NO, 1e3, 007, ~, x], outbound: {ani_override: 15125550100}"
    expected = {
        "connection_name": "2.10",
        "tags": ["2.10", "true", "NO", "1e3", "007", None, "x"],
        "outbound": {"ani_override": "15125550100"},
    }
    assert read(f"- {{{written}}}\n") == [expected]
    text = "- &a {active: true, webhook_timeout_secs: 5}\n- {<<: *a, outbound: {localization: NO}, user_name: null}\n"
    assert read(text) == [
        {"active": True, "webhook_timeout_secs": 5},
        {"active": True, "webhook_timeout_secs": 5, "outbound": {"localization": "NO"}, "user_name": None},
    ]


WRITTEN = st.sampled_from(
    ["2.10", "true", "NO", "on", "0123", "+15125550100", "15125550100", "1_000", "0x1f", "12:34:56", "1e3", "2026-11-24", "1.", ".5"]
)  # fmt: skip


@given(WRITTEN, st.lists(WRITTEN, max_size=4))
def test_unquoted_text_field_is_its_text(name: str, tags: list[str]) -> None:
    record = {"connection_name": name, "user_name": name, "tags": tags, "outbound": {"ani_override": name}}
    text = f"- {{connection_name: {name}, user_name: {name}, tags: [{', '.join(tags)}], outbound: {{ani_override: {name}}}}}"
    (found,) = read(text)
    assert found == record


def test_vaulted_value_is_decrypted() -> None:
    value = VAULT.encrypt("pass\nword").decode().replace("\n", "\n    ")
    assert read(f"- id: '1'\n  password: !vault |\n    {value}\n") == [{"id": "1", "password": "pass\nword"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- id: '1'\n  active: true\n  active: false\n", "line 3: the key 'active' is given twice"),
        ("- inbound:\n    codecs: []\n    codecs: []\n", "line 3: the key 'codecs' is given twice"),
        ("", "line 1: it is empty"),
        ("# words\n", "it is empty"),
        ("- password: [canary\n", "is not valid YAML"),
        ("- password: canary: canary\n", "line 1: it is not valid YAML"),
        ("- a: *nowhere\n", "is not valid YAML"),
        ("--- 1\n--- 2\n", "is not valid YAML"),
        ("- password: !python/object:canary.x {}\n", "is not valid YAML"),
        ("- password: !vault canary\n", "line 1: a vaulted value cannot be read"),
        ("- ? {a: 1}\n  : canary\n", "line 1: a key is not text"),
        ("- id: '1'\n  1: canary\n", "line 2: a key is not text"),
        ("- yes: canary\n", "line 1: a key is not text"),
        ("- inbound: {channel_limit: .nan}\n", "line 1: a number is not valid in JSON"),
        ("- active: -.inf\n", "a number is not valid in JSON"),
        (f"- active: {'9' * 5000}\n", "a number is not valid in JSON"),
        ("- tags: !!set {canary}\n", "line 1: a value has the type !!set"),
        ("- tags: !!binary canary\n", "a value has the type !!binary"),
        ("- tags: !!timestamp 2026-11-23\n", "a value has the type !!timestamp"),
        ("- password: !!bool canary\n", "cannot be read"),
        ("- password: !canary\n", "is not valid YAML"),
        ("- password: !!canary x\n", "is not valid YAML"),
        ("- password: *canary\n", "is not valid YAML"),
        ("- {password canary: 1, password canary: 2}\n", "line 1: the key .* is given twice"),
        ("- [canary\n", "it is not valid YAML: .*expected …"),
        (
            "".join(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10) if n else 1}]\n" for n in range(9)),
            "its aliases expand to too many values",
        ),
        ("- &a [*a]\n", "or one contains itself"),
    ],
    ids=repr,
)
def test_invalid_yaml_is_refused_without_quoting_it(text: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(text)
    assert re.search(message, f"line {caught.value.line}: {caught.value}")
    assert "canary" not in str(caught.value)
