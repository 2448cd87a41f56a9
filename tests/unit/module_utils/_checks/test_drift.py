"""Drift: every difference is found, and none is invented."""

from __future__ import annotations

import copy
import itertools
import unicodedata
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.drift import (
    HIDDEN,
    Desired,
    as_result,
    compare,
    part_compared,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AmbiguousError, DesiredError, OptionError
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import MASK, make_connection

Record = dict[str, Any]


def drift(desired: list[Record], live: list[Record], **options: Any) -> dict[str, Any]:
    return as_result(compare([Desired(each) for each in desired], live, **options))


def changes(wanted: Record, found: Record, **options: Any) -> dict[str, Any]:
    """What differs between two records of one connection: path to expected and actual."""
    result = drift([{"id": "1", **wanted}], [{"id": "1", **found}], **options)
    (connection,) = result["connections"]
    assert (connection["status"] == "drifted") == bool(connection["changes"])
    return {each["path"]: (each["expected"], each["actual"]) for each in connection["changes"]}


SAME: list[tuple[Record, Record]] = [
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
    ({"encrypted_media": None}, {"encrypted_media": None}),
    ({"inbound": {"channel_limit": None}}, {"inbound": None}),
    ({"inbound": {"channel_limit": None}}, {}),
    ({"webhook_event_url": None}, {"webhook_event_url": ""}),
    ({"webhook_event_failover_url": ""}, {}),
    ({"outbound": {"ani_override": ""}}, {"outbound": {"ani_override": None}}),
    ({"outbound": {"localization": None}}, {"outbound": {"localization": ""}}),
    ({"outbound": {"localization": False}}, {"outbound": {"localization": "NO"}}),
    ({"tags": ["a", "b", "b"]}, {"tags": ["b", "a", "b"]}),
    ({"tags": [1, "2"]}, {"tags": ["2", "1"]}),
    ({"inbound": {"codecs": ["G722", "OPUS"]}}, {"inbound": {"codecs": ["G722", "OPUS"]}}),
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
    ({"tags": ["1", 1]}, {"tags": [1, 1]}),
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
    ({"tags": [True, "on"]}, {"tags": ["on", "yes"]}),
    ({"tags": ["on", True]}, {"tags": ["on", "on"]}),
    ({"tags": [True, True, "on"]}, {"tags": ["on", "yes", "on"]}),
    ({"tags": [True]}, {"tags": ["true"]}),
    ({"tags": [2.1]}, {"tags": ["2.10"]}),
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
    ({"tags": [2.1]}, {"tags": ["2.11"]}, {"tags": ([2.1], ["2.11"])}),
    ({"tags": [True, True]}, {"tags": ["yes", "no"]}, {"tags": ([True, True], ["yes", "no"])}),
    ({"tags": [True, "on"]}, {"tags": ["on", "off"]}, {"tags": ([True, "on"], ["on", "off"])}),
    ({"password": "caf\u00e9 long"}, {"password": "cafe\u0301 long"}, {"password": (HIDDEN, HIDDEN)}),
    ({"future": {"mode": "on"}}, {"future": None}, {"future.mode": ("on", None)}),
    ({"future": {"mode": "on"}}, {"future": ["on"]}, {"future": ({"mode": "on"}, ["on"])}),
    ({"future": None}, {"future": {"mode": {"deep": 0}}}, {"future": (None, {"mode": {"deep": 0}})}),
]


@pytest.mark.parametrize(("wanted", "found"), SAME, ids=str)
def test_what_means_the_same_is_no_drift(wanted: Record, found: Record) -> None:
    assert changes(wanted, found) == {}


@pytest.mark.parametrize(("wanted", "found", "expected"), DIFFERENT, ids=str)
def test_what_differs_is_drift(wanted: Record, found: Record, expected: Record) -> None:
    assert changes(wanted, found) == expected


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
def test_passwords(wanted: Any, live: Any, status: str) -> None:
    result = drift([{"id": "1", "password": wanted}], [{"id": "1", "password": live}])
    assert result["connections"][0]["status"] == status
    assert result["status"] == ("drift" if status == "drifted" else "in_sync")
    assert "secret" not in str(result)


def test_a_masked_password_does_not_hide_another_difference() -> None:
    result = drift(
        [{"id": "1", "password": "secret 1", "active": True}], [{"id": "1", "password": MASK, "active": False}]
    )
    (connection,) = result["connections"]
    assert connection["status"] == "drifted"
    assert [each["path"] for each in connection["changes"]] == ["active"]


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ([], {"tags", "inbound.channel_limit", "outbound.channel_limit", "new.a.b"}),
        (["tags"], {"inbound.channel_limit", "outbound.channel_limit", "new.a.b"}),
        (["*.channel_limit"], {"tags", "new.a.b"}),
        (["inbound", "new.*"], {"tags", "outbound.channel_limit"}),
        (["out*.chan*"], {"tags", "inbound.channel_limit", "new.a.b"}),
        (["**.b"], {"tags", "inbound.channel_limit", "outbound.channel_limit"}),
        (["**.channel_limit", "t?gs"], {"new.a.b"}),
        (["**.**.**.**.b"], {"tags", "inbound.channel_limit", "outbound.channel_limit"}),
        (["*"], set()),
        (["**"], set()),
    ],
)
def test_ignored_paths(ignore: list[str], left: set[str]) -> None:
    wanted = {"tags": ["a"], "inbound": {"channel_limit": 1}, "outbound": {"channel_limit": 1}, "new": {"a": {"b": 1}}}
    found = {"tags": ["b"], "inbound": {"channel_limit": 2}, "outbound": {"channel_limit": 2}, "new": {"a": {"b": 2}}}
    assert set(changes(wanted, found, ignore=ignore)) == left


