"""Policy: rules, exemptions, and what they say of records."""

from __future__ import annotations

import datetime
import random
import string
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.builtin_rules import BUILTIN_RULES
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.policy import (
    SEVERITIES,
    evaluate,
    make_exemptions,
    make_rules,
    unused,
    user_name_weakness,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AmbiguousError, RuleError

Record = dict[str, Any]
TODAY = datetime.date(2026, 11, 23)

# A connection that no built-in rule finds fault with.
GOOD: Record = {
    "id": "1",
    "connection_name": "Berlin",
    "user_name": "k7q2mzr9",
    "active": True,
    "sip_uri_calling_preference": "disabled",
    "encrypted_media": "SRTP",
    "webhook_event_url": "https://hooks.example.com",
    "webhook_event_failover_url": None,
    "call_cost_in_webhooks": False,
    "rtcp_settings": {"capture_enabled": False},
    "inbound": {"channel_limit": 10, "simultaneous_ringing": "disabled"},
    "outbound": {"channel_limit": 5, "outbound_voice_profile_id": "77", "localization": "DE"},
}


def policy(records: list[Record], **options: Any) -> dict[str, Any]:
    rules = make_rules(options.get("rules", ()), options.get("disabled", ()), options.get("built_in", True))
    exemptions = make_exemptions(options.get("exemptions", ()), options.get("rules", ()))
    return evaluate(records, rules, exemptions, options.get("settings", {}), today=TODAY)


def broken(records: list[Record], **options: Any) -> list[str]:
    return [each["rule"] for each in policy(records, **options)["violations"]]


def test_a_good_connection_breaks_nothing() -> None:
    result = policy([GOOD])
    assert result["status"] == "ok"
    assert result["violations"] == []
    assert result["totals"]["rules"] == len(BUILTIN_RULES)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"sip_uri_calling_preference": "unrestricted"}, "sip_uri_calling_restricted"),
        ({"encrypted_media": None}, "srtp_required"),
        ({"encrypted_media": "ZRTP"}, "srtp_required"),
        ({"outbound": {**GOOD["outbound"], "channel_limit": None}}, "outbound_channel_limit_set"),
        ({"inbound": {"simultaneous_ringing": "disabled"}}, "inbound_channel_limit_set"),
        ({"inbound": {"channel_limit": 0, "simultaneous_ringing": "enabled"}}, "single_registration"),
        ({"webhook_event_url": "http://hooks.example.com"}, "webhook_https"),
        ({"webhook_event_failover_url": "http://hooks.example.com"}, "webhook_https"),
        ({"user_name": "1001"}, "user_name_hard_to_guess"),
        ({"call_cost_in_webhooks": True}, "call_cost_hidden"),
        ({"rtcp_settings": {"capture_enabled": True}}, "rtcp_not_captured"),
        ({"outbound": {**GOOD["outbound"], "localization": ""}}, "outbound_country_set"),
        ({"active": False}, "no_inactive"),
    ],
    ids=str,
)
def test_each_built_in_rule_finds_what_it_is_for(fields: Record, rule: str) -> None:
    assert broken([{**GOOD, **fields}]) == [rule]


def test_rules_over_the_whole_account() -> None:
    same_user = [GOOD, {**GOOD, "id": "2", "user_name": GOOD["user_name"].upper(), "connection_name": "Paris"}]
    assert broken(same_user) == ["user_name_unique"] * 2
    same_name = [GOOD, {**GOOD, "id": "2", "user_name": "w3v8xk2p", "connection_name": "BERLIN"}]
    assert broken(same_name) == ["name_unique"] * 2
    nameless = [
        {**GOOD, "connection_name": None},
        {**GOOD, "id": "2", "user_name": "w3v8xk2p", "connection_name": None},
    ]
    assert broken(nameless) == []
    userless = [{**GOOD, "user_name": None}, {**GOOD, "id": "2", "user_name": None, "connection_name": "Paris"}]
    assert broken(userless) == ["user_name_hard_to_guess"] * 2


