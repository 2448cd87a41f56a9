"""Tables and CSV: no value breaks out of its cell."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import to_user_record
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.table import csv_text, table_lines
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import HOSTILE_NAMES, make_connection

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("password"), inner),
    max_leaves=20,
)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_table_and_csv_keep_a_hostile_name_in_its_cell(name: str) -> None:
    record = to_user_record({**make_connection(1, 1), "connection_name": name}, False)
    lines = table_lines([record])
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)
    (row,) = csv.DictReader(io.StringIO(csv_text([record]), newline=""))
    assert row["name"].lstrip("'") == name.replace("\0", "<U+0000>").lstrip("'")
    assert not row["name"].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert (row["id"], row["user"], row["password"]) == (record["id"], record["user_name"], "available")


@given(
    st.dictionaries(st.sampled_from(["connection_name", "inbound", "outbound", "active", "anchorsite_override"]), JSON)
)
def test_table_and_csv_accept_any_json_value(record: dict[str, Any]) -> None:
    assert len(table_lines([record])) == 2
    assert len(list(csv.reader(io.StringIO(csv_text([record]), newline="")))) == 2


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("x\r=1+1", "x\r=1+1"),
        ("x\n=1+1", "x\n=1+1"),
        *((f"{char}1+1", f"'{char}1+1") for char in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"),
    ],
)
def test_csv_cell_is_no_formula_and_no_row(name: str, cell: str) -> None:
    text = csv_text([{"id": "1", "connection_name": name}])
    _heading, row = csv.reader(io.StringIO(text, newline=""))
    assert row[1] == cell
    if "\r" in name or "\n" in name:
        assert f'"{cell}"' in text