@pytest.mark.parametrize(
    "pattern",
    [
        "rtcp_settings.report_frequency_secs",
        "rtcp_settings.report_frequency_seconds",
        "**.report_frequency_seconds",
        "*.report_frequency_s*",
        "rtcp*.*_seconds",
    ],
)
def test_an_ignored_field_is_known_by_all_its_names(pattern: str) -> None:
    for name in ("report_frequency_secs", "report_frequency_seconds"):
        for other in ("report_frequency_secs", "report_frequency_seconds"):
            wanted, found = {"rtcp_settings": {name: 5, "port": "rtp+1"}}, {"rtcp_settings": {other: 6, "port": "x"}}
            assert set(changes(wanted, found, ignore=[pattern])) == {"rtcp_settings.port"}


@pytest.mark.parametrize("pattern", ["", "a..b", ".a"])
def test_a_pattern_that_is_no_path_is_refused(pattern: str) -> None:
    with pytest.raises(OptionError, match="ignore"):
        drift([], [], ignore=[pattern])


LIVE = [
    {"id": "1", "connection_name": "a", "user_name": "ua"},
    {"id": "2", "connection_name": "b", "user_name": "ub"},
    {"id": "3", "connection_name": "b", "user_name": "uc"},
]


def statuses(result: dict[str, Any]) -> list[tuple[Any, Any, str]]:
    return [(each["id"], each["name"], each["status"]) for each in result["connections"]]


def test_connections_are_matched_as_told_and_by_id_first() -> None:
    assert statuses(drift([{"connection_name": "a"}], LIVE[:2])) == [("1", "a", "in_sync"), ("2", "b", "unexpected")]
    assert statuses(drift([{"user_name": "ub"}], LIVE[:2], match_by="user_name")) == [
        ("2", "b", "in_sync"),
        ("1", "a", "unexpected"),
    ]
    assert statuses(drift([{"id": 1, "connection_name": "z"}], LIVE[:1])) == [("1", "a", "drifted")]
    assert statuses(drift([{"id": "9", "connection_name": "a"}], LIVE[:1])) == [
        ("9", "a", "missing"),
        ("1", "a", "unexpected"),
    ]
    # The first is to be renamed, so the second is another one.
    assert statuses(drift([{"id": "1", "connection_name": "z"}, {"connection_name": "a"}], LIVE[:1])) == [
        ("1", "a", "drifted"),
        (None, "a", "missing"),
    ]
    composed, decomposed = {"connection_name": "caf\u00e9"}, {"id": "1", "connection_name": "cafe\u0301"}
    assert statuses(drift([composed], [decomposed])) == [("1", "cafe\u0301", "in_sync")]


