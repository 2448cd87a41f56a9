"""Acceptances: what they cover, until when, of which connections, and invalid ones."""

from __future__ import annotations

import datetime
from random import Random
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AcceptanceError, AmbiguousError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import make_acceptance, make_exemptions
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import Difference, as_result, compare
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.results import STATUSES, DriftResult
from check_helpers import EXEMPTION, GOOD, TODAY, Record, policy, violated_rules
from hypothesis import given
from hypothesis import strategies as st


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
    assert (len(result["violations"]), len(result["accepted"])) == count
    if changes.get("expires") and count == (1, 0):
        assert "its acceptance expired on 2026-11-22" in result["violations"][0]["message"]
    if count == (0, 1):
        assert result["accepted"][0]["reason"] == "old PBX"


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
        assert [each["reason"] for each in result["accepted"]] == ["old PBX"]
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
    assert len(policy(records, exemptions=[{**EXEMPTION, "connection_name": None, "id": "1"}])["accepted"]) == 1


def states(result: Any) -> list[tuple[str, int]]:
    return [(each["state"], each["findings"]) for each in result["acceptances"]]


def test_entry_without_a_finding_is_resolved_and_one_that_another_outlasts_too() -> None:
    assert states(policy([GOOD], exemptions=[EXEMPTION])) == [("unused", 0)]
    by_id = {"rule": "srtp_required", "id": "1", "reason": "r", "expires": "2026-11-22"}
    result = policy([{**GOOD, "encrypted_media": None}], exemptions=[EXEMPTION, by_id])
    assert states(result) == [("used", 1), ("expired", 0)]
    assert [each["expires_in_days"] for each in result["acceptances"]] == [0, -1]


def test_exemption_of_a_disabled_rule_is_accepted() -> None:
    mine = {"id": "mine", "severity": "low", "description": "d", "assert": "active"}
    assert violated_rules([GOOD], rules=[mine], disabled=["mine"], exemptions=[{**EXEMPTION, "rule": "mine"}]) == []


def drift_result(
    live: Record, *entries: Record, desired: Record | None = None, account: str | None = None
) -> DriftResult:
    """Compare one connection; each entry is about it unless it says otherwise."""
    wanted = {"id": "1", "connection_name": "a", "active": True, "tags": ["x"], **(desired or {})}
    found = {"id": "1", "connection_name": "a", "active": True, "tags": ["x"], **live}
    keys = {"fingerprint", "user_name", "name_pattern", "tag", "connection_name"}
    made = [
        make_acceptance({"reason": "r", **({} if keys & entry.keys() else {"id": "1"}), **entry}, "Entry")
        for entry in entries
    ]
    return as_result(compare([Desired(wanted)], [found]), account, made, today=TODAY)


def fingerprint_of_active(account: str | None = None) -> str:
    return drift_result({"active": False}, account=account)["connections"][0]["changes"][0]["fingerprint"]


