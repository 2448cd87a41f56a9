"""Exemptions: until when, of which connection, and invalid ones."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.exemptions import (
    make_exemptions,
    unused_exemption_warnings,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.policy import evaluate
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.rules import make_rules
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AmbiguousError, RuleError
from check_helpers import EXEMPTION, GOOD, TODAY, Record, policy, violated_rules


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
def test_exemption_applies_to_its_connection_until_it_expires(changes: Record, count: tuple[int, int]) -> None:
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
        ({**EXEMPTION, "connection_name": ["x"]}, "connection_name is not text"),
        ({**EXEMPTION, "connection_name": True}, "connection_name is not text"),
        ("x", "not a mapping"),
    ],
    ids=str,
)
def test_make_exemptions_incomplete_exemption_raises_rule_error(exemption: Any, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        make_exemptions([exemption])


def test_match_exemptions_prefers_the_one_that_expires_last() -> None:
    old = {"rule": "srtp_required", "id": "1", "reason": "old", "expires": "2020-01-01"}
    for exemptions in ([old, EXEMPTION], [EXEMPTION, old]):
        result = policy([{**GOOD, "encrypted_media": None}], exemptions=exemptions)
        assert [each["reason"] for each in result["exempted"]] == ["old PBX"]
        assert result["violations"] == []


def test_exemption_of_the_name_none_does_not_match_a_connection_without_a_name() -> None:
    exemption = {**EXEMPTION, "connection_name": "None"}
    nameless = {**GOOD, "encrypted_media": None, "connection_name": None}
    assert violated_rules([nameless], exemptions=[exemption]) == ["srtp_required"]


def test_exemption_of_a_shared_name_raises_ambiguous_error() -> None:
    """Otherwise, a new connection of the same name would be exempted too."""
    records = [{**GOOD, "encrypted_media": None}, {**GOOD, "id": "2", "user_name": "w3v8xk2p"}]
    with pytest.raises(AmbiguousError, match="1, 2"):
        policy(records, exemptions=[EXEMPTION])
    assert len(policy(records, exemptions=[{**EXEMPTION, "connection_name": None, "id": "1"}])["exempted"]) == 1


def test_unused_exemption_warnings_name_exemptions_without_a_violation() -> None:
    exemptions = make_exemptions([EXEMPTION])
    evaluate([GOOD], make_rules(), exemptions, today=TODAY)
    assert "applies to no violation" in unused_exemption_warnings(exemptions)[0]


def test_unused_exemption_warnings_include_one_that_another_of_the_connection_outlasts() -> None:
    by_id = {"rule": "srtp_required", "id": "1", "reason": "r", "expires": "2026-11-22"}
    exemptions = make_exemptions([EXEMPTION, by_id])
    evaluate([{**GOOD, "encrypted_media": None}], make_rules(), exemptions, today=TODAY)
    (warning,) = unused_exemption_warnings(exemptions)
    assert "of id '1'" in warning


def test_exemption_of_a_disabled_rule_is_accepted() -> None:
    mine = {"id": "mine", "severity": "low", "description": "d", "assert": "active"}
    assert violated_rules([GOOD], rules=[mine], disabled=["mine"], exemptions=[{**EXEMPTION, "rule": "mine"}]) == []