def test_a_scheme_has_no_case() -> None:
    assert broken([{**GOOD, "webhook_event_url": "HTTPS://hooks.example.com"}]) == []


@pytest.mark.parametrize(("allowed", "expected"), [(None, []), ([], ["outbound_voice_profile_allowed"]), (["77"], [])])
def test_the_allow_list_of_profiles(allowed: Any, expected: list[str]) -> None:
    assert broken([GOOD], settings={"allowed_outbound_voice_profile_ids": allowed}) == expected


def test_every_built_in_rule_says_why_and_how_to_mend_it() -> None:
    for rule in BUILTIN_RULES:
        assert rule["severity"] in SEVERITIES
        assert len(rule["help"]) > 80
    assert len({rule["id"] for rule in BUILTIN_RULES}) == len(BUILTIN_RULES)


def test_rules_are_changed_added_and_switched_off() -> None:
    bad = {**GOOD, "encrypted_media": None}
    assert policy([bad], rules=[{"id": "srtp_required", "severity": "low"}])["violations"][0]["severity"] == "low"
    assert broken([bad], rules=[{"id": "srtp_required", "enabled": False}]) == []
    assert broken([bad], disabled=["srtp_required"]) == []
    mine = {
        "id": "mine",
        "severity": "high",
        "description": "No site code",
        "assert": "starts_with(connection_name, 'BER')",
    }
    found = policy([bad], rules=[mine], built_in=False)["violations"]
    assert found == [{"rule": "mine", "severity": "high", "id": "1", "name": "Berlin", "message": "No site code"}]


def test_a_rule_that_errs_is_reported() -> None:
    mine = {"id": "mine", "severity": "low", "description": "d", "assert": "starts_with(active, 'x')"}
    result = policy([GOOD], rules=[mine])
    assert result["totals"]["errors"] == 1
    assert result["status"] == "violations"
    assert "could not be evaluated: The query \"starts_with(active, 'x')\" failed" in result["violations"][0]["message"]
    # Nobody can exempt what nobody knows.
    exemption = {"rule": "mine", "id": "1", "reason": "r", "expires": "2099-01-01"}
    assert broken([GOOD], rules=[mine], exemptions=[exemption]) == ["mine"]