@pytest.mark.parametrize("by_id", [{"id": "1"}, {"id": "1", "connection_name": "a"}])
def test_a_connection_desired_by_id_and_by_name_is_an_error_with_both_places(by_id: Record) -> None:
    desired = [Desired(by_id, "one.yml", 3), Desired({"connection_name": "a", "active": True}, "all.yml", 7)]
    for order in (desired, desired[::-1]):
        with pytest.raises(DesiredError, match="both are the connection 1") as caught:
            compare(order, LIVE[:1])
        assert "one.yml, line 3" in str(caught.value)
        assert "all.yml, line 7" in str(caught.value)


IMPOSSIBLE: list[tuple[Record, str]] = [
    ({"encrypted_media": "srtp"}, r"encrypted_media: .* Did you mean SRTP\?"),
    ({"dtmf_type": "RFC2833"}, r"Did you mean RFC 2833\?"),
    ({"dtmf_type": "rfc4733"}, r"Did you mean RFC 2833\?"),
    ({"inbound": {"codecs": ["G722", "PCMA"]}}, r"inbound\.codecs: .* Did you mean G711A\?"),
    ({"inbound": {"codecs": "G722"}}, r"inbound\.codecs: it must be a list"),
    ({"inbound": {"channel_limit": "ten"}}, r"inbound\.channel_limit: it must be a whole number"),
    ({"inbound": {"channel_limit": 1.5}}, "it must be a whole number"),
    ({"inbound": {"channel_limit": True}}, "it must be a whole number"),
    ({"inbound": {"timeout_1xx_secs": 999}}, "it must be from 1 to 120"),
    ({"inbound": {"timeout_1xx_secs": "0"}}, "it must be from 1 to 120"),
    ({"inbound": {"shaken_stir_enabled": "yes"}}, "it must be true or false, without quotes"),
    ({"active": "true"}, "active: it must be true or false"),
    ({"anchorsite_override": "chicago il"}, r"Did you mean Chicago, IL\?"),
    ({"sip_uri_calling_preference": "Internal"}, r"Did you mean internal\?"),
    ({"webhook_api_version": 3}, "only 1; 2; texml"),
    ({"user_name": True}, "user_name: it must be text, in quotes"),
    ({"outbound": {"localization": ["US"]}}, "it must be text"),
    ({"rtcp_settings": {"report_frequency_seconds": 1}}, "it must be from 5 to 3000"),
    ({"inbound": 5}, "inbound: it must be a mapping of fields"),
    ({"outbound": ["x"]}, "outbound: it must be a mapping of fields"),
    ({"tags": "x"}, "tags: it must be a list"),
    ({"tags": [{"a": 1}]}, "tags: it must be text"),
]


@pytest.mark.parametrize(("wanted", "message"), IMPOSSIBLE, ids=str)
def test_a_value_that_no_connection_can_have_is_an_error(wanted: Record, message: str) -> None:
    desired = [Desired({"id": "1", **wanted}, "all.yml", 7)]
    with pytest.raises(DesiredError, match=message) as caught:
        compare(desired, [{"id": "1"}, {"id": "2"}])
    assert str(caught.value).startswith("all.yml, line 7: ")
    (path,) = ([name, *below] if isinstance(below := value, dict) else [name] for name, value in wanted.items())
    canonical = "rtcp_settings.report_frequency_secs" if path[0] == "rtcp_settings" else ".".join(path)
    compare(desired, [{"id": "1"}], ignore=[canonical])
    compare(desired, [{"id": "1"}, {"id": "2", **wanted}])  # the vendor has added it


@pytest.mark.parametrize(
    "wanted",
    [
        {"anchorsite_override": "Lagos, Nigeria"},
        {"anchorsite_override": "London, ON"},
        {"anchorsite_override": "San Diego, CA"},
        {"anchorsite_override": "Rotterdam, Netherlands"},
        {"anchorsite_override": "Melbourne, Australia"},
        {"inbound": {"timeout_1xx_secs": "10", "channel_limit": 10.0, "codecs": []}},
        {"webhook_api_version": 2},
        {"encrypted_media": None, "active": None, "inbound": None, "tags": None},
        {"outbound": {"localization": False, "ani_override": 15125550100}},
        {"tags": [True, 2.1, "x"]},
        {"user_name": 12345, "password": "\u00fc" * 9},
    ],
    ids=str,
)
def test_a_value_that_a_connection_can_have_is_no_error(wanted: Record) -> None:
    compare([Desired({"id": "1", **wanted})], [{"id": "1"}])


