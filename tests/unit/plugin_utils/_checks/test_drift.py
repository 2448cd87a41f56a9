"""Drift: every difference is found, and no others."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks import desired_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import (
    HIDDEN_DIFFERENT,
    as_result,
    compare,
    compared_parts,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import HIDDEN
from check_helpers import LIVE, changes, drift, leaves
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import MASK, make_connection


@pytest.mark.parametrize(
    ("wanted", "live", "status"),
    [
        ("secret 1", MASK, "unverifiable"),
        (MASK, "secret 1", "unverifiable"),
        (MASK, MASK, "unverifiable"),
        ("secret 1", None, "unverifiable"),
        ("secret 1", "secret 2", "drifted"),
        (None, "secret 2", "drifted"),
        (None, None, "in_sync"),
    ],
)
def test_password_status_decides_between_drift_and_unverifiable(wanted: Any, live: Any, status: str) -> None:
    result = drift([{"id": "1", "password": wanted}], [{"id": "1", "password": live}])
    assert result["connections"][0]["status"] == status
    assert result["status"] == ("drift" if status == "drifted" else "in_sync")
    assert "secret" not in str(result)


def test_diff_and_result_hide_the_secrets_of_urls() -> None:
    desired, live = ({"id": "1", "webhook_event_url": f"https://h/?t=c4n4ry{place}", "tags": [place]} for place in "12")
    comparisons = compare([Desired(desired)], [live])
    before, after = compared_parts(comparisons[0], ())
    assert before == {"id": "1", "webhook_event_url": "https://h/?t=(hidden)", "tags": ["1"]}
    assert after == {"id": "1", "webhook_event_url": "https://h/?t=(hidden, different)", "tags": ["2"]}
    assert "c4n4ry" not in str(as_result(comparisons))
    (unexpected,) = compare([], [live])
    assert "c4n4ry" not in str(compared_parts(unexpected, ()))


@pytest.mark.parametrize(("id_", "status"), [("1", "drifted"), ("2", "recreated")])
def test_another_change_does_not_hide_a_masked_password_nor_the_other_way_round(id_: str, status: str) -> None:
    desired = [{"id": id_, "connection_name": "a", "password": "secret 1", "active": True}]
    live = {"id": "1", "connection_name": "a", "password": MASK}
    (alone,) = drift([{**desired[0], "id": "1"}], [{**live, "active": True}])["connections"]
    result = drift(desired, [{**live, "active": False}])
    first, second = result["connections"]
    assert (first["status"], [each["path"] for each in first["changes"]]) == (status, ["active"])
    assert second == alone  # with the same fingerprint
    assert (result["totals"][status], result["totals"]["unverifiable"]) == (1, 1)


@pytest.mark.parametrize(("unexpected", "status"), [("ignore", "in_sync"), ("report", "drift")])
def test_unexpected_connections_are_drift_unless_ignored(unexpected: str, status: str) -> None:
    result = drift([{"connection_name": "a"}], LIVE, unexpected=unexpected)
    assert result["status"] == status
    assert result["totals"]["unexpected"] == (0 if unexpected == "ignore" else 2)


def test_account_is_in_sync_with_itself() -> None:
    live = [make_connection(1, index) for index in range(300)]
    result = drift(copy.deepcopy(live), live)
    assert result["status"] == "in_sync"
    assert result["totals"] == {
        "in_sync": 300,
        "drifted": 0,
        "missing": 0,
        "recreated": 0,
        "unexpected": 0,
        "unverifiable": 0,
        "accepted": 0,
    }


OTHER_VALUES = st.one_of(
    st.integers(10**6, 10**7), st.text("xyz", min_size=9), st.lists(st.text("xyz", min_size=9), min_size=1)
)


@given(st.data())
def test_exactly_the_changed_fields_are_reported(data: st.DataObject) -> None:
    """Change any fields of any connections, at any depth: those are reported, and no other_values."""
    wanted = [make_connection(2, index) for index in range(4)]
    live = copy.deepcopy(wanted)
    made: dict[str, set[str]] = {}
    for record in live:
        for path in data.draw(st.lists(st.sampled_from(leaves(record)), max_size=3, unique=True)):
            part = record
            for key in path[:-1]:
                part = part[key]
            value = data.draw(OTHER_VALUES)
            part[path[-1]] = value
            made.setdefault(record["id"], set()).add(".".join(path))
    data.draw(st.randoms()).shuffle(live)
    result = drift(wanted, live)
    assert {
        each["id"]: {c["path"] for c in each["changes"]} for each in result["connections"] if each["changes"]
    } == made
    assert result["totals"]["drifted"] == len(made)


def test_ignored_field_below_a_null_object_is_neither_drift_nor_shown() -> None:
    live = {"inbound": {"channel_limit": 3, "codecs": ["G722"]}}
    assert changes({"inbound": None}, live, ignore=["inbound.*"]) == {}
    assert changes({"inbound": None}, live, ignore=["inbound.channel_limit"]) == {
        "inbound": (None, {"codecs": ["G722"]})
    }


def test_compared_parts_leave_out_an_ignored_field_below_a_null_object() -> None:
    live = {"id": "1", "inbound": {"channel_limit": 3, "codecs": ["G722"]}}
    (compared,) = compare([Desired({"id": "1", "inbound": None})], [live], ignore=["inbound.channel_limit"])
    assert compared_parts(compared, ["inbound.channel_limit"])[1] == {"id": "1", "inbound": {"codecs": ["G722"]}}


def test_compared_parts_contain_compared_fields_and_no_secrets() -> None:
    desired = {"id": "1", "password": "secret 1", "tags": ["x"], "inbound": {"channel_limit": "3", "codecs": ["G722"]}}
    live = {"id": "1", "password": "secret 2", "inbound": {"channel_limit": 3, "codecs": ["OPUS"]}, "active": True}
    (compared,) = compare([Desired(desired)], [live], ignore=["tags"])
    left, right = compared_parts(compared, ["tags"])
    assert left == {"id": "1", "password": HIDDEN, "inbound": {"channel_limit": "3", "codecs": ["G722"]}}
    assert right == {
        "id": "1",
        "password": HIDDEN_DIFFERENT,
        "inbound": {"channel_limit": "3", "codecs": ["OPUS"]},
    }


def test_records_as_the_live_ones_are_compared_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    live = [make_connection(1, index) for index in range(20)]
    for record in live:
        record.pop("password", None)
    desired = copy.deepcopy(live)
    desired[3]["active"] = not desired[3]["active"]
    desired[4]["tags"] = desired[4]["tags"][::-1]
    found = drift(desired, live)
    assert found["totals"]["in_sync"] == 19
    monkeypatch.setattr(desired_records, "_is_live", lambda _record, _by_id: False)
    assert drift(desired, live) == found