def test_a_number_that_overflows_is_a_rule_that_errs() -> None:
    mine = {"id": "mine", "severity": "low", "description": "d", "assert": "ceil(to_number('1e999')) > `1`"}
    assert policy([GOOD], rules=[mine])["totals"]["errors"] == 1


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([{"severity": "low"}], "has no id"),
        (["x"], "has no id"),
        ([{"id": "x"}], "needs severity"),
        ([{"id": "x", "severity": "bad", "description": "d", "assert": "a"}], "must be one of critical"),
        ([{"id": "x", "severity": "low", "description": "d", "assert": "a ||"}], "'x', assert"),
        ([{"id": "x", "severity": "low", "description": "d", "assert": "a", "when": "[?"}], "'x', when"),
        ([{"id": "x", "severity": "low", "description": "d", "assert": True}], "needs assert"),
        ([{"id": "srtp_required", "asert": "a"}], "Did you mean assert"),
        ([{"id": "srtp_required", "enabled": "false"}], "enabled must be true or false"),
        ([{"id": "srtp_required", "enabled": 0}], "enabled must be true or false"),
    ],
    ids=str,
)
def test_a_rule_that_cannot_be_used_is_an_error(rules: list[Any], message: str) -> None:
    with pytest.raises(RuleError, match=message):
        make_rules(rules)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"when": "activ"}, r"'x', when: it asks for the field 'activ'.*Did you mean active\?"),
        ({"assert": "inbound.codec[0] == 'G722'"}, r"assert.*'codec'.*Did you mean inbound\.codecs\?"),
        ({"show": "derived.user_name_number"}, r"show.*Did you mean derived\.user_name_count\?"),
        ({"assert": "active == true"}, "true is a field there. Write `true`"),
        ({"assert": "!capture_enabled"}, r"'capture_enabled'.*Did you mean rtcp_settings\.capture_enabled\?"),
        ({"when": "channel_limit > `100`"}, r"Did you mean inbound\.channel_limit or outbound\.channel_limit\?"),
        ({"when": "active == 'true'"}, "active is true or false"),
        ({"assert": "'unrestricted' == active"}, "active is true or false"),
        ({"assert": "sip_uri_calling_preference != 'Unrestricted'"}, r"never has. Did you mean unrestricted\?"),
        ({"assert": "encrypted_media != 'TLS'"}, "It is one of SRTP, ZRTP"),
        ({"assert": "inbound.channel_limit != 'ten'"}, r"inbound\.channel_limit is a number"),
        ({"assert": "user_name > `5`"}, "numbers have an order, and texts"),
        ({"assert": "outbound.outbound_voice_profile_id == `77`"}, "is text"),
        ({"assert": "contains(inbound.codecs, 'PCMA')"}, r"inbound\.codecs is compared with a value that it never has"),
        ({"assert": "inbound.codecs[?@ == 'PCMA']"}, r"inbound\.codecs is compared with a value that it never has"),
        ({"when": "!rtcp_settings.capture_enabled"}, r"! binds tighter than the dot. Write it as in !\("),
        ({"assert": "!password"}, r"'password'.*Did you mean password_status\?"),
        ({"when": "active > `0`"}, "numbers have an order, and texts"),
        ({"assert": "tags.first"}, "asked of a list. Use"),
        ({"assert": "active.deep"}, "the field active has no field 'deep' below it"),
        ({"assert": "length([codecs][0]) > `1`"}, r"Did you mean inbound\.codecs\?"),
        ({"assert": "inbound | capture_enabled"}, r"Did you mean rtcp_settings\.capture_enabled\?"),
        ({"assert": "sort_by(tags, &name)[0]"}, "no field 'name' below it"),
        ({"assert": "{a: id, b: codecs}.a"}, r"Did you mean inbound\.codecs\?"),
    ],
    ids=str,
)
def test_a_rule_that_asks_for_what_nobody_has_is_an_error(rule: Record, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        policy([GOOD], rules=[{"id": "x", "severity": "low", "description": "d", "assert": "active", **rule}])


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("nofunc(active)", r"there is no function nofunc\(\)"),
        ("start_with(user_name, 'x')", r"Did you mean starts_with\(\)\?"),
        ("active && (inbound.channel_limit || length())", r"length\(\) takes 1 arguments, but was given 0"),
        ("not_null()", r"not_null\(\) takes 1 or more arguments, but was given 0"),
    ],
)
def test_a_wrong_function_call_is_an_error_when_the_rule_is_read(expression: str, message: str) -> None:
    for key in ("when", "assert", "show"):
        rule = {"id": "x", "severity": "low", "description": "d", "assert": "active", key: expression}
        with pytest.raises(RuleError, match=message):
            make_rules([rule])


def test_a_rule_says_to_how_many_connections_it_applied() -> None:
    mine = [
        {"id": name, "severity": "low", "description": "d", "assert": "active", "when": when}
        for name, when in (("none", "user_name == 'x'"), ("one", "id == '2'"), ("all", ""))
    ]
    rules = policy([GOOD, {**GOOD, "id": "2"}], rules=mine, built_in=False)["rules"]
    assert {rule["id"]: rule["applied_to"] for rule in rules} == {"none": 0, "one": 1, "all": 2}
    assert policy([], rules=mine, built_in=False)["rules"][2]["applied_to"] == 0