def test_a_new_value_in_the_list_of_any_live_connection_is_accepted() -> None:
    live: list[Record] = [{"id": "1"}, {"id": "2", "inbound": {"codecs": ["OPUS", "AMR"]}}]
    compare([Desired({"id": "1", "inbound": {"codecs": ["AMR", "G722"]}})], live)
    with pytest.raises(DesiredError, match=r"inbound\.codecs"):
        compare([Desired({"id": "1", "inbound": {"codecs": ["AMR", "EVS"]}})], live)


def test_a_new_value_of_thousands_is_looked_up_once() -> None:
    class Live(dict[str, Any]):
        asked = 0

        def get(self, key: str, default: Any = None) -> Any:
            Live.asked += key == "dtmf_type"
            return super().get(key, default)

    live = [Live(id=str(index), dtmf_type="Inband") for index in range(200)]
    live[-1]["dtmf_type"] = "brand new"
    compare([Desired({"id": str(index), "dtmf_type": "brand new"}) for index in range(200)], live)
    assert Live.asked <= 3 * len(live)


def test_a_difference_shows_no_ignored_field_below_an_object_that_is_null() -> None:
    live = {"id": "1", "inbound": {"channel_limit": 3, "codecs": ["G722"]}}
    (compared,) = compare([Desired({"id": "1", "inbound": None})], [live], ignore=["inbound.channel_limit"])
    assert part_compared(compared, ["inbound.channel_limit"])[1] == {"id": "1", "inbound": {"codecs": ["G722"]}}


def test_a_long_list_is_compared_in_any_order() -> None:
    long = [f"tag {index}" for index in range(2000)]
    assert changes({"tags": long}, {"tags": long[::-1]}) == {}
    assert changes({"tags": [True] * 1500}, {"tags": ["yes", "on", "true"] * 500}) == {}


def test_an_ignored_field_below_an_object_that_is_null_is_neither_drift_nor_shown() -> None:
    live = {"inbound": {"channel_limit": 3, "codecs": ["G722"]}}
    assert changes({"inbound": None}, live, ignore=["inbound.*"]) == {}
    assert changes({"inbound": None}, live, ignore=["inbound.channel_limit"]) == {
        "inbound": (None, {"codecs": ["G722"]})
    }


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [("tagz", "Did you mean tags?"), ("inbound.codecz*", "Did you mean inbound.codecs?"), ("zzz", "")],
)
def test_a_pattern_that_no_field_has_is_an_error(pattern: str, hint: str) -> None:
    with pytest.raises(OptionError, match="no connection has the field") as caught:
        drift([{"id": "1"}], [{"id": "1", "new": {"a": 1}}], ignore=[pattern])
    assert caught.value.hint == hint
    assert pattern in str(caught.value)
    for known in ("new.a", "new", "n*", "desired_only", "rtcp_settings.report_frequency_seconds", "password"):
        wanted = {"id": "1", "desired_only": 1}
        drift([wanted], [{"id": "1", "new": {"a": 1}}], ignore=[known, "desired_only"])


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_id_is_none(empty: Any) -> None:
    assert statuses(drift([{"id": empty, "connection_name": "a"}], LIVE[:1])) == [("1", "a", "in_sync")]


def test_who_has_no_name_is_not_called_none() -> None:
    live: list[Record] = [{"id": "1", "connection_name": None}, {"id": "2"}]
    assert statuses(drift([{"connection_name": "None"}], live, unexpected="ignore")) == [(None, "None", "missing")]


def test_a_name_of_very_many_is_an_error_of_one_line() -> None:
    with pytest.raises(AmbiguousError, match="and 980 more") as caught:
        drift([{"connection_name": "a"}], [{"id": str(place), "connection_name": "a"} for place in range(1000)])
    assert len(str(caught.value)) < 400
    assert len(caught.value.as_dict()["ids"]) == 1000


def test_a_name_of_several_wants_ids() -> None:
    with pytest.raises(AmbiguousError, match=r"2, 3.*id"):
        drift([{"connection_name": "b"}], LIVE)
    assert statuses(drift([{"connection_name": "b", "id": "3"}, {"connection_name": "b", "id": "2"}], LIVE))[:2] == [
        ("3", "b", "in_sync"),
        ("2", "b", "in_sync"),
    ]


