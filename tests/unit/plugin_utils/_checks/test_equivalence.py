"""Equivalence: which spellings of a value are equal."""

from __future__ import annotations

import copy
import itertools
import unicodedata
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import HIDDEN
from check_helpers import Record, changes, drift, leaves
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import MASK, make_connection

EQUAL: list[tuple[Record, Record]] = [
    ({"active": True}, {"active": True, "user_name": "more"}),
    ({"inbound": {"timeout_1xx_secs": 10}}, {"inbound": {"timeout_1xx_secs": "10"}}),
    ({"inbound": {"timeout_1xx_secs": "10"}}, {"inbound": {"timeout_1xx_secs": 10}}),
    (
        {"outbound": {"outbound_voice_profile_id": 1293384261075731499}},
        {"outbound": {"outbound_voice_profile_id": "1293384261075731499"}},
    ),
    ({"outbound": {"ani_override": 15125550100}}, {"outbound": {"ani_override": "+15125550100"}}),
    ({"webhook_timeout_secs": 5.0}, {"webhook_timeout_secs": 5}),
    ({"rtcp_settings": {"report_frequency_secs": 5}}, {"rtcp_settings": {"report_frequency_seconds": 5}}),
    ({"rtcp_settings": {"report_frequency_seconds": 5}}, {"rtcp_settings": {"report_frequency_secs": "5"}}),
    ({"encrypted_media": None}, {}),
    ({"outbound": None}, {"outbound": {"channel_limit": None, "localization": ""}}),
    ({"outbound": {"localization": None}}, {"outbound": {"channel_limit": 3, "localization": ""}}),
    ({"inbound": {"channel_limit": None}}, {"inbound": None}),
    ({"inbound": {"channel_limit": None}}, {}),
    ({"webhook_event_url": None}, {"webhook_event_url": ""}),
    ({"webhook_event_failover_url": ""}, {}),
    ({"outbound": {"ani_override": ""}}, {"outbound": {"ani_override": None}}),
    ({"outbound": {"localization": None}}, {"outbound": {"localization": ""}}),
    ({"outbound": {"localization": False}}, {"outbound": {"localization": "NO"}}),
    ({"tags": ["a", "b", "b"]}, {"tags": ["b", "a", "b"]}),
    ({"anchorsite_override": "Lagos, Nigeria"}, {"anchorsite_override": "Lagos, Nigeria"}),
    ({"from_the_future": {"deep": [{"x": 1, "y": None}]}}, {"from_the_future": {"deep": [{"x": 1}], "more": 2}}),
    ({"password": "same secret"}, {"password": "same secret"}),
    ({"inbound": {}}, {"inbound": {"channel_limit": 3}}),
    ({"noise_suppression_details": None}, {"noise_suppression_details": {"engine": None, "attenuation_limit": None}}),
    ({"noise_suppression_details": None}, {"noise_suppression_details": {}}),
    ({"noise_suppression_details": {"engine": None}}, {"noise_suppression_details": None}),
    ({"new": [{"x": {"y": None}}]}, {"new": [{"x": None}]}),
    ({"tags": [False, "HQ"]}, {"tags": ["HQ", "NO"]}),
    ({"tags": [15125550100, "0a"]}, {"tags": ["0a", "15125550100"]}),
    (
        {"rtcp_settings": {"report_frequency_secs": 5, "report_frequency_seconds": None}},
        {"rtcp_settings": {"report_frequency_seconds": 5}},
    ),
    (
        {"rtcp_settings": {"report_frequency_secs": 5, "report_frequency_seconds": "5"}},
        {"rtcp_settings": {"report_frequency_secs": 5}},
    ),
    ({"webhook_timeout_secs": 10.0}, {"webhook_timeout_secs": "10"}),
    ({"password": ""}, {"password": None}),
    ({"password": None}, {"password": ""}),
    ({"devices": [{"n": 1, "password": "x"}]}, {"devices": [{"n": 1, "password": "x"}]}),
    ({"devices": [{"n": 1, "password": "x"}]}, {"devices": [{"n": 1, "password": MASK}]}),
    ({"devices": [{"n": 1}]}, {"devices": [{"n": 1, "password": MASK}]}),
    ({"tags": []}, {"tags": None}),
    ({"tags": None}, {"tags": []}),
    ({"tags": []}, {}),
    ({"connection_name": "caf\u00e9"}, {"connection_name": "cafe\u0301"}),
    ({"tags": ["caf\u00e9"]}, {"tags": ["cafe\u0301"]}),
]