def test_a_value_that_a_live_connection_has_is_right() -> None:
    rule = {"id": "x", "severity": "low", "description": "d", "assert": "encrypted_media == 'MLS'"}
    assert broken([{**GOOD, "encrypted_media": "MLS"}], rules=[rule], built_in=False) == []


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"active": False, "sip_uri_calling_preference": "unrestricted"}, "sip_uri_calling_restricted"),
        ({"active": False, "webhook_event_url": "http://hooks.example.com"}, "webhook_https"),
        ({"outbound": {"channel_limit": None, "outbound_voice_profile_id": None}}, "outbound_channel_limit_set"),
    ],
    ids=str,
)
def test_a_built_in_rule_is_silent_where_nothing_can_happen(fields: Record, rule: str) -> None:
    assert rule not in broken([{**GOOD, **fields}])


def test_a_rule_may_ask_for_what_a_record_has_and_for_what_it_makes_itself() -> None:
    rule = {"id": "x", "severity": "low", "description": "d", "assert": "new.deep[0].er && {made: id}.made"}
    assert broken([{**GOOD, "new": {"deep": [{"er": 1}]}}], rules=[rule]) == []


@pytest.mark.parametrize("name", ["report_frequency_secs", "report_frequency_seconds"])
@pytest.mark.parametrize("other", ["report_frequency_secs", "report_frequency_seconds"])
def test_a_rule_knows_a_field_by_all_its_names(name: str, other: str) -> None:
    rule = {"id": "x", "severity": "low", "description": "d", "assert": f"rtcp_settings.{name} == `5`"}
    assert broken([{**GOOD, "rtcp_settings": {other: 5}}], rules=[rule]) == []
    assert broken([{**GOOD, "rtcp_settings": {other: 6}}], rules=[rule]) == ["x"]


@pytest.mark.parametrize(
    "expression",
    [
        '`{"US": 5}`.US == `5`',
        'merge(@, `{"limit": {"deep": 5}}`).limit.deep == `5`',
        "length(sort_by([@], &connection_name)) == `1`",
        "inbound.codecs == null || inbound.codecs[*] | [0] != ''",
        "\"connection_name\" == 'Berlin'",
        "{made: {deep: id}}.made.deep == '1'",
        "tags[?contains(@, 'x')] == `[]` || tags == null",
        "to_number(outbound.outbound_voice_profile_id) > `5`",
        "anchorsite_override != 'Lagos, Nigeria'",
        "inbound.* | length(@) > `1`",
        "(inbound || outbound).channel_limit == `10`",
        "encrypted_media != ''",
        "max_by([inbound, outbound], &channel_limit).channel_limit == `10`",
        "map(&channel_limit, [inbound, outbound])[0] == `10`",
        "contains(['a', user_name], 'a')",
        "inbound.timeout_1xx_secs != '10'",
        "created_at == null || created_at > '2026-01-01'",
        "(!encrypted_media) == `false`",
    ],
)
def test_what_jmespath_can_say_is_no_typo(expression: str) -> None:
    rule = {"id": "x", "severity": "low", "description": "d", "assert": expression}
    assert broken([GOOD], rules=[rule]) == []


def test_a_rule_that_is_switched_off_may_have_exemptions() -> None:
    mine = {"id": "mine", "severity": "low", "description": "d", "assert": "active"}
    assert broken([GOOD], rules=[mine], disabled=["mine"], exemptions=[{**EXEMPTION, "rule": "mine"}]) == []


def test_a_check_without_a_rule_is_an_error() -> None:
    with pytest.raises(RuleError, match="No rule is left"):
        policy([GOOD], built_in=False)


def test_a_rule_to_switch_off_must_be_there() -> None:
    with pytest.raises(RuleError, match="Did you mean srtp_required"):
        make_rules(disabled=["srtp_requird"])