@pytest.mark.parametrize(("unexpected", "status"), [("ignore", "in_sync"), ("report", "drift"), ("fail", "drift")])
def test_unexpected_connections(unexpected: str, status: str) -> None:
    result = drift([{"connection_name": "a"}], LIVE, unexpected=unexpected)
    assert result["status"] == status
    assert result["totals"]["unexpected"] == (0 if unexpected == "ignore" else 2)


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        ([{"active": True}], "desired record 1: it has no connection_name and no id"),
        ([{"connection_name": "a"}, {"connection_name": "a"}], "both have the connection_name 'a'"),
        ([{"id": "1"}, {"id": 1}], "both have the id '1'"),
        ([{"connection_name": True}], "in quotes"),
        ([{"connection_name": ["a"]}], "in quotes"),
        ([{}], "not a mapping"),
        (["a"], "not a mapping"),
        ([{"id": "1", "conection_name": "a"}], r"'conection_name' \(did you mean connection_name\?\)"),
        ([{"id": "1", "codecs": []}], r"'codecs' \(did you mean inbound\.codecs\?\)"),
        ([{"id": "1", "inbound": {"codec": []}}], r"'inbound\.codec' \(did you mean inbound\.codecs\?\)"),
        ([{"id": "1", "zzzzzz": 1}], "'zzzzzz'"),
        ([{"id": "1", "password": {"canary": None}}], "its password is no text"),
        ([{"id": "1", "password": ["canary"]}], "its password is no text"),
        ([{"id": "1", "password:canary": None}], r"not shown \(did you mean password\?\)"),
        ([{"id": "1", "password canary": None}], "not shown"),
        ([{"id": "1", True: 1}], "'True'"),
        (
            [{"id": "1", "rtcp_settings": {"report_frequency_secs": 1, "report_frequency_seconds": 2}}],
            "are one field, but differ",
        ),
    ],
    ids=str,
)
def test_a_desired_record_that_cannot_be_used_is_an_error(desired: list[Any], message: str) -> None:
    with pytest.raises(DesiredError, match=message) as caught:
        drift(desired, [{"id": "1", "connection_name": "a"}])
    assert "canary" not in str(caught.value)


def test_a_field_that_a_live_record_or_ignore_knows_is_no_typing_mistake() -> None:
    live: list[Record] = [{"id": "1", "brand_new": 1}, {"id": "2", "nested": {"brand_new": 2}}]
    assert (
        drift([{"id": "2", "brand_new": None, "nested": {"brand_new": 2}}], live, unexpected="ignore")["status"]
        == "in_sync"
    )
    assert drift([{"id": "1", "owner": "me"}], live, unexpected="ignore", ignore=["owner"])["status"] == "in_sync"
    with pytest.raises(DesiredError):
        drift([{"id": "1", "nested": {"brand_old": 1}}], live)


def test_an_account_is_in_sync_with_itself() -> None:
    live = [make_connection(1, index) for index in range(300)]
    result = drift(copy.deepcopy(live), live)
    assert result["status"] == "in_sync"
    assert result["totals"] == {"in_sync": 300, "drifted": 0, "missing": 0, "unexpected": 0, "unverifiable": 0}


