"""The inventory in facts: host names are unique and harmless, and no record is lost."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.host_groups import (
    as_inventory,
    group_names,
    harmless_name,
    host_names,
    is_harmless,
)
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import HOSTILE_NAMES

NAMES = st.text(max_size=4) | st.sampled_from(["all", "ungrouped", "a", "a-1", "a-2", "1", "2", "", *HOSTILE_NAMES])


@given(st.lists(NAMES, max_size=8))
def test_as_inventory_contains_every_record(names: list[str]) -> None:
    records = [
        {"id": str(place), "connection_name": name, "active": place % 2 == 0, "tags": [name, name]}
        for place, name in enumerate(names)
    ]
    hosts = host_names(records)
    assert len(set(hosts)) == len(records)
    assert all(hosts)
    inventory = as_inventory(records)
    assert list(inventory["_meta"]["hostvars"].values()) == [
        {f"telnyx_{field}": value for field, value in record.items()} for record in records
    ]
    members = [host for group in inventory["all"]["children"] for host in inventory.get(group, {"hosts": []})["hosts"]]
    assert set(members) == set(inventory["_meta"]["hostvars"])
    assert all(
        len(set(inventory[group]["hosts"])) == len(inventory[group]["hosts"])
        for group in inventory
        if "hosts" in inventory[group]
    )


@given(st.lists(st.tuples(NAMES, NAMES), max_size=8), st.sets(NAMES, max_size=4))
def test_host_names_are_unique_harmless_and_short(pairs: list[tuple[str, str]], avoid: set[str]) -> None:
    records = [{"id": identity or "0", "connection_name": name} for name, identity in pairs]
    hosts = host_names(records, avoid=avoid)
    assert len(set(hosts)) == len(records)
    assert not avoid & set(hosts)
    for host in hosts:
        assert is_harmless(host)
        assert len(host.encode()) < 256


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("Berlin PBX", "Berlin PBX"),
        ("Zürich ☎", "Zürich ☎"),
        ("Chicago, IL: 1", "Chicago_ IL_ 1"),
        ("{{ 1 }}", "__ 1 __"),
        ("#jinja2:x", "_jinja2_x"),
        (" -i", "_i"),
        ("../x\\y", ".._x_y"),
        ("\u202ex\x1b", "_x_"),
        ("é" * 200, "é" * 75),
    ],
)
def test_harmless_name_replaces_characters_with_a_meaning(name: str, host: str) -> None:
    assert harmless_name(name) == host


def test_host_names_appends_the_id_to_reserved_avoided_and_shared_names() -> None:
    names = ["a_b", "a/b", "localhost", "", "active", "x-4", "x", "x", "..", ""]
    identities = ["0", "1", "2", "127.0.0.1", "4", "5", "4", "7", "8", "ungrouped"]
    records = [{"id": identity, "connection_name": name, "active": True} for name, identity in zip(names, identities)]
    hosts = list(as_inventory(records)["_meta"]["hostvars"])
    assert hosts == [
        *("a_b", "a_b-1", "localhost-2", "connection-127.0.0.1", "active-4", "x-4", "x-4-2", "x-7", "..-8"),
        "ungrouped-2",
    ]


def test_host_names_stays_unique_for_many_equal_names() -> None:
    records = [{"id": "/" * (place + 1), "connection_name": ""} for place in range(1000)]
    assert len(set(host_names(records))) == 1000


def test_group_names_by_state_anchorsite_profile_and_tag() -> None:
    record = {
        "active": False,
        "anchorsite_override": "Chicago, IL",
        "outbound": {"outbound_voice_profile_id": "12"},
        "tags": ["HQ", "hq", "Zürich 1"],
    }
    assert group_names(record) == [
        "inactive",
        "anchorsite_Chicago__IL",
        "outbound_voice_profile_12",
        "tag_HQ",
        "tag_hq",
        "tag_Zürich_1",
    ]
    assert group_names({"active": None, "outbound": None, "tags": None}) == []
