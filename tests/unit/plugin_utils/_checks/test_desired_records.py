"""Desired records: which are errors, and which values and fields are accepted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError, OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import (
    Desired,
    Origin,
    check_desired,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.field_paths import IgnoredPaths
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.fields import canonical

Record = dict[str, Any]


def check(desired: list[Any], live: list[Record], ignore: list[str] | None = None) -> list[Record]:
    """Return the checked records; those that are no :class:`Desired` are in no file."""
    placed = [each if isinstance(each, Desired) else Desired(each) for each in desired]
    return [each.record for each in check_desired(placed, list(map(canonical, live)), IgnoredPaths(ignore or []))]


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        ([{"connection_name": True}], "in quotes"),
        ([{"connection_name": ["a"]}], "in quotes"),
        ([{}], "not a mapping"),
        (["a"], "not a mapping"),
        ([{"id": "1", "conection_name": "a"}], r"'conection_name' \(did you mean connection_name\?\)"),
        ([{"name": "Berlin PBX"}], r"'name' \(did you mean connection_name\?\)"),
        ([{"username": "x"}], r"'username' \(did you mean user_name\?\)"),
        ([{"id": "1", "outbound": {"outbound_voice_profile_id": 1293384261075731499.0}}],
         r"outbound\.outbound_voice_profile_id: the number has lost its last digits: it must be text, in quotes"),
        ([{"id": 1293384261075731499.0}], "id: the number has lost its last digits"),
        ([{"id": "1", "tags": [1e300]}], "tags: the number has lost"),
        ([{"id": "1", "codecs": []}], r"'codecs' \(did you mean inbound\.codecs\?\)"),
        ([{"id": "1", "channel_limit": 5}], r"\(did you mean inbound\.channel_limit or outbound\.channel_limit\?\)"),
        ([{"id": "1", "inbound.channel_limit": 5}], r"write it below inbound, as in inbound: \{channel_limit: \.\.\.\}"),
        ([{"id": "1", "inbound": {"codec": []}}], r"'inbound\.codec' \(did you mean inbound\.codecs\?\)"),
        ([{"id": "1", "zzzzzz": 1}], "'zzzzzz'"),
        ([{"id": "1", "password": {"canary": None}}], "its password is not text"),
        ([{"id": "1", "password": ["canary"]}], "its password is not text"),
        ([{"id": "1", "password:canary": None}], r"\(not shown: it may contain a secret\) \(did you mean password\?\)"),
        ([{"id": "1", "password canary": None}], "not shown"),
        ([{"id": "1", True: 1}], "'True'"),
        (
            [{"id": "1", "rtcp_settings": {"report_frequency_secs": 1, "report_frequency_seconds": 2}}],
            "are one field, but differ",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_invalid_desired_record_raises_desired_error_without_its_secrets(desired: list[Any], message: str) -> None:
    with pytest.raises(DesiredError, match=message) as caught:
        check(desired, [{"id": "1", "connection_name": "a"}])
    assert "canary" not in str(caught.value)


def test_field_of_a_live_record_or_of_ignore_is_accepted() -> None:
    live: list[Record] = [{"id": "1", "brand_new": 1}, {"id": "2", "nested": {"brand_new": {"a": 2}}}]
    check([{"id": "2", "brand_new": None, "nested": {"brand_new": {"a": 3}}}], live)
    check([{"id": "1", "owner": "me", "inbound": {"mine": 1}}], live, ignore=["owner", "inbound.mine"])
    for wrong, path in (({"brand_old": 1}, "brand_old"), ({"brand_new": {"b": 1}}, r"brand_new\.b")):
        with pytest.raises(DesiredError, match=rf"no connection has the field 'nested\.{path}'"):
            check([{"id": "1", "nested": wrong}], live)


def test_scalar_in_the_place_of_a_list_is_an_error_even_if_a_live_list_has_it() -> None:
    live: list[Record] = [{"id": "1", "inbound": {"codecs": ["G722"]}, "tags": ["x"]}]
    with pytest.raises(DesiredError, match=r"inbound\.codecs: it must be a list: write codecs: \[G722\]\."):
        check([{"id": "1", "inbound": {"codecs": "G722"}}], live)
    with pytest.raises(DesiredError, match=r"tags: it must be a list: write tags: \[\.\.\.\]\."):
        check([{"id": "1", "tags": "x"}], live)


def test_error_names_the_line_of_the_field() -> None:
    lines = {("inbound",): 30, ("inbound", "codecs"): 37}
    origin = Origin({"inbound": {"codecs": "OPUS"}}, "all.yml", 7, lines.get)
    with pytest.raises(DesiredError) as caught:
        check([Desired({"id": "1", "inbound": {"codecs": "OPUS"}}, 1, (origin,))], [{"id": "1"}])
    assert str(caught.value).startswith("all.yml, line 37: inbound.codecs: ")


def test_empty_id_is_left_out() -> None:
    assert check([{"id": "", "connection_name": "a"}, {"id": None, "user_name": "b"}], []) == [
        {"connection_name": "a"},
        {"user_name": "b"},
    ]


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
def test_invalid_value_raises_desired_error_unless_ignored_or_live(wanted: Record, message: str) -> None:
    desired = [Desired({"id": "1", **wanted}, 1, (Origin(wanted, "all.yml", 7),))]
    with pytest.raises(DesiredError, match=message) as caught:
        check(desired, [{"id": "1"}, {"id": "2"}])
    assert str(caught.value).startswith("all.yml, line 7: ")
    (path,) = ([name, *below] if isinstance(below := value, dict) else [name] for name, value in wanted.items())
    canonical = "rtcp_settings.report_frequency_secs" if path[0] == "rtcp_settings" else ".".join(path)
    check(desired, [{"id": "1"}], ignore=[canonical])
    check(desired, [{"id": "1"}, {"id": "2", **wanted}])  # the vendor has added it


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
def test_valid_and_possible_new_values_are_accepted(wanted: Record) -> None:
    check([{"id": "1", **wanted}], [{"id": "1"}])


def test_element_of_a_live_list_is_accepted() -> None:
    live: list[Record] = [{"id": "1"}, {"id": "2", "inbound": {"codecs": ["OPUS", "AMR"]}}]
    check([{"id": "1", "inbound": {"codecs": ["AMR", "G722"]}}], live)
    with pytest.raises(DesiredError, match=r"inbound\.codecs"):
        check([{"id": "1", "inbound": {"codecs": ["AMR", "EVS"]}}], live)


def test_a_new_value_of_many_records_is_searched_once_in_the_live_ones() -> None:
    class Live(dict[str, Any]):
        asked = 0

        def get(self, key: str, default: Any = None) -> Any:
            Live.asked += key == "dtmf_type"
            return super().get(key, default)

    live: list[Record] = [Live(id=str(index), dtmf_type="Inband") for index in range(200)]
    live[-1]["dtmf_type"] = "brand new"
    check([{"id": str(index), "dtmf_type": "brand new"} for index in range(200)], live)
    assert Live.asked <= len(live)


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [("tagz", "Did you mean tags?"), ("inbound.codecz*", "Did you mean inbound.codecs?"), ("zzz", "")],
)
def test_ignore_pattern_without_a_field_raises_option_error(pattern: str, hint: str) -> None:
    with pytest.raises(OptionError, match="no connection has the field") as caught:
        check([{"id": "1"}], [{"id": "1", "new": {"a": 1}}], ignore=[pattern])
    assert caught.value.hint == hint
    assert pattern in str(caught.value)
    for known in ("new.a", "new", "n*", "desired_only", "rtcp_settings.report_frequency_seconds", "password"):
        wanted = {"id": "1", "desired_only": 1}
        check([wanted], [{"id": "1", "new": {"a": 1}}], ignore=[known, "desired_only"])


def test_what_a_baseline_has_is_compared_although_no_connection_has_it_any_more() -> None:
    record = {"id": "1", "encrypted_media": "DTLS", "new_field": "a"}
    live = [{"id": "1", "encrypted_media": None}]
    generated = Desired(record, origins=(Origin(record, "baseline.yml", 3, is_generated=True),))
    assert check_desired([generated], live, IgnoredPaths(()))[0].record == record
    edited = Desired(record, origins=(Origin(record, "intended.yml", 3),))
    with pytest.raises(DesiredError, match=r"encrypted_media|new_field"):
        check_desired([edited], live, IgnoredPaths(()))
    # A value of a baseline is not right elsewhere.
    with pytest.raises(DesiredError, match=r"intended\.yml"):
        check_desired([generated, replace(edited, record={**record, "id": "2"})], live, IgnoredPaths(()))