@pytest.mark.parametrize(
    ("entry", "status", "state"),
    [
        ({"path": "active", "value": False}, "accepted", "used"),
        ({"path": "active", "value": None}, "drifted", "outdated"),
        ({"path": "active", "value": False, "expires": "2026-11-23"}, "accepted", "used"),
        ({"path": "active", "value": False, "expires": "2026-11-22"}, "drifted", "expired"),
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
    (connection,) = result["connections"]
    assert connection["status"] == status
    assert (result["status"], result["totals"][status]) == ("in_sync" if status == "accepted" else "drift", 1)
    assert [each["state"] for each in connection["changes"]] == (
        [] if status == "accepted" else ["updated" if state == "outdated" else "new"]
    )
    assert [each["path"] for each in result["accepted"]] == (["active"] if status == "accepted" else [])
    assert [each["state"] for each in result["acceptances"]] == [state]


def test_a_connection_with_another_change_stays_drifted() -> None:
    result = drift_result({"active": False, "tags": []}, {"path": "active", "value": False})
    (connection,) = result["connections"]
    assert (connection["status"], [each["path"] for each in connection["changes"]]) == ("drifted", ["tags"])
    assert result["totals"] == {**dict.fromkeys(STATUSES, 0), "drifted": 1}


def test_a_fingerprint_of_a_change_needs_a_value() -> None:
    entry = {"fingerprint": fingerprint_of_active(), "check": "drift"}
    other = {"path": "tags", "value": ["y"]}
    result = drift_result({"active": False, "tags": ["y"]}, entry, other)
    assert [(each["path"], each["state"]) for each in result["connections"][0]["changes"]] == [("active", "new")]
    assert states(result) == [("incomplete", 0), ("used", 1)]
    problem = result["acceptances"][0]["problem"]
    assert problem.startswith("the fingerprint is of the field active,")
    assert problem.endswith("add value: false")
    # Another entry may accept it.
    result = drift_result({"active": False}, entry, {"path": "active", "value": False})
    assert (states(result), result["status"]) == ([("incomplete", 0), ("used", 1)], "in_sync")
    # A password has no value.
    fingerprint = drift_result({"password": "one"}, desired={"password": "two"})["connections"][0]["changes"][0][
        "fingerprint"
    ]
    result = drift_result(
        {"password": "one"}, {"fingerprint": fingerprint, "check": "drift"}, desired={"password": "two"}
    )
    assert (states(result), result["status"]) == ([("used", 1)], "in_sync")


def test_violation_is_exempt_by_its_fingerprint() -> None:
    bad = {**GOOD, "encrypted_media": None}
    (violation,) = policy([bad])["violations"]
    by_fingerprint = {"fingerprint": violation["fingerprint"], "reason": "r"}
    result = policy([bad, {**bad, "id": "2"}], exemptions=[by_fingerprint])
    assert [each["id"] for each in result["violations"] if each["rule"] == "srtp_required"] == ["2"]
    assert states(result) == [("used", 1)]
    for wrong in ({"path": "active", "value": 1, "id": "1"}, {**by_fingerprint, "check": "drift"}):
        with pytest.raises(AcceptanceError, match="drift"):
            policy([bad], exemptions=[{"reason": "r", **wrong}])


def test_a_password_is_accepted_without_a_value() -> None:
    live, desired = {"password": "one-password"}, {"password": "another-password"}
    assert drift_result(live, {"path": "password"}, desired=desired)["totals"]["accepted"] == 1
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
    assert [each["state"] for each in result["acceptances"]] == [state]
    found = result["accepted"] or result["connections"][0]["changes"]
    assert [(each["expected"], each["actual"]) for each in found] == [(SHOWN_URL, SHOWN_URL)]
    assert "t0" not in str(result)
    assert "pw" not in str(result)


UNVERIFIABLE = {"status": "unverifiable", "id": "1"}


@pytest.mark.parametrize(
    ("entries", "statuses", "accepted"),
    [
        ([], ["drifted", "unverifiable"], []),
        ([{"path": "active", "value": False}], ["accepted", "unverifiable"], ["active"]),
        ([UNVERIFIABLE], ["drifted"], [None]),
        ([{**UNVERIFIABLE, "expires": "2026-11-22"}], ["drifted", "unverifiable"], []),
        ([{"path": "active", "value": False}, UNVERIFIABLE], ["accepted"], ["active", None]),
        ([{"path": "active", "value": False, "connection_name": "a"}], ["accepted", "unverifiable"], ["active"]),
    ],
)
def test_accepted_change_does_not_hide_that_a_password_is_unverifiable(
    entries: list[Record], statuses: list[str], accepted: list[str | None]
) -> None:
    live = {"active": False, "password": "*" * 8}
    result = drift_result(live, *entries, desired={"password": "one"})
    assert [each["status"] for each in result["connections"]] == statuses
    assert {status: count for status, count in result["totals"].items() if count} == dict.fromkeys(statuses, 1)
    assert [each["path"] for each in result["accepted"]] == accepted


def test_results_stay_parallel_to_the_comparisons_where_a_masked_password_is_accepted() -> None:
    desired = [Desired({"id": id_, "connection_name": id_, "password": "one", "active": True}) for id_ in "123"]
    live = [{"id": id_, "connection_name": id_, "password": "*" * 8, "active": False} for id_ in "123"]
    comparisons = compare(desired, live)
    entry = make_acceptance({**UNVERIFIABLE, "id": "2", "reason": "r"}, "Entry")
    connections = as_result(comparisons, None, [entry], today=TODAY)["connections"]
    assert [(each["id"], each["status"]) for each in connections] == [
        (each.record["id"], each.status) for each in comparisons
    ]
    assert [each.record["id"] for each in comparisons] == ["1", "1", "2", "3", "3"]


def test_recreated_connection_whose_status_is_accepted_is_drifted_if_fields_differ() -> None:
    entry = {"status": "recreated", "id": "2"}
    result = drift_result({"id": "2"}, entry)
    assert result["totals"]["accepted"] == 1
    result = drift_result({"id": "2", "active": False}, entry)
    (connection,) = result["connections"]
    assert (connection["status"], connection["fingerprint"], "old_id" in connection) == ("drifted", None, False)
    assert [each["path"] for each in result["accepted"]] == [None]


@pytest.mark.parametrize("status", ["missing", "unexpected"])
def test_missing_and_unexpected_connections_are_accepted_by_name(status: str) -> None:
    desired = [Desired({"connection_name": "a"})] if status == "missing" else []
    live = [] if status == "missing" else [{"id": "1", "connection_name": "a"}]
    acceptance = make_acceptance({"status": status, "connection_name": "a", "reason": "r"}, "Entry")
    result = as_result(compare(desired, live), None, [acceptance], today=TODAY)
    assert (result["status"], result["totals"]["accepted"]) == ("in_sync", 1)
    assert [each["status"] for each in result["accepted"]] == [status]


paths = st.sampled_from(["active", "encrypted_media", "dtmf_type", "webhook_event_url"])
values = st.sampled_from([None, "a", "b", True])
some_entries = st.lists(st.tuples(paths, values, st.sampled_from(["id", "name_pattern"])), max_size=8)


@given(st.dictionaries(paths, values, max_size=4), some_entries, st.randoms(use_true_random=False))
def test_exactly_the_findings_of_entries_are_accepted_in_any_order(live: Record, entries: Any, random: Random) -> None:
    made = [
        make_acceptance({"path": path, "value": value, key: "1" if key == "id" else "*", "reason": "r"}, "Entry")
        for path, value, key in entries
    ]
    desired = {"id": "1", "connection_name": "a", **dict.fromkeys(live, "desired")}
    found = {"id": "1", "connection_name": "a", **live}
    comparisons = compare([Desired(desired, file="f", line=1)], [found], ignore=list(live))
    comparisons[0].changes = [Difference((path,), "desired", value) for path, value in live.items()]
    comparisons[0].status = "drifted" if live else "in_sync"
    result = as_result(comparisons, None, made, today=TODAY)
    accepted = {path for path, value in live.items() if any((path, value) == each[:2] for each in entries)}
    assert {each["path"] for each in result["accepted"]} == accepted
    assert {each["path"] for each in result["connections"][0]["changes"]} == set(live) - accepted
    assert result["status"] == ("drift" if set(live) - accepted else "in_sync")
    assert sum(each["findings"] for each in result["acceptances"]) == len(accepted)
    random.shuffle(made)
    assert as_result(comparisons, None, made, today=TODAY) == result
