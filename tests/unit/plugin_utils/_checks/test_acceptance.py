"""Acceptances: what they cover, until when, of which connections, and invalid ones."""

from __future__ import annotations

import datetime
from random import Random
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AcceptanceError, AmbiguousError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import make_acceptance, make_exemptions
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance_matching import accept
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.findings import Connection, Finding
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.results import STATUSES
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import Report
from check_helpers import EXEMPTION, GOOD, Record, drift, policy, statuses, violated_rules
from hypothesis import given
from hypothesis import strategies as st
from report_models import TODAY


def reasons(report: Report) -> list[str]:
    return [each.accepted["reason"] for each in report.accepted if each.accepted]


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, (0, 1)),
        ({"expires": "2020-11-22"}, (1, 0)),
        ({"expires": datetime.date(2027, 1, 1)}, (0, 1)),
        ({"expires": "2027-01-01 00:00:00"}, (0, 1)),
        ({"connection_name": None, "id": 1}, (0, 1)),
        ({"connection_name": None, "user_name": "k7q2mzr9"}, (0, 1)),
        ({"connection_name": "Paris"}, (1, 0)),
        ({"expires": None}, (0, 1)),
        ({"connection_name": None, "name_pattern": "Ber*"}, (0, 1)),
        ({"connection_name": None, "name_pattern": "ber*"}, (1, 0)),
        ({"connection_name": None, "tag": "old"}, (0, 1)),
        ({"connection_name": None, "tag": "new"}, (1, 0)),
        ({"connection_name": "renamed", "id": "1"}, (0, 1)),
        ({"severity": "high"}, (0, 1)),
        ({"severity": "medium"}, (1, 0)),
    ],
    ids=str,
)
def test_exemption_applies_to_its_connection_until_it_expires(changes: Record, count: tuple[int, int]) -> None:
    result = policy([{**GOOD, "encrypted_media": None, "tags": ["old"]}], exemptions=[{**EXEMPTION, **changes}])
    assert (len(result.findings), len(result.accepted)) == count
    if changes.get("expires") and count == (1, 0):
        assert "its acceptance expired on 2020-11-22" in result.findings[0].message
    if count == (0, 1):
        assert reasons(result) == ["old PBX"]


@pytest.mark.parametrize(
    ("exemption", "message"),
    [
        ({**EXEMPTION, "reason": " "}, "gives no reason"),
        ({**EXEMPTION, "expires": "soon"}, "expires must be a day"),
        ({**EXEMPTION, "rule": "srtp"}, "is unknown"),
        ({**EXEMPTION, "user_name": "x"}, "must select connections by one of"),
        ({**EXEMPTION, "connection_name": None}, "must select connections by one of"),
        ({**EXEMPTION, "value": 1}, "only a path has a value"),
        ({**EXEMPTION, "severity": "bad"}, "severity is one of"),
        ({**EXEMPTION, "check": "drift"}, "of the check policy, not drift"),
        ({**EXEMPTION, "path": "x"}, "must have only one of"),
        ({**EXEMPTION, "who": 1}, "who is not text"),
        ({**EXEMPTION, "since": "2026-1-1"}, "since must be a day"),
        ({**EXEMPTION, "name": "x"}, "has the key 'name'"),
        ({**EXEMPTION, "connection_name": ["x"]}, "connection_name is not text"),
        ({**EXEMPTION, "connection_name": True}, "connection_name is not text"),
        ("x", "not a mapping"),
    ],
    ids=str,
)
def test_make_exemptions_invalid_entry_raises_acceptance_error(exemption: Any, message: str) -> None:
    with pytest.raises(AcceptanceError, match=message):
        make_exemptions([exemption])


def test_of_several_entries_it_prefers_the_one_that_expires_last() -> None:
    old = {"rule": "srtp_required", "id": "1", "reason": "old", "expires": "2020-01-01"}
    for exemptions in ([old, EXEMPTION], [EXEMPTION, old]):
        result = policy([{**GOOD, "encrypted_media": None}], exemptions=exemptions)
        assert (reasons(result), result.findings) == (["old PBX"], [])


