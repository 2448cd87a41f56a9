"""What to do about a finding, and the links to connections."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError, RuleError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.remedies import (
    change_remedy,
    check_portal_url,
    portal_link,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rules import make_rules
from check_helpers import GOOD, Record, policy, violated_rules


@pytest.mark.parametrize(
    ("path", "expected", "remedy"),
    [
        ("inbound.codecs", ["G722"], 'Set inbound.codecs to ["G722"] at Telnyx, or change the desired state.'),
        ("active", True, "Set active to true at Telnyx, or change the desired state."),
        ("password", "(hidden)", "Set password to the desired one at Telnyx, or change the desired state."),
    ],
)
def test_change_remedy_names_the_value(path: str, expected: Any, remedy: str) -> None:
    assert change_remedy(path, expected) == remedy


def test_violation_has_the_value_that_fulfils_the_rule_or_the_help() -> None:
    bad = {**GOOD, "encrypted_media": None, "user_name": "12345678"}
    remedies = {each.rule: each.remedy for each in policy([bad]).findings}
    assert remedies["srtp_required"] == 'Set encrypted_media to "SRTP".'
    assert remedies["user_name_hard_to_guess"].endswith("Use at least 8 random letters and digits.")


def set_field(record: Record, path: str, value: Any) -> Record:
    first, _dot, rest = path.partition(".")
    return {**record, first: set_field(record.get(first) or {}, rest, value) if rest else value}


def test_what_a_built_in_rule_is_set_to_fulfils_it() -> None:
    wrong = {
        **GOOD,
        "encrypted_media": None,
        "sip_uri_calling_preference": "unrestricted",
        "call_cost_in_webhooks": True,
        "rtcp_settings": {"capture_enabled": True},
        "inbound": {"channel_limit": 1, "simultaneous_ringing": "enabled"},
    }
    violated = set(violated_rules([wrong]))
    rules = [rule for rule in make_rules() if rule.set_to]
    assert {rule.id for rule in rules} == violated
    for rule in rules:
        fixed = wrong
        for path, value in rule.set_to.items():
            fixed = set_field(fixed, path, value)
        assert set(violated_rules([fixed])) == violated - {rule.id}


def test_custom_rule_has_its_own_values_and_not_those_of_the_condition_that_it_overrides() -> None:
    base = {"id": "srtp_required", "assert": "encrypted_media == `null`", "help": "No SRTP."}
    assert policy([GOOD], rules=[base]).findings[0].remedy == "No SRTP."
    (violation,) = policy([GOOD], rules=[{**base, "set_to": {"encrypted_media": None, "active": False}}]).findings
    assert violation.remedy == "Set encrypted_media to null and active to false."
    with pytest.raises(RuleError, match="set_to is not a mapping"):
        make_rules([{"id": "srtp_required", "set_to": "SRTP"}])


RULE = {"id": "mine", "severity": "low", "description": "d", "assert": "!(active)"}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("inbound.codec", ["G722"], "Did you mean inbound.codecs?"),
        ("codecs", ["G722"], "Did you mean inbound.codecs?"),
        ("active.x", 1, "the field active has no field 'x' below it"),
        ("inbound", {"codecs": []}, "is not a field that has a value"),
        ("derived.user_name_count", 1, "is not a field that has a value"),
        ("null", 1, "is not a field that has a value"),
        ("", 1, "set_to is not a mapping"),
        ("active", "yes", "active: it must be true or false"),
        ("inbound.channel_limit", "many", "inbound.channel_limit: it must be a whole number"),
        ("inbound.codecs", "G722", "inbound.codecs: it must be a list"),
        ("inbound.codecs", ["alaw"], "Did you mean G711A?"),
        ("encrypted_media", "srtp", "Did you mean SRTP?"),
    ],
)
def test_what_a_rule_is_set_to_must_be_possible(path: str, value: Any, message: str) -> None:
    with pytest.raises(RuleError, match=r"'mine'.*set_to") as caught:
        policy([GOOD], rules=[{**RULE, "set_to": {path: value}}])
    assert message in str(caught.value)


def test_what_a_rule_is_set_to_may_be_new_to_the_reference_but_not_to_the_account() -> None:
    record = {**GOOD, "encrypted_media": "NEW", "new_field": {"a": 1}}
    (violation,) = policy(
        [record], rules=[{**RULE, "set_to": {"encrypted_media": "NEW", "new_field.a": [2]}}], builtin=False
    ).findings
    assert violation.remedy == 'Set encrypted_media to "NEW" and new_field.a to [2].'


def test_what_a_rule_is_set_to_shows_no_secret() -> None:
    set_to = {"password": "c4n4ry", "webhook_event_url": "https://u:c4n4ry@h.example/?t=c4n4ry"}
    (violation,) = policy([GOOD], rules=[{**RULE, "set_to": set_to}]).findings
    assert violation.remedy == (
        'Set password to (hidden) and webhook_event_url to "https://(hidden)@h.example/?t=(hidden)".'
    )


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "x",
        "javascript:alert({id})",
        "https://x.example/",
        "https://{id}/",
        "https://x/{id} y",
        "ftp://x/{id}",
        'http://x/"{id}',
        "http://[x/{id}",
    ],
)
def test_check_portal_url_refuses_what_is_no_address_of_a_page(pattern: str) -> None:
    with pytest.raises(OptionError, match="portal_url"):
        check_portal_url(pattern)


def test_portal_link_quotes_the_id() -> None:
    pattern = "https://portal.example/#/connections/{id}"
    check_portal_url(pattern)
    assert portal_link(pattern, 'a/"<1>') == "https://portal.example/#/connections/a%2F%22%3C1%3E"
    assert portal_link(pattern, None) is portal_link(None, "1") is None