def leaves(record: Record, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for key, value in record.items():
        found += leaves(value, (*above, key)) if isinstance(value, dict) else [(*above, key)]
    return [path for path in found if path not in (("id",), ("password",))]


OTHER = st.one_of(
    st.integers(10**6, 10**7), st.text("xyz", min_size=9), st.lists(st.text("xyz", min_size=9), min_size=1)
)


@given(st.data())
def test_exactly_the_changes_that_were_made_are_found(data: st.DataObject) -> None:
    """Change any fields of any connections, at any depth: those are reported, and no others."""
    wanted = [make_connection(2, index) for index in range(4)]
    live = copy.deepcopy(wanted)
    made: dict[str, set[str]] = {}
    for record in live:
        for path in data.draw(st.lists(st.sampled_from(leaves(record)), max_size=3, unique=True)):
            part = record
            for key in path[:-1]:
                part = part[key]
            value = data.draw(OTHER)
            part[path[-1]] = value
            made.setdefault(record["id"], set()).add(".".join(path))
    data.draw(st.randoms()).shuffle(live)
    result = drift(wanted, live)
    assert {
        each["id"]: {c["path"] for c in each["changes"]} for each in result["connections"] if each["changes"]
    } == made
    assert result["totals"]["drifted"] == len(made)


def unordered_match(wanted: list[Any], found: list[Any]) -> bool:
    """By trying every order, with the rules of the documentation written again."""

    def alike(left: Any, right: Any) -> bool:
        if isinstance(left, bool):
            return isinstance(right, str) and right.lower() in (
                ("yes", "on", "true") if left else ("no", "off", "false")
            )
        if isinstance(left, (int, float)):
            return right in {1: ("1",), 2.1: ("2.1", "2.10"), 10: ("10",)}[left]
        return bool(left == right)

    return len(wanted) == len(found) and any(all(map(alike, wanted, order)) for order in itertools.permutations(found))


WANTED_TAGS = st.sampled_from([True, False, 1, 2.1, 10, "yes", "on", "NO", "true", "1", "2.1", "2.10", "10", "a"])
LIVE_TAGS = st.sampled_from(["yes", "on", "Yes", "no", "NO", "true", "false", "1", "2.1", "2.10", "10", "a"])


@given(st.lists(WANTED_TAGS, max_size=5), st.data())
def test_unordered_lists_are_paired_as_by_trying_every_order(wanted: list[Any], data: st.DataObject) -> None:
    texts = {True: ["yes", "on", "true"], False: ["no", "NO", "false"], 2.1: ["2.1", "2.10"]}
    close = [data.draw(st.sampled_from(texts.get(each, [str(each)]))) if isinstance(each, (bool, float)) else str(each)
             for each in wanted]  # fmt: skip
    other = st.lists(LIVE_TAGS, min_size=len(wanted), max_size=len(wanted))
    found = data.draw(st.one_of(st.permutations(close), other, st.lists(LIVE_TAGS, max_size=5)))
    expected = unordered_match(wanted, found) or (not wanted and not found)
    assert (changes({"tags": wanted}, {"tags": found}) == {}) == expected


def spelled(path: tuple[str, ...], value: Any, data: st.DataObject) -> Any:
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


def others(path: tuple[str, ...], value: Any) -> list[Any]:
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
def test_spellings_are_no_drift_and_other_values_are(seed: int, index: int, data: st.DataObject) -> None:
    """The verdict is known by how the pair is generated, not by comparing it; and neither side is changed by it."""
    base = make_connection(seed % 7, index)
    base["connection_name"] = data.draw(st.sampled_from(["Caf\u00e9 \u00c5", "2.10", "NO", "plain"]))
    live, desired = copy.deepcopy(base), copy.deepcopy(base)
    expected = set()
    for path in leaves(base):
        change = data.draw(st.sampled_from(["keep", "keep", "spell", "other", "leave out"]))
        wanted, found = desired, live
        for key in path[:-1]:
            wanted, found = wanted[key], found[key]
        if change == "spell":
            found[path[-1]] = spelled(path, found[path[-1]], data)
        elif change == "other":
            found[path[-1]] = data.draw(st.sampled_from(others(path, found[path[-1]])))
            expected.add(".".join(path))
        elif change == "leave out":
            found[path[-1]] = "anything"
            del wanted[path[-1]]
    before = copy.deepcopy((desired, live))
    (result,) = drift([desired], [live])["connections"]
    assert (desired, live) == before
    assert {each["path"] for each in result["changes"]} == expected


def test_the_part_for_a_diff_shows_what_was_compared_and_no_secret() -> None:
    desired = {"id": "1", "password": "secret 1", "tags": ["x"], "inbound": {"channel_limit": "3", "codecs": ["G722"]}}
    live = {"id": "1", "password": "secret 2", "inbound": {"channel_limit": 3, "codecs": ["OPUS"]}, "active": True}
    (compared,) = compare([Desired(desired)], [live], ignore=["tags"])
    left, right = part_compared(compared, ["tags"])
    assert left == {"id": "1", "password": HIDDEN, "inbound": {"channel_limit": "3", "codecs": ["G722"]}}
    assert right == {
        "id": "1",
        "password": "(hidden, another one)",
        "inbound": {"channel_limit": "3", "codecs": ["OPUS"]},
    }