def test_exemption_of_the_name_none_does_not_match_a_connection_without_a_name() -> None:
    exemption = {**EXEMPTION, "connection_name": "None"}
    nameless = {**GOOD, "encrypted_media": None, "connection_name": None}
    assert violated_rules([nameless], exemptions=[exemption]) == ["srtp_required"]


def test_exemption_of_a_shared_name_raises_ambiguous_error() -> None:
    """Otherwise, a new connection of the same name would be exempted too."""
    records = [{**GOOD, "encrypted_media": None}, {**GOOD, "id": "2", "user_name": "w3v8xk2p"}]
    with pytest.raises(AmbiguousError, match="1, 2"):
        policy(records, exemptions=[EXEMPTION])
    assert len(policy(records, exemptions=[{**EXEMPTION, "connection_name": None, "id": "1"}]).accepted) == 1


def states(result: Any) -> list[tuple[str, int]]:
    return [(each["state"], each["findings"]) for each in result.acceptances]


def test_entry_without_a_finding_is_resolved_and_one_that_another_outlasts_too() -> None:
    assert states(policy([GOOD], exemptions=[EXEMPTION])) == [("unused", 0)]
    by_id = {"rule": "srtp_required", "id": "1", "reason": "r", "expires": "2020-11-22"}
    result = policy([{**GOOD, "encrypted_media": None}], exemptions=[EXEMPTION, by_id])
    assert states(result) == [("used", 1), ("expired", 0)]
    days = [(datetime.date.fromisoformat(day) - TODAY).days for day in ("2099-11-23", "2020-11-22")]
    assert [each["expires_in_days"] for each in result.acceptances] == days


def test_exemption_of_a_disabled_rule_is_accepted() -> None:
    mine = {"id": "mine", "severity": "low", "description": "d", "assert": "active"}
    assert violated_rules([GOOD], rules=[mine], disabled=["mine"], exemptions=[{**EXEMPTION, "rule": "mine"}]) == []


def drift_result(live: Record, *entries: Record, desired: Record | None = None, account: str | None = None) -> Report:
    """Compare one connection; each entry is about it unless it says otherwise."""
    wanted = {"id": "1", "connection_name": "a", "active": True, "tags": ["x"], **(desired or {})}
    actual = {"id": "1", "connection_name": "a", "active": True, "tags": ["x"], **live}
    keys = {"fingerprint", "user_name", "name_pattern", "tag", "connection_name"}
    made = [
        make_acceptance({"reason": "r", **({} if keys & entry.keys() else {"id": "1"}), **entry}, "Entry")
        for entry in entries
    ]
    return drift([wanted], [actual], made, account)


def fingerprint_of_active(account: str | None = None) -> str:
    return drift_result({"active": False}, account=account).findings[0].fingerprint


@pytest.mark.parametrize(
    ("entry", "status", "state"),
    [
        ({"path": "active", "value": False}, "accepted", "used"),
        ({"path": "active", "value": None}, "drifted", "outdated"),
        ({"path": "active", "value": False, "expires": str(TODAY)}, "accepted", "used"),
        ({"path": "active", "value": False, "expires": "2020-11-22"}, "drifted", "expired"),
        ({"path": "tags", "value": ["y"]}, "drifted", "unused"),
        ({"path": "active", "value": False, "connection_name": "a"}, "accepted", "used"),
        ({"path": "active", "value": False, "name_pattern": "?"}, "accepted", "used"),
        ({"path": "active", "value": False, "tag": "x"}, "accepted", "used"),
        ({"fingerprint": fingerprint_of_active(), "check": "drift", "value": False}, "accepted", "used"),
        ({"fingerprint": fingerprint_of_active(), "check": "drift", "value": True}, "drifted", "outdated"),
        ({"fingerprint": fingerprint_of_active("other"), "check": "drift", "value": False}, "drifted", "unused"),
    ],
    ids=str,
)
def test_change_is_accepted_with_its_value(entry: Record, status: str, state: str) -> None:
    result = drift_result({"active": False}, entry)
    assert [each[2] for each in statuses(result)] == [status]
    assert result.status == ("in_sync" if status == "accepted" else "drift")
    assert [each.state for each in result.findings] == (
        [] if status == "accepted" else ["updated" if state == "outdated" else "new"]
    )
    assert [(each.path, each.state) for each in result.accepted] == (
        [("active", "unchanged")] if status == "accepted" else []
    )
    assert [each["state"] for each in result.acceptances] == [state]