EXEMPTION = {"rule": "srtp_required", "connection_name": "Berlin", "reason": "old PBX", "expires": "2026-11-23"}


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, (0, 1)),
        ({"expires": "2026-11-22"}, (1, 0)),
        ({"expires": datetime.date(2027, 1, 1)}, (0, 1)),
        ({"expires": "2027-01-01 00:00:00"}, (0, 1)),
        ({"connection_name": None, "id": 1}, (0, 1)),
        ({"connection_name": None, "user_name": "k7q2mzr9"}, (0, 1)),
        ({"connection_name": "Paris"}, (1, 0)),
    ],
    ids=str,
)
def test_exemptions(changes: Record, count: tuple[int, int]) -> None:
    result = policy([{**GOOD, "encrypted_media": None}], exemptions=[{**EXEMPTION, **changes}])
    assert (len(result["violations"]), len(result["exempted"])) == count
    if "expires" in changes and count == (1, 0):
        assert "its exemption expired on 2026-11-22" in result["violations"][0]["message"]
    if count == (0, 1):
        assert result["exempted"][0]["reason"] == "old PBX"


@pytest.mark.parametrize(
    ("exemption", "message"),
    [
        ({**EXEMPTION, "reason": " "}, "gives no reason"),
        ({**EXEMPTION, "expires": None}, "expires must be a day"),
        ({**EXEMPTION, "expires": "soon"}, "expires must be a day"),
        ({**EXEMPTION, "rule": "srtp"}, "is unknown"),
        ({**EXEMPTION, "id": "1"}, "must name one connection"),
        ({**EXEMPTION, "connection_name": None}, "must name one connection"),
        ({**EXEMPTION, "name": "x"}, "has the key 'name'"),
        ("x", "not a mapping"),
    ],
    ids=str,
)
def test_an_exemption_that_is_not_whole_is_an_error(exemption: Any, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        make_exemptions([exemption])


def test_of_several_exemptions_the_longest_counts() -> None:
    old = {"rule": "srtp_required", "id": "1", "reason": "old", "expires": "2020-01-01"}
    for exemptions in ([old, EXEMPTION], [EXEMPTION, old]):
        result = policy([{**GOOD, "encrypted_media": None}], exemptions=exemptions)
        assert [each["reason"] for each in result["exempted"]] == ["old PBX"]
        assert result["violations"] == []


def test_an_exemption_of_none_excuses_nobody_without_a_name() -> None:
    exemption = {**EXEMPTION, "connection_name": "None"}
    nameless = {**GOOD, "encrypted_media": None, "connection_name": None}
    assert broken([nameless], exemptions=[exemption]) == ["srtp_required"]


def test_an_exempted_name_must_be_one_connection_s() -> None:
    """Lest a connection that somebody makes by the same name is excused with it."""
    records = [{**GOOD, "encrypted_media": None}, {**GOOD, "id": "2", "user_name": "w3v8xk2p"}]
    with pytest.raises(AmbiguousError, match="1, 2"):
        policy(records, exemptions=[EXEMPTION])
    assert len(policy(records, exemptions=[{**EXEMPTION, "connection_name": None, "id": "1"}])["exempted"]) == 1


def test_an_exemption_that_excuses_nothing_is_told() -> None:
    exemptions = make_exemptions([EXEMPTION])
    evaluate([GOOD], make_rules(), exemptions, today=TODAY)
    assert "excuses nothing" in unused(exemptions)[0]


WEAK = [
    *("", None, "1001", "15125550100", "admin01", "ab12", "aaaaaaab"),
    *(
        "password1",
        "abcd1234",
        "qwertyui",
        "ext10001",
        "extension100",
        "1000admin",
        "telnyxuser",
        "sip_trunk_1",
        "Test99User",
    ),
]
STRONG = ["k7q2mzr9", "berlin00001"]


@pytest.mark.parametrize("name", [*WEAK, *STRONG])
def test_weak_user_names(name: Any) -> None:
    assert (user_name_weakness(name) is not None) == (name in WEAK)


def test_a_random_user_name_is_hard_to_guess() -> None:
    letters, source = string.ascii_lowercase + string.digits, random.Random(11)
    names = ["".join(source.choices(letters, k=12)) for _each in range(10_000)]
    assert [name for name in names if user_name_weakness(name)] == []
