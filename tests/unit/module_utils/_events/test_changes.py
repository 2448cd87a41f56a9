"""What differs between two readings."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.field_paths import IgnoredPaths
from ansible_collections.siptrunk.telnyx.plugins.module_utils._events.changes import Change, compare_readings
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox.account import make_connection

Reading = dict[str, dict[str, Any]]


def reading(count: int = 3) -> Reading:
    return {record["id"]: record for record in (make_connection(1, index) for index in range(count))}


def paths(before: Any, after: Any, *ignore: str) -> list[str]:
    changes = compare_readings({"1": {"id": "1", **before}}, {"1": {"id": "1", **after}}, IgnoredPaths(ignore))
    assert [each.kind for each in changes] == ["changed"] * len(changes)
    return [".".join(field.path) for each in changes for field in each.fields]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"active": True}, {"active": False}, ["active"]),
        ({"active": True}, {"active": True}, []),
        ({"inbound": {"codecs": ["G722", "G729"]}}, {"inbound": {"codecs": ["G729", "G722"]}}, ["inbound.codecs"]),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a"]}, []),
        ({"inbound": None}, {"inbound": {"channel_limit": 2, "codecs": []}}, ["inbound.channel_limit"]),
        ({"inbound": {"channel_limit": 2}}, {}, ["inbound.channel_limit"]),
        ({"inbound": {"channel_limit": 2}}, {"inbound": "gone"}, ["inbound"]),
        # A new field of the API that is null, or another form of the same value, changes nothing.
        ({}, {"new_feature": None, "new_settings": {"mode": None, "list": []}}, []),
        ({}, {"new_feature": False}, ["new_feature"]),
        ({"webhook_event_url": None}, {"webhook_event_url": ""}, []),
        ({"webhook_timeout_secs": 5}, {"webhook_timeout_secs": "5"}, []),
        ({"rtcp_settings": {"report_frequency_secs": 5}}, {"rtcp_settings": {"report_frequency_seconds": 5}}, []),
        (
            {"rtcp_settings": {"report_frequency_secs": 5}},
            {"rtcp_settings": {"report_frequency_seconds": 6}},
            ["rtcp_settings.report_frequency_secs"],
        ),
        ({"password": "one"}, {"password": "two"}, []),
        ({"outbound": {"password": "one"}}, {"outbound": {"password": "two", "localization": "DE"}}, ["outbound.localization"]),
        ({"password_status": "available"}, {"password_status": "masked"}, ["password_status"]),
    ],
)  # fmt: skip
def test_changed_fields(before: Any, after: Any, expected: list[str]) -> None:
    assert paths(before, after) == expected


def test_ignored_fields_are_not_compared() -> None:
    before = {
        "updated_at": "1",
        "inbound": {"channel_limit": 1},
        "outbound": {"channel_limit": 1, "localization": "DE"},
    }
    after = {"updated_at": "2", "inbound": {"channel_limit": 2}, "outbound": {"channel_limit": 2, "localization": "GB"}}
    assert paths(before, after) == [
        "updated_at",
        "inbound.channel_limit",
        "outbound.channel_limit",
        "outbound.localization",
    ]
    assert paths(before, after, "updated_at", "*.channel_limit") == ["outbound.localization"]
    assert paths(before, after, "updated_at", "inbound", "outbound") == []


def test_order_of_the_changes() -> None:
    before, after = reading(4), reading(5)
    first, second, third, fourth, fifth = after
    del after[second]
    after[fourth] = {**after[fourth], "active": not after[fourth]["active"]}
    found = [(each.kind, each.record["id"]) for each in compare_readings(before, after)]
    assert found == [("deleted", second), ("created", fifth), ("changed", fourth)]
    assert first in after
    assert third in after


def apply(before: Reading, changes: list[Change]) -> Reading:
    """Apply changes as a reader of the events would."""
    result = copy.deepcopy(before)
    for change in changes:
        identity = change.record["id"]
        if change.kind == "created":
            result[identity] = copy.deepcopy(change.record)
        elif change.kind == "deleted":
            del result[identity]
        for field in change.fields:
            place: Any = result[identity]
            for key in field.path[:-1]:
                place[key] = place.get(key) or {}
                place = place[key]
            place[field.path[-1]] = field.after
    return result


def without_blanks(value: Any) -> Any:
    """Return a value without what means nothing: null, empty lists and objects."""
    if not isinstance(value, dict):
        return value
    cleaned = {key: without_blanks(each) for key, each in value.items()}
    return {key: each for key, each in cleaned.items() if each not in (None, [], {})}


# Not digits: a number and its text mean the same.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("xyz", max_size=2) | st.lists(st.text("xyz", min_size=1), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
READINGS = st.dictionaries(
    st.sampled_from(("1", "2", "3", "4")), st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4), max_size=4
).map(lambda found: {identity: {"id": identity, **fields} for identity, fields in found.items()})


@settings(max_examples=60)
@given(READINGS, READINGS)
def test_changes_lead_from_one_reading_to_the_next(before: Reading, after: Reading) -> None:
    copies = copy.deepcopy((before, after))
    changes = compare_readings(before, after)
    assert (before, after) == copies
    applied = apply(before, changes)
    assert applied.keys() == after.keys()
    assert without_blanks(applied) == without_blanks(after)
    assert compare_readings(applied, after) == []
    assert all(each.fields for each in changes if each.kind == "changed")


@settings(max_examples=20)
@given(READINGS)
def test_a_reading_does_not_differ_from_itself(found: Reading) -> None:
    assert compare_readings(found, copy.deepcopy(found)) == []
