"""The YAML reader that reads lines returns what PyYAML returns for the whole text, or leaves the text to PyYAML."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired import yaml_lines
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.errors import ParseError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_lines import NotSimpleError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import (
    document_records,
    line_reader,
    yaml_records,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_writer import dump
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sandbox.account import Account

VAULT = VaultLib([("default", VaultSecret(b"open sesame"))])

KEYS = st.sampled_from(
    ["id", "connection_name", "active", "inbound", "codecs", "channel_limit", "tags", "a", "b", "c", "yes", "<<", "a b"]
)
VALUES = st.sampled_from(
    [
        *(
            "x",
            "'it''s'",
            '"b\\n"',
            "''",
            "1",
            "2.10",
            "0123",
            "true",
            "NO",
            "null",
            "~",
            "1e3",
            "12:30",
            "+1",
            "-5",
            ".inf",
        ),
        *(
            "http://a:b",
            "a#b",
            "é",
            "[]",
            "[a,2.10]",
            "{}",
            "*",
            "&x",
            "*x",
            "!!str",
            "|",
            ">",
            "-",
            "?",
            "a:",
            '"a',
            "'a",
        ),
        *(
            "[a",
            "{a}",
            "...",
            "---",
            "%x",
            "@",
            "`",
            "=",
            "<<",
            ":x",
            ":",
            "?x",
            "-x",
            "$",
            "a b",
            "a  ",
            "a: b",
            "a # b",
        ),
        *("a: &x b", "- a", 'a: "b', "'a' b", "!unsafe x", "a\tb", "a\u2028b", "a\x85b", "\x07", ""),
    ]
)
PREFIXES = st.sampled_from(["- ", "  ", "    ", "  - ", "    - "] * 4 + ["", " ", "-", "-  ", "      - ", "      "])
FIELDS = st.builds(lambda indent, key, value: f"{indent}{key}:{value}", PREFIXES, KEYS, VALUES.map(lambda x: f" {x}"))
PARENTS = st.builds(lambda indent, key: f"{indent}{key}:", PREFIXES, KEYS)
ELEMENTS = st.builds(lambda indent, value: f"{indent}{value}", PREFIXES, VALUES)
OTHERS = st.sampled_from(["", "# a", "  # a", "---", "...", "%YAML 1.1", "  a", "    a", "\ta: b", "  a: b\r"])
LINES = st.one_of(FIELDS, FIELDS, PARENTS, ELEMENTS, OTHERS)


@settings(max_examples=500)
@given(st.lists(LINES, max_size=8), st.sampled_from(["- a: 1\n", "---\n- a: 1\n", "# a\n\n---\n- id: 1\n", ""]))
@example(["...", "- a: 1"], "- a: 1\n")
@example(["---", "  - {}"], "- a: 1\n")
@example(["  tags:", "  - a", "    - b"], "- a: 1\n")
@example(["  inbound:", "    codecs:", "  - b"], "- a: 1\n")
@example(["  inbound:", "    codecs:", "    - b", "    channel_limit: 1", "    - b"], "- a: 1\n")
@example(["  tags: []", "  - a"], "- a: 1\n")
def test_records_are_as_pyyaml_reads_them(lines: list[str], start: str) -> None:
    text = start + "\n".join(lines)
    try:
        found = line_reader(VAULT).records(text)
    except (NotSimpleError, ParseError):
        return
    assert repr(found) == repr(document_records(text, VAULT).records)  # repr tells 1 from true


def count_parsed(monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[list[Any], int]:
    """Return the records of a text, and how many of them PyYAML parsed one by one."""
    parsed = []
    original = yaml_lines.LineReader._parsed_record

    def count(self: Any, lines: Any) -> Any:
        parsed.append(lines)
        return original(self, lines)

    def refuse(*_args: Any) -> Any:
        raise AssertionError("the whole text was parsed")

    monkeypatch.setattr(yaml_lines.LineReader, "_parsed_record", count)
    monkeypatch.setattr(f"{yaml_records.__module__}.document_records", refuse)
    return [record for record, _line in yaml_records(text, VAULT).records], len(parsed)


def test_baseline_is_read_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    records = Account(50).records
    assert count_parsed(monkeypatch, dump(records)) == (records, 0)


def test_list_may_be_indented_or_in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "- id: '1'\n  tags:\n    - a\n    - 2.10\n- id: '2'\n  tags: [a, 2.10]\n  inbound:\n    codecs:\n    - OPUS\n"
    )
    expected = [{"id": "1", "tags": ["a", "2.10"]}, {"id": "2", "tags": ["a", "2.10"], "inbound": {"codecs": ["OPUS"]}}]
    assert count_parsed(monkeypatch, text) == (expected, 0)


def test_only_the_records_with_other_lines_are_parsed_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    value = VAULT.encrypt("password").decode().replace("\n", "\n    ")
    text = "".join(f"- id: '{each}'\n  active: true\n" for each in range(40)) + f"  password: !vault |\n    {value}\n"
    records, parsed = count_parsed(monkeypatch, text)
    assert (len(records), parsed) == (40, 1)
    assert records[39] == {"id": "39", "active": True, "password": "password"}


def test_error_in_a_record_has_its_line() -> None:
    text = "".join(f"- id: '{each}'\n  active: true\n" for each in range(40)) + "  active: true\n"
    with pytest.raises(ParseError, match="the key 'active' is given twice") as caught:
        yaml_records(text, VAULT)
    assert caught.value.line == 81
