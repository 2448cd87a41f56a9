"""Policy: violations, errors of rules, and counts."""

from __future__ import annotations

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.policy import places_in_files
from check_helpers import GOOD, in_file, policy, violated_rules


def test_rule_that_cannot_be_evaluated_is_a_violation_and_never_accepted() -> None:
    mine = {"id": "mine", "severity": "low", "description": "d", "assert": "starts_with(active, 'x')"}
    result = policy([GOOD], rules=[mine])
    assert (result.totals or {})["errors"] == 1
    assert result.status == "violations"
    assert "could not be evaluated: The query \"starts_with(active, 'x')\" failed" in result.findings[0].message
    # Nobody can accept what nobody knows.
    exemption = {"rule": "mine", "id": "1", "reason": "r", "expires": "2099-01-01"}
    assert violated_rules([GOOD], rules=[mine], exemptions=[exemption]) == ["mine"]


def test_message_hides_the_secrets_of_urls() -> None:
    bad = {**GOOD, "webhook_event_url": "http://u:c4n4ry@h.example/?t=c4n4ry"}
    (violation,) = policy([bad]).findings
    assert violation.message.endswith(': ["http://(hidden)@h.example/?t=(hidden)"]')


def test_applied_to_counts_the_connections_that_when_selects() -> None:
    mine = [
        {"id": name, "severity": "low", "description": "d", "assert": "active", "when": when}
        for name, when in (("none", "user_name == 'x'"), ("one", "id == '2'"), ("all", ""))
    ]
    rules = policy([GOOD, {**GOOD, "id": "2"}], rules=mine, builtin=False).rules
    assert {rule["id"]: rule["applied_to"] for rule in rules} == {"none": 0, "one": 1, "all": 2}
    assert policy([], rules=mine, builtin=False).rules[2]["applied_to"] == 0


def test_finding_has_the_values_that_it_is_about() -> None:
    bad = {**GOOD, "encrypted_media": None, "user_name": "1001", "updated_at": "2026"}
    actual = {each.rule: (each.expected, each.actual) for each in policy([bad]).findings}
    assert actual == {
        "srtp_required": ({"encrypted_media": "SRTP"}, {"encrypted_media": None}),
        "user_name_hard_to_guess": (
            None,
            {"derived.user_name_weakness": "it is digits only, like an extension or a phone number"},
        ),
    }
    assert {each.updated_at for each in policy([bad], portal_url="http://x/{id}").findings} == {"2026"}
    assert {each.url for each in policy([bad], portal_url="http://x/{id}").findings} == {"http://x/1"}


def test_source_is_that_of_the_id_or_of_a_name_that_one_record_has() -> None:
    bad = {**GOOD, "encrypted_media": None}
    same = [in_file({"connection_name": "Berlin"}, line=4), in_file({"id": "1"}, line=9)]
    for desired, line in ((same, 9), (same[:1], 4), ([same[0], in_file({"connection_name": "Berlin"}, line=7)], None)):
        (violation,) = policy([bad], desired=places_in_files(desired)).findings
        assert (violation.source and violation.source["line"]) == line
