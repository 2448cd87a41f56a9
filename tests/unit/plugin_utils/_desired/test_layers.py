# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several entries of desired_files: what a later one says replaces what an earlier one says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.files import read_desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.layers import merged
from hypothesis import given
from hypothesis import strategies as st

VAULT = VaultLib([])
Record = dict[str, Any]


def read(folder: Path, *contents: Any, match_by: str = "connection_name") -> list[Any]:
    """Return the desired records of these files, each an entry; the even ones are YAML, and the odd ones JSON."""
    paths = [folder / f"{number}.{'json' if number % 2 else 'yml'}" for number in range(len(contents))]
    for path, content in zip(paths, contents):
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_desired(list(map(str, paths)), VAULT, match_by)


A: Record = {
    "id": "1",
    "connection_name": "a",
    "active": True,
    "tags": ["x"],
    "inbound": {"channel_limit": 1, "codecs": ["G722"]},
}
B: Record = {"connection_name": "b", "user_name": "ub"}


@pytest.mark.parametrize(
    ("later", "records"),
    [
        ([], [A, B]),
        ([{"id": "1", "active": False}], [{**A, "active": False}, B]),
        ([{"connection_name": "a", "tags": []}], [{**A, "tags": []}, B]),
        ([{"connection_name": "a", "inbound": {"codecs": ["OPUS"]}}], [{**A, "inbound": {"channel_limit": 1, "codecs": ["OPUS"]}}, B]),
        ([{"connection_name": "a", "inbound": {"codecs": None}}], [{**A, "inbound": {"channel_limit": 1, "codecs": None}}, B]),
        ([{"connection_name": "a", "inbound": None}], [{**A, "inbound": None}, B]),
        ([{"id": "1", "connection_name": "new name"}], [{**A, "connection_name": "new name"}, B]),
        ([{"id": "7", "connection_name": "b"}], [A, {**B, "id": "7"}]),
        ([{"id": "2", "connection_name": "a"}], [A, B, {"id": "2", "connection_name": "a"}]),
        ([{"connection_name": "c"}], [A, B, {"connection_name": "c"}]),
    ],
    ids=str,
)  # fmt: skip
def test_later_record_changes_the_earlier_one_of_its_id_or_name(
    tmp_path: Path, later: Any, records: list[Record]
) -> None:
    assert [each.record for each in read(tmp_path, [A, B], later)] == records


def test_records_are_matched_by_the_field_that_the_check_matches_by(tmp_path: Path) -> None:
    (only,) = read(tmp_path, [B], [{"user_name": "ub", "connection_name": "renamed"}], match_by="user_name")
    assert only.record == {"user_name": "ub", "connection_name": "renamed"}
    assert len(read(tmp_path, [{"connection_name": "Cafe\u0301"}], [{"connection_name": "Caf\u00e9"}])) == 1


def test_source_of_a_field_is_the_line_that_decided(tmp_path: Path) -> None:
    first = yaml.safe_dump(
        {"defaults": {"active": True, "dtmf_type": "Inband"}, "connections": [A, B]}, sort_keys=False
    )
    last = "- connection_name: a\n  inbound:\n    codecs: [OPUS]\n- connection_name: b\n  inbound: null\n"
    a, b = read(tmp_path, first, [{"connection_name": "a", "tags": ["y"]}], last)
    sources = {
        path: (Path(found["file"]).name, found["line"])
        for path in ("active", "dtmf_type", "tags", "inbound.codecs", "inbound.channel_limit", "user_name")
        if (found := a.source_of(tuple(path.split("."))))
    }
    assert sources == {
        "active": ("0.yml", 7), "dtmf_type": ("0.yml", 3), "tags": ("1.json", None), "inbound.codecs": ("2.yml", 3),
        "inbound.channel_limit": ("0.yml", 11), "user_name": ("0.yml", 5),
    }  # fmt: skip
    assert b.source_of(("inbound", "codecs"))["line"] == 5
    assert b.source["line"] == 14
    assert [each.entry for each in read(tmp_path, [A], [A, B], [{"connection_name": "c"}])] == [0, 1, 2]


def test_defaults_of_a_later_entry_replace_those_of_an_earlier_one_field_by_field(tmp_path: Path) -> None:
    def entry(defaults: Record, record: Record) -> Record:
        return {"defaults": defaults, "connections": [record]}

    (only,) = read(
        tmp_path,
        entry({"active": True, "tags": ["x"], "inbound": {"channel_limit": 1, "codecs": []}}, {"connection_name": "a"}),
        entry(
            {"tags": ["y"], "inbound": {"channel_limit": 2}, "dtmf_type": "Inband"},
            {"connection_name": "a", "active": False},
        ),
    )
    assert only.record == {
        "connection_name": "a", "active": False, "tags": ["y"], "dtmf_type": "Inband",
        "inbound": {"channel_limit": 2, "codecs": []},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ([[A], [{"id": "1"}, {"connection_name": "a"}]], "1.json, record 2 and .*1.json, record 1: both are one connection"),
        ([[{**A, "id": "2"}, A], [{"connection_name": "a"}]], "record 1: it could be .* Give it the id"),
    ],
    ids=str,
)  # fmt: skip
def test_connection_that_is_twice_in_one_entry_is_an_error(tmp_path: Path, contents: Any, message: str) -> None:
    with pytest.raises(DesiredError, match=message):
        read(tmp_path, *contents)


def test_file_that_several_entries_reach_belongs_to_the_first(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("- {connection_name: a, active: true}\n")
    (tmp_path / "b.yml").write_text("- {connection_name: a, active: false}\n")
    for paths, active in ((["a.yml", "*.yml"], False), (["b.yml", "*.yml"], True)):
        (only,) = read_desired([str(tmp_path / path) for path in paths], VAULT)
        assert only.record["active"] is active


VALUES = st.recursive(
    st.none() | st.booleans() | st.lists(st.integers(0, 2), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@given(RECORDS, RECORDS, RECORDS)
def test_layers_can_be_put_together_in_any_grouping(one: Record, two: Record, three: Record) -> None:
    assert merged(merged(one, two), two) == merged(one, two)
    assert merged(one, {}) == merged({}, one) == one
    if all(not isinstance(each, dict) for part in (one, two, three) for each in part.values()):
        assert merged(merged(one, two), three) == merged(one, merged(two, three))