DIFFERENT: list[tuple[Record, Record, Record]] = [
    ({"active": True}, {"active": False}, {"active": (True, False)}),
    ({"active": True}, {}, {"active": (True, None)}),
    ({"active": False}, {}, {"active": (False, None)}),
    ({"active": True}, {"active": 1}, {"active": (True, 1)}),
    ({"active": True}, {"active": "true"}, {"active": (True, "true")}),
    ({"user_name": "0010"}, {"user_name": "10"}, {"user_name": ("0010", "10")}),
    ({"user_name": 10}, {"user_name": "010"}, {"user_name": (10, "010")}),
    ({"connection_name": ""}, {"connection_name": None}, {"connection_name": ("", None)}),
    ({"connection_name": "a "}, {"connection_name": "a"}, {"connection_name": ("a ", "a")}),
    ({"encrypted_media": None}, {"encrypted_media": "SRTP"}, {"encrypted_media": (None, "SRTP")}),
    ({"webhook_event_url": ""}, {"webhook_event_url": "https://x"}, {"webhook_event_url": ("", "https://x")}),
    (
        {"outbound": {"localization": False}},
        {"outbound": {"localization": "DE"}},
        {"outbound.localization": (False, "DE")},
    ),
    ({"tags": ["a"]}, {"tags": ["a", "a"]}, {"tags": (["a"], ["a", "a"])}),
    (
        {"inbound": {"codecs": ["G722", "OPUS"]}},
        {"inbound": {"codecs": ["OPUS", "G722"]}},
        {"inbound.codecs": (["G722", "OPUS"], ["OPUS", "G722"])},
    ),
    ({"inbound": {"channel_limit": 3}}, {"inbound": None}, {"inbound.channel_limit": (3, None)}),
    ({"inbound": None}, {"inbound": {"channel_limit": 3}}, {"inbound": (None, {"channel_limit": 3})}),
    ({"inbound": {"channel_limit": 3}}, {"inbound": "?"}, {"inbound": ({"channel_limit": 3}, "?")}),
    ({"inbound": {"channel_limit": 0}}, {"inbound": {"channel_limit": None}}, {"inbound.channel_limit": (0, None)}),
    ({"inbound": {"channel_limit": 10}}, {"inbound": {"channel_limit": 11}}, {"inbound.channel_limit": (10, 11)}),
    (
        {"rtcp_settings": {"report_frequency_secs": 5}},
        {"rtcp_settings": {"report_frequency_seconds": 6}},
        {"rtcp_settings.report_frequency_secs": (5, 6)},
    ),
    (
        {"outbound": None},
        {"outbound": {"call_parking_enabled": ""}},
        {"outbound": (None, {"call_parking_enabled": ""})},
    ),
    (
        {"new": {"id": 1293384261075731499.0}},
        {"new": {"id": "1293384261075731461"}},
        {"new.id": (1293384261075731499.0, "1293384261075731461")},
    ),
    ({"new": {"list": [{"x": 1}]}}, {"new": {"list": [{"x": 2}]}}, {"new.list": ([{"x": 1}], [{"x": 2}])}),
    ({"password": "one secret"}, {"password": "another one"}, {"password": (HIDDEN, HIDDEN)}),
    ({"inbound": {"password": "deep one"}}, {"inbound": {"password": "other"}}, {"inbound.password": (HIDDEN, HIDDEN)}),
    ({"devices": [{"password": "x"}]}, {"devices": [{"password": "y"}]}, {"devices": ([{}], [{}])}),
    ({"outbound": {"ani_override": 5}}, {"outbound": {"ani_override": "+6"}}, {"outbound.ani_override": (5, "+6")}),
    ({"active": False}, {"active": "no"}, {"active": (False, "no")}),
    ({"connection_name": 15}, {"connection_name": "+15"}, {"connection_name": (15, "+15")}),
    ({"tags": ["a", "b"]}, {"tags": ["a", "a"]}, {"tags": (["a", "b"], ["a", "a"])}),
    ({"tags": ["a"]}, {"tags": "a"}, {"tags": (["a"], "a")}),
    ({"new": {"limit": {"a": 1}}}, {"new": {"limit": 3}}, {"new.limit": ({"a": 1}, 3)}),
    ({"password": "caf\u00e9 long"}, {"password": "cafe\u0301 long"}, {"password": (HIDDEN, HIDDEN)}),
    ({"future": {"mode": "on"}}, {"future": None}, {"future.mode": ("on", None)}),
    ({"future": {"mode": "on"}}, {"future": ["on"]}, {"future": ({"mode": "on"}, ["on"])}),
    ({"future": None}, {"future": {"mode": {"deep": 0}}}, {"future": (None, {"mode": {"deep": 0}})}),
]


@pytest.mark.parametrize(("desired", "live"), EQUAL, ids=str)
def test_equal_values_are_no_drift(desired: Record, live: Record) -> None:
    assert changes(desired, live) == {}


@pytest.mark.parametrize(("desired", "live", "expected"), DIFFERENT, ids=str)
def test_different_values_are_drift(desired: Record, live: Record, expected: Record) -> None:
    assert changes(desired, live) == expected


