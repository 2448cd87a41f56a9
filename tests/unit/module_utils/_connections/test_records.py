"""Records: redaction, terms, queries, the facts' inventory and the tables."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.host_groups import (
    as_inventory,
    group_names,
    harmless_name,
    host_names,
    is_harmless,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.query import search
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import (
    Finder,
    harmless_keys,
    password_status,
    shown,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AmbiguousError, NotFoundError, QueryError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._table import csv_text, table_lines
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import HOSTILE_NAMES, make_connection

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("password"), inner),
    max_leaves=20,
)
NAMES = st.text(max_size=4) | st.sampled_from(["a", "a-1", "a-2", "1", "2", "", *HOSTILE_NAMES])


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ({}, "absent"),
        ({"password": None}, "absent"),
        ({"password": ""}, "absent"),
        ({"password": "********"}, "masked"),
        ({"password": "*" * 12}, "masked"),
        ({"password": "*******x"}, "available"),
        ({"password": 12345678}, "available"),
    ],
)
def test_password_status(record: dict[str, Any], status: str) -> None:
    assert password_status(record) == status
    assert shown(record, False)["password_status"] == status


def keys(value: Any) -> set[str]:
    """Every key at any depth."""
    if isinstance(value, dict):
        return set(value).union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


@given(st.dictionaries(st.text(), JSON))
def test_without_passwords_no_depth_holds_one_and_nothing_else_is_lost(record: dict[str, Any]) -> None:
    before = json.dumps(record)
    result = shown(record, False)
    assert "password" not in keys(result)
    if "password" not in keys(record):
        assert {**result, "password_status": None} == {**harmless_keys(record), "password_status": None}
    assert json.dumps(record) == before
    assert shown(record, True) == {**harmless_keys(record), "password_status": password_status(record)}


RECORDS: list[dict[str, Any]] = [
    {"id": "1", "user_name": "alice", "connection_name": "Berlin"},
    {"id": "2", "user_name": "bob", "connection_name": "alice"},
    {"id": "3", "user_name": "carol", "connection_name": "twin"},
    {"id": "4", "user_name": "dave", "connection_name": "twin"},
    {"id": "5", "user_name": "1", "connection_name": "3"},
    {"id": "6", "user_name": None, "connection_name": None},
]


@pytest.mark.parametrize(
    ("term", "identity"),
    [("1", "1"), ("alice", "1"), ("Berlin", "1"), ("bob", "2"), ("3", "3"), ("5", "5"), ("6", "6")],
)
def test_a_term_is_an_id_else_a_user_name_else_a_name(term: str, identity: str) -> None:
    assert Finder(RECORDS).find(term)["id"] == identity


@pytest.mark.parametrize("term", ["", "berlin", "Berlin ", "7", "None"])
def test_a_term_is_compared_exactly(term: str) -> None:
    with pytest.raises(NotFoundError):
        Finder(RECORDS).find(term)


def test_a_name_of_several_connections_is_an_error_with_their_ids() -> None:
    with pytest.raises(AmbiguousError, match=r"2 connections have the connection_name 'twin': 3, 4\.") as caught:
        Finder(RECORDS).find("twin")
    assert caught.value.as_dict()["ids"] == ["3", "4"]


QUERIES: list[tuple[str, Any]] = [
    ("[].id", ["9", "10"]),
    ("[?active].id", ["9"]),
    ("sort_by(@, &number)[].id", ["10", "9"]),
    ("sort(@[].number)", [1, 2]),
    ("max_by(@, &number).id", "9"),
    ("min_by(@, &number).id", "10"),
    ("sum([].number)", 3),
    ("avg([].number)", 1.5),
    ("length(@)", 2),
    ("[].{n: connection_name, c: inbound.codecs[0]}", [{"n": "a", "c": "G722"}, {"n": "b", "c": None}]),
    ("[?contains(connection_name, 'a')].id", ["9"]),
    ("[?starts_with(id, '1')].id", ["10"]),
    ("[?ends_with(id, '0')].id", ["10"]),
    ("join(',', [].id)", "9,10"),
    ("map(&to_number(id), @)", [9, 10]),
    ("[].to_string(number)", ["2", "1"]),
    ("[].type(inbound)", ["object", "null"]),
    ("keys(@[0].inbound)", ["codecs"]),
    ("values(@[0].inbound)", [["G722"]]),
    ("merge(@[0].inbound, {x: `1`})", {"codecs": ["G722"], "x": 1}),
    ("not_null(@[1].inbound, 'none')", "none"),
    ("reverse([].id)", ["10", "9"]),
    ("to_array(@[0].id)", ["9"]),
    ("[].abs(number)", [2, 1]),
    ("ceil(`1.2`)", 2),
    ("floor(`1.8`)", 1),
    ("[?number > `1`].id", ["9"]),
]
DATA = [
    {
        "id": "9",
        "number": 2,
        "active": True,
        "connection_name": "a",
        "inbound": {"codecs": ["G722"]},
        "password": "hunter2",
    },
    {"id": "10", "number": 1, "active": False, "connection_name": "b", "inbound": None, "password": "hunter2"},
]


@pytest.mark.parametrize(("expression", "result"), QUERIES, ids=[expression for expression, _result in QUERIES])
def test_jmespath_has_all_its_functions(expression: str, result: Any) -> None:
    assert search(expression, DATA) == result


def test_an_expression_that_ansible_has_tagged_works_as_well() -> None:
    tags = pytest.importorskip("ansible._internal._datatag._tags", reason="ansible-core 2.19 and later tag values")
    expression = tags.TrustedAsTemplate().tag("sort_by(@, &number)[?contains(id, '9')].to_number(id)")
    assert search(expression, DATA) == [9]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("[?a=", "character 4"),
        ("[", "ends too early"),
        ("[?a == ]", "unexpected ']'"),
        ("'open", "failed at character 1"),
        ("", "failed"),
        ("nope(@)", "nope"),
        ("length()", "0"),
        ("sort_by(@, &inbound)", "sort_by() takes"),
        ("sum([].password)", "sum() takes"),
        ("length(@[0].number)", "length() takes"),
        ("[?" + "(" * 5000, "failed"),
        ("@[0].password.length(`1`)", ""),
    ],
)
def test_a_bad_expression_says_where_it_went_wrong_and_shows_no_value(expression: str, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        search(expression, DATA)
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)


@given(st.lists(NAMES, max_size=8))
def test_an_inventory_loses_nobody(names: list[str]) -> None:
    records = [
        {"id": str(place), "connection_name": name, "active": place % 2 == 0, "tags": [name, name]}
        for place, name in enumerate(names)
    ]
    hosts = host_names(records)
    assert len(set(hosts)) == len(records)
    assert all(hosts)
    inventory = as_inventory(records)
    assert list(inventory["_meta"]["hostvars"].values()) == records
    members = [host for group in inventory["all"]["children"] for host in inventory.get(group, {"hosts": []})["hosts"]]
    assert set(members) == set(hosts)
    assert all(
        len(set(inventory[group]["hosts"])) == len(inventory[group]["hosts"])
        for group in inventory
        if "hosts" in inventory[group]
    )


@given(st.lists(st.tuples(NAMES, NAMES), max_size=8), st.sets(NAMES, max_size=4))
def test_host_names_are_unique_and_harmless(pairs: list[tuple[str, str]], avoid: set[str]) -> None:
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
def test_what_a_harmless_name_is(name: str, host: str) -> None:
    assert harmless_name(name) == host


def test_who_keeps_a_name() -> None:
    names = ["a_b", "a/b", "localhost", "", "active", "x-4", "x", "x", "..", ""]
    identities = ["0", "1", "2", "127.0.0.1", "4", "5", "4", "7", "8", "ungrouped"]
    records = [{"id": identity, "connection_name": name, "active": True} for name, identity in zip(names, identities)]
    hosts = list(as_inventory(records)["_meta"]["hostvars"])
    assert hosts == [
        *("a_b", "a_b-1", "localhost-2", "connection-127.0.0.1", "active-4", "x-4", "x-4-2", "x-7", "..-8"),
        "ungrouped-2",
    ]


def test_many_that_become_the_same_take_no_time() -> None:
    records = [{"id": "/" * (place + 1), "connection_name": ""} for place in range(5000)]
    assert len(set(host_names(records))) == 5000


def test_keys_that_are_more_than_names() -> None:
    record = {
        "id": "1",
        "__ansible_vault": "x",
        "field__ansible_vault": "taken",
        "{{ kept }}": "for the object holds text",
        "in": [{"{{ 1 }}": 1, "#jinja2:": None, "__jinja2:": True, "fine": 2}, {"__ansible_unsafe": "y"}],
        "plain": {"a": [1, {"b": None}]},
    }
    result = shown(record, False)
    assert result == {
        **{key: record[key] for key in ("id", "field__ansible_vault", "{{ kept }}", "plain")},
        "field__ansible_vault_": "x",
        "in": [{"_ 1 }}": 1, "_jinja2:": None, "__jinja2:": True, "fine": 2}, {"field__ansible_unsafe": "y"}],
        "password_status": "absent",
    }
    assert result["plain"] is record["plain"]


def test_the_groups_of_a_connection() -> None:
    record = {
        "active": False,
        "anchorsite_override": "Chicago, IL",
        "outbound": {"outbound_voice_profile_id": "12"},
        "tags": ["HQ", "hq", "Zürich 1"],
    }
    assert group_names(record) == [
        "inactive",
        "anchorsite_chicago_il",
        "outbound_voice_profile_12",
        "tag_hq",
        "tag_zürich_1",
    ]
    assert group_names({"active": None, "outbound": None, "tags": None}) == []


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_cannot_break_out_of_its_cell(name: str) -> None:
    record = shown({**make_connection(1, 1), "connection_name": name}, False)
    lines = table_lines([record])
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)
    (row,) = csv.DictReader(io.StringIO(csv_text([record]), newline=""))
    assert row["name"].lstrip("'") == name.replace("\0", "<U+0000>").lstrip("'")
    assert not row["name"].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert (row["id"], row["user"], row["password"]) == (record["id"], record["user_name"], "available")


@given(
    st.dictionaries(st.sampled_from(["connection_name", "inbound", "outbound", "active", "anchorsite_override"]), JSON)
)
def test_a_table_takes_whatever_a_record_holds(record: dict[str, Any]) -> None:
    assert len(table_lines([record])) == 2
    assert len(list(csv.reader(io.StringIO(csv_text([record]), newline="")))) == 2
