"""Policy: violations, errors of rules, and counts."""

from __future__ import annotations

from check_helpers import GOOD, policy, violated_rules


def test_rule_that_cannot_be_evaluated_is_a_violation_and_never_accepted() -> None:
    mine = {"id": "mine", "severity": "low", "description": "d", "assert": "starts_with(active, 'x')"}
    result = policy([GOOD], rules=[mine])
    assert result["totals"]["errors"] == 1
    assert result["status"] == "violations"
    assert "could not be evaluated: The query \"starts_with(active, 'x')\" failed" in result["violations"][0]["message"]
    # Nobody can accept what nobody knows.
    exemption = {"rule": "mine", "id": "1", "reason": "r", "expires": "2099-01-01"}
    assert violated_rules([GOOD], rules=[mine], exemptions=[exemption]) == ["mine"]


def test_message_hides_the_secrets_of_urls() -> None:
    bad = {**GOOD, "webhook_event_url": "http://u:c4n4ry@h.example/?t=c4n4ry"}
    (violation,) = policy([bad])["violations"]
    assert violation["message"].endswith(': ["http://(hidden)@h.example/?t=(hidden)"]')


def test_rule_with_a_number_overflow_is_an_error() -> None:
    mine = {"id": "mine", "severity": "low", "description": "d", "assert": "ceil(to_number('1e999')) > `1`"}
    assert policy([GOOD], rules=[mine])["totals"]["errors"] == 1


def test_applied_to_counts_the_connections_that_when_selects() -> None:
    mine = [
        {"id": name, "severity": "low", "description": "d", "assert": "active", "when": when}
        for name, when in (("none", "user_name == 'x'"), ("one", "id == '2'"), ("all", ""))
    ]
    rules = policy([GOOD, {**GOOD, "id": "2"}], rules=mine, builtin=False)["rules"]
    assert {rule["id"]: rule["applied_to"] for rule in rules} == {"none": 0, "one": 1, "all": 2}
    assert policy([], rules=mine, builtin=False)["rules"][2]["applied_to"] == 0
