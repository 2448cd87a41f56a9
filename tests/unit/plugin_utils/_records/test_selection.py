"""The filters and orders of the endpoint, applied to records: what the sandbox lists is what is selected from a snapshot."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.argument_spec import SORTS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.selection import filter_and_sort, in_order
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import PROFILES, Account

Record = dict[str, Any]

NAMES = st.one_of(st.sampled_from(["PBX 1", "pbx 1", "Pbx", "ΑΣ pbx", "straße", "STRASSE"]), st.text(max_size=6))
RECORDS = st.lists(
    st.builds(
        lambda identity, active, name, created, profile: {
            "id": identity,
            "active": active,
            "connection_name": name,
            "created_at": f"2026-01-0{created}T00:00:00.000Z",
            "outbound": {"outbound_voice_profile_id": profile},
        },
        st.text("0123456789", min_size=1, max_size=4),
        st.booleans(),
        NAMES,
        st.integers(1, 3),
        st.sampled_from(PROFILES),
    ),
    max_size=8,
    unique_by=lambda record: str(record["id"]),
)
CONTAINS = st.one_of(st.none(), st.sampled_from(["pbx", "BX 1", "ασ", "SS"]), st.text(min_size=1, max_size=2))


@given(RECORDS, CONTAINS, st.sampled_from(PROFILES), st.sampled_from([None, *SORTS]))
def test_selection_is_what_the_sandbox_lists(
    records: list[Record], contains: str | None, profile: str | None, sort: str | None
) -> None:
    account = Account(0)
    account.records = records
    in_the_file = account.listed(None, None, "created_at")
    selected = filter_and_sort(in_the_file, contains, profile, sort)
    assert selected == account.listed(contains, profile, sort or "created_at")


@pytest.mark.parametrize("sort", SORTS)
def test_records_without_the_field_of_the_order_are_kept(sort: str) -> None:
    records: list[Record] = [
        {"id": "3"},
        {"id": "1", "active": None, "connection_name": 5},
        {"id": "2", "active": True},
    ]
    assert {record["id"] for record in filter_and_sort(records, None, None, sort)} == {"1", "2", "3"}


@pytest.mark.parametrize(
    "outbound", [None, {}, {"outbound_voice_profile_id": None}, "x", {"outbound_voice_profile_id": "71"}]
)
def test_record_without_the_profile_is_left_out(outbound: Any) -> None:
    records: list[Record] = [
        {"id": "1", "outbound": {"outbound_voice_profile_id": "07"}},
        {"id": "2", "outbound": outbound},
        {"id": "3"},
    ]
    assert [record["id"] for record in filter_and_sort(records, None, "7", None)] == ["1"]


@pytest.mark.parametrize(
    ("names", "sort", "order"),
    [
        ("b a C", "connection_name", "C a b"),
        ("a b C", "connection_name", "a b C"),
        ("C a b", "connection_name", "C a b"),
        ("C b a", "-connection_name", "C b a"),
        ("é e f", "connection_name", "é e f"),
        ("a-c ab ad", "connection_name", "a-c ab ad"),
        ("ab a-c ad", "connection_name", "ab a-c ad"),
    ],
)
def test_names_in_the_order_of_any_collation_stay(names: str, sort: str, order: str) -> None:
    records = [{"id": str(place), "connection_name": name} for place, name in enumerate(names.split())]
    assert [record["connection_name"] for record in in_order(records, sort)] == order.split()


def test_order_of_records_without_a_value_stays() -> None:
    records: list[Record] = [{"id": "1", "active": True}, {"id": "2", "active": None}, {"id": "3", "active": False}]
    assert in_order(records, "active") == records