def test_a_connection_with_another_change_stays_drifted() -> None:
    result = drift_result({"active": False, "tags": []}, {"path": "active", "value": False})
    assert [each.path for each in result.findings] == ["tags"]
    assert result.totals == {**dict.fromkeys(STATUSES, 0), "drifted": 1, "connections": 1, "findings": 1}


def test_a_fingerprint_of_a_change_needs_a_value() -> None:
    entry = {"fingerprint": fingerprint_of_active(), "check": "drift"}
    other = {"path": "tags", "value": ["y"]}
    result = drift_result({"active": False, "tags": ["y"]}, entry, other)
    assert [(each.path, each.state) for each in result.findings] == [("active", "new")]
    assert states(result) == [("incomplete", 0), ("used", 1)]
    problem = str(result.acceptances[0]["problem"])
    assert problem.startswith("the fingerprint is of the field active,")
    assert problem.endswith("add value: false")
    # Another entry may accept it.
    result = drift_result({"active": False}, entry, {"path": "active", "value": False})
    assert (states(result), result.status) == ([("incomplete", 0), ("used", 1)], "in_sync")
    # A password has no value.
    fingerprint = drift_result({"password": "one"}, desired={"password": "two"}).findings[0].fingerprint
    result = drift_result(
        {"password": "one"}, {"fingerprint": fingerprint, "check": "drift"}, desired={"password": "two"}
    )
    assert (states(result), result.status) == ([("used", 1)], "in_sync")


def test_violation_is_exempt_by_its_fingerprint() -> None:
    bad = {**GOOD, "encrypted_media": None}
    (violation,) = policy([bad]).findings
    by_fingerprint = {"fingerprint": violation.fingerprint, "reason": "r"}
    result = policy([bad, {**bad, "id": "2"}], exemptions=[by_fingerprint])
    assert [each.connection.id for each in result.findings if each.rule == "srtp_required"] == ["2"]
    assert states(result) == [("used", 1)]
    for wrong in ({"path": "active", "value": 1, "id": "1"}, {**by_fingerprint, "check": "drift"}):
        with pytest.raises(AcceptanceError, match="drift"):
            policy([bad], exemptions=[{"reason": "r", **wrong}])


def test_a_password_is_accepted_without_a_value() -> None:
    live, desired = {"password": "one-password"}, {"password": "another-password"}
    assert statuses(drift_result(live, {"path": "password"}, desired=desired)) == [("1", "a", "accepted")]
    for entry in ({"path": "password", "value": "x"}, {"path": "active"}):
        with pytest.raises(AcceptanceError, match="value"):
            drift_result(live, entry, desired=desired)


LIVE_URL = "https://u:pw@h.example/a?token=t1"
SHOWN_URL = "https://(hidden)@h.example/a?token=(hidden)"


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (LIVE_URL, "used"),
        (SHOWN_URL, "used"),
        (LIVE_URL.replace("t1", "t2"), "outdated"),
        (LIVE_URL.replace("pw", "pw2"), "outdated"),
        (SHOWN_URL.replace("/a", "/b"), "outdated"),
        (SHOWN_URL.replace("(hidden)@", ""), "outdated"),
        (None, "outdated"),
    ],
)
def test_url_is_accepted_with_its_secrets_or_with_any_hidden_ones(value: str | None, state: str) -> None:
    result = drift_result(
        {"webhook_event_url": LIVE_URL},
        {"path": "webhook_event_url", "value": value},
        desired={"webhook_event_url": "https://u:pw@h.example/a?token=t0"},
    )
    assert [each["state"] for each in result.acceptances] == [state]
    found = result.accepted or result.findings
    assert [(each.expected, each.actual) for each in found] == [(SHOWN_URL, SHOWN_URL)]
    for text in (str(result), str(result.as_dict())):
        assert "t0" not in text
        assert "pw" not in text