def test_unordered_lists_of_thousands_are_equal_in_any_order() -> None:
    long = [f"tag {index}" for index in range(2000)]
    assert changes({"tags": long}, {"tags": long[::-1]}) == {}
    assert changes({"tags": [True] * 1500}, {"tags": ["yes", "on", "true"] * 500}) == {}


def unordered_match(desired: list[Any], live: list[Any]) -> bool:
    """By trying every order, with the rules of the documentation written again."""

    def alike(left: Any, right: Any) -> bool:
        if isinstance(left, bool):
            return isinstance(right, str) and right.lower() in (
                ("yes", "on", "true") if left else ("no", "off", "false")
            )
        if isinstance(left, (int, float)):
            return right in {1: ("1",), 2.1: ("2.1", "2.10"), 10: ("10",)}[left]
        return bool(left == right)

    return len(desired) == len(live) and any(all(map(alike, desired, order)) for order in itertools.permutations(live))


DESIRED_TAGS = st.sampled_from([True, False, 1, 2.1, 10, "yes", "on", "NO", "true", "1", "2.1", "2.10", "10", "a"])


LIVE_TAGS = st.sampled_from(["yes", "on", "Yes", "no", "NO", "true", "false", "1", "2.1", "2.10", "10", "a"])


@given(st.lists(DESIRED_TAGS, max_size=5), st.data())
def test_unordered_lists_are_equal_exactly_if_some_order_is(desired: list[Any], data: st.DataObject) -> None:
    texts = {True: ["yes", "on", "true"], False: ["no", "NO", "false"], 2.1: ["2.1", "2.10"]}
    close = [data.draw(st.sampled_from(texts.get(each, [str(each)]))) if isinstance(each, (bool, float)) else str(each)
             for each in desired]  # fmt: skip
    other = st.lists(LIVE_TAGS, min_size=len(desired), max_size=len(desired))
    live = data.draw(st.one_of(st.permutations(close), other, st.lists(LIVE_TAGS, max_size=5)))
    expected = unordered_match(desired, live) or (not desired and not live)
    assert (changes({"tags": desired}, {"tags": live}) == {}) == expected


def other_spelling(path: tuple[str, ...], value: Any, data: st.DataObject) -> Any:
    """The value as the API may give it in another answer, or a person may write it: the same by the documentation."""
    ways = [value]
    if value is None or value == []:
        ways += [None, []] if path[-1] in ("tags", "codecs") else [None]
        ways += [""] if path[-1].endswith("_url") or path[-1] in ("ani_override", "localization") else []
    elif isinstance(value, int) and not isinstance(value, bool):
        ways += [str(value), float(value)]
    elif path == ("tags",):
        ways += [data.draw(st.permutations(value))]
    elif isinstance(value, str):
        ways += [unicodedata.normalize("NFD", value)]
    return data.draw(st.sampled_from(ways))


def other_values(path: tuple[str, ...], value: Any) -> list[Any]:
    """Values that the field can have and that mean something else."""
    if isinstance(value, bool):
        return [not value, None]
    if isinstance(value, int):
        return [value + 1, str(value + 1), None]
    if isinstance(value, list):
        return [[*value, "one more"], None if value else ["x"]] + (
            [value[::-1]] if value[::-1] != value and path != ("tags",) else []
        )
    if value is None:
        return ["x", 0, False]
    return [f"{value}x", f"{value} ", None] if value else ["x"]


@given(st.integers(0, 10**6), st.integers(0, 500), st.data())
def test_other_spellings_are_no_drift_and_other_values_are(seed: int, index: int, data: st.DataObject) -> None:
    """The verdict is known by how the pair is generated, not by comparing it; and neither side is changed by it."""
    base = make_connection(seed % 7, index)
    base["connection_name"] = data.draw(st.sampled_from(["Caf\u00e9 \u00c5", "2.10", "NO", "plain"]))
    live, desired = copy.deepcopy(base), copy.deepcopy(base)
    expected = set()
    for path in leaves(base):
        change = data.draw(st.sampled_from(["keep", "keep", "spell", "other", "leave out"]))
        desired_part, live_part = desired, live
        for key in path[:-1]:
            desired_part, live_part = desired_part[key], live_part[key]
        if change == "spell":
            live_part[path[-1]] = other_spelling(path, live_part[path[-1]], data)
        elif change == "other":
            live_part[path[-1]] = data.draw(st.sampled_from(other_values(path, live_part[path[-1]])))
            expected.add(".".join(path))
        elif change == "leave out":
            live_part[path[-1]] = "anything"
            del desired_part[path[-1]]
    before = copy.deepcopy((desired, live))
    result = drift([desired], [live])
    assert (desired, live) == before
    assert {each.path for each in result.findings} == expected
