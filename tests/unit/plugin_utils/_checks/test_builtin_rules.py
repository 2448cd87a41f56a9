"""The built-in rules: each finds its violation, and nothing in a good connection."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.builtin_rules import BUILTIN_RULES
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.results import SEVERITIES
from check_helpers import GOOD, Record, policy, violated_rules


def test_good_connection_violates_no_built_in_rule() -> None:
    result = policy([GOOD])
    assert (result.status, result.findings) == ("ok", [])
    assert len(result.rules) == len(BUILTIN_RULES)


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
def test_built_in_rule_finds_its_violation(fields: Record, rule: str) -> None:
    assert violated_rules([{**GOOD, **fields}]) == [rule]


def test_shared_names_are_violations_ignoring_case() -> None:
    same_user = [GOOD, {**GOOD, "id": "2", "user_name": GOOD["user_name"].upper(), "connection_name": "Paris"}]
    assert violated_rules(same_user) == ["user_name_unique"] * 2
    same_name = [GOOD, {**GOOD, "id": "2", "user_name": "w3v8xk2p", "connection_name": "BERLIN"}]
    assert violated_rules(same_name) == ["name_unique"] * 2
    nameless = [
        {**GOOD, "connection_name": None},
        {**GOOD, "id": "2", "user_name": "w3v8xk2p", "connection_name": None},
    ]
    assert violated_rules(nameless) == []
    userless = [{**GOOD, "user_name": None}, {**GOOD, "id": "2", "user_name": None, "connection_name": "Paris"}]
    assert violated_rules(userless) == ["user_name_hard_to_guess"] * 2


def test_webhook_https_ignores_the_case_of_the_scheme() -> None:
    assert violated_rules([{**GOOD, "webhook_event_url": "HTTPS://hooks.example.com"}]) == []


@pytest.mark.parametrize(("allowed", "expected"), [(None, []), ([], ["outbound_voice_profile_allowed"]), (["77"], [])])
def test_outbound_voice_profile_allowed_applies_with_a_list_only(allowed: Any, expected: list[str]) -> None:
    assert violated_rules([GOOD], settings={"allowed_outbound_voice_profile_ids": allowed}) == expected


def test_built_in_rules_have_unique_ids_severities_and_help() -> None:
    for rule in BUILTIN_RULES:
        assert rule["severity"] in SEVERITIES
        assert len(rule["help"]) > 80
        assert rule["holds"]
    assert len({rule["id"] for rule in BUILTIN_RULES}) == len(BUILTIN_RULES)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"active": False, "sip_uri_calling_preference": "unrestricted"}, "sip_uri_calling_restricted"),
        ({"active": False, "webhook_event_url": "http://hooks.example.com"}, "webhook_https"),
        ({"outbound": {"channel_limit": None, "outbound_voice_profile_id": None}}, "outbound_channel_limit_set"),
    ],
    ids=str,
)
def test_built_in_rule_does_not_apply_where_it_has_no_effect(fields: Record, rule: str) -> None:
    assert rule not in violated_rules([{**GOOD, **fields}])