UNVERIFIABLE = {"status": "unverifiable", "id": "1"}
ACTIVE = {"path": "active", "value": False}


@pytest.mark.parametrize(
    ("entries", "left", "accepted"),
    [
        ([], ["password", "active"], []),
        ([ACTIVE], ["password"], ["active"]),
        ([UNVERIFIABLE], ["active"], ["password"]),
        ([{**UNVERIFIABLE, "expires": "2020-11-22"}], ["password", "active"], []),
        ([ACTIVE, UNVERIFIABLE], [], ["password", "active"]),
        ([{**ACTIVE, "connection_name": "a"}], ["password"], ["active"]),
        (
            [{"path": "password"}],
            ["password", "active"],
            [],
        ),  # accepts a different password, and not that it is unknown
    ],
)
def test_a_change_and_an_unverifiable_password_are_accepted_each_by_itself(
    entries: list[Record], left: list[str], accepted: list[str]
) -> None:
    live = {"active": False, "password": "*" * 8}
    result = drift_result(live, *entries, desired={"password": "one"})
    assert sorted(str(each.path) for each in result.findings) == sorted(left)
    assert sorted(str(each.path) for each in result.accepted) == sorted(accepted)
    expected = "accepted" if not left else "drifted" if "active" in left else "unverifiable"
    assert statuses(result) == [("1", "a", expected)]


def test_recreated_connection_whose_status_is_accepted_is_drifted_if_fields_differ() -> None:
    entry = {"status": "recreated", "id": "2"}
    assert statuses(drift_result({"id": "2"}, entry)) == [("2", "a", "accepted")]
    result = drift_result({"id": "2", "active": False}, entry)
    assert statuses(result) == [("2", "a", "drifted")]
    assert [each.path for each in result.accepted] == [None]


@pytest.mark.parametrize("status", ["missing", "unexpected"])
def test_missing_and_unexpected_connections_are_accepted_by_name(status: str) -> None:
    desired = [Desired({"connection_name": "a"})] if status == "missing" else []
    live = [] if status == "missing" else [{"id": "1", "connection_name": "a"}]
    acceptance = make_acceptance({"status": status, "connection_name": "a", "reason": "r"}, "Entry")
    result = drift(desired, live, [acceptance])
    assert result.status == "in_sync"
    assert [each.status for each in result.accepted] == [status]


paths = st.sampled_from(["active", "encrypted_media", "dtmf_type", "webhook_event_url"])
values = st.sampled_from([None, "a", "b", True])
some_entries = st.lists(st.tuples(paths, values, st.sampled_from(["id", "name_pattern"])), max_size=8)


@given(st.dictionaries(paths, values, max_size=4), some_entries, st.randoms(use_true_random=False))
def test_exactly_the_findings_of_entries_are_accepted_in_any_order(live: Record, entries: Any, random: Random) -> None:
    made = [
        make_acceptance({"path": path, "value": value, key: "1" if key == "id" else "*", "reason": "r"}, "Entry")
        for path, value, key in entries
    ]
    found = [
        Finding("drift", Connection("1", "a"), path, "m", "r", "drifted", path=path, actual=value, compared=value)
        for path, value in live.items()
    ]
    result = left, accepted, counted = accept(found, made, TODAY, check="drift")
    expected = {path for path, value in live.items() if any((path, value) == each[:2] for each in entries)}
    assert {each.path for each in accepted} == expected
    assert {each.path for each in left} == set(live) - expected
    assert sum(each["findings"] for each in counted) == len(expected)
    random.shuffle(made)
    assert accept(found, made, TODAY, check="drift") == result
    assert not any(each.accepted or each.state != "new" for each in found)  # the given ones stay as they are
