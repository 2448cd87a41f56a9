"""Rules: built-in ones changed, custom ones added, and invalid ones."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import RuleError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rules import make_rules
from check_helpers import GOOD, policy, violated_rules


def test_make_rules_changes_adds_and_disables_rules() -> None:
    bad = {**GOOD, "encrypted_media": None}
    assert policy([bad], rules=[{"id": "srtp_required", "severity": "low"}]).findings[0].severity == "low"
    assert violated_rules([bad], rules=[{"id": "srtp_required", "enabled": False}]) == []
    assert violated_rules([bad], disabled=["srtp_required"]) == []
    mine = {
        "id": "mine",
        "severity": "high",
        "description": "No site code",
        "assert": "starts_with(connection_name, 'BER')",
    }
    (violation,) = policy([bad], rules=[mine], builtin=False).findings
    assert (violation.rule, violation.severity, violation.message) == ("mine", "high", "No site code")
    assert (violation.connection.id, violation.connection.name, violation.remedy) == ("1", "Berlin", "")


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([{"severity": "low"}], "has no id"),
        (["x"], "has no id"),
        ([{"id": "x"}], "needs severity"),
        ([{"id": "srtp_requird", "severity": "low"}], "needs description, as text. Did you mean srtp_required?"),
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
def test_make_rules_invalid_rule_raises_rule_error(rules: list[Any], message: str) -> None:
    with pytest.raises(RuleError, match=message):
        make_rules(rules)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("nofunc(active)", r"there is no function nofunc\(\)"),
        ("start_with(user_name, 'x')", r"Did you mean starts_with\(\)\?"),
        ("active && (inbound.channel_limit || length())", r"length\(\) takes 1 arguments, but was given 0"),
        ("not_null()", r"not_null\(\) takes 1 or more arguments, but was given 0"),
    ],
)
def test_make_rules_wrong_function_call_raises_rule_error(expression: str, message: str) -> None:
    for key in ("when", "assert", "show"):
        rule = {"id": "x", "severity": "low", "description": "d", "assert": "active", key: expression}
        with pytest.raises(RuleError, match=message):
            make_rules([rule])


def test_make_rules_without_any_rule_raises_rule_error() -> None:
    with pytest.raises(RuleError, match="No rule is left"):
        policy([GOOD], builtin=False)


def test_make_rules_unknown_disabled_rule_raises_rule_error() -> None:
    with pytest.raises(RuleError, match="Did you mean srtp_required"):
        make_rules(disabled=["srtp_requird"])
