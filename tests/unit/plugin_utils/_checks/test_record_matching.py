"""Matching: which live connection a desired record describes, also one that was created again."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import DriftCheck
from check_helpers import LIVE, Record, drift, in_file, statuses
from hypothesis import assume, given
from hypothesis import strategies as st

MATCH_BY = ("connection_name", "user_name", "id")


def test_match_by_id_takes_precedence_over_match_by() -> None:
    assert statuses(drift([{"connection_name": "a"}], LIVE[:2])) == [("1", "a", "in_sync"), ("2", "b", "unexpected")]
    assert statuses(drift([{"user_name": "ub"}], LIVE[:2], match_by="user_name")) == [
        ("2", "b", "in_sync"),
        ("1", "a", "unexpected"),
    ]
    assert statuses(drift([{"id": 1, "connection_name": "z"}], LIVE[:1])) == [("1", "a", "drifted")]
    # The first is to be renamed, so the second is another one.
    assert statuses(drift([{"id": "1", "connection_name": "z"}, {"connection_name": "a"}], LIVE[:1])) == [
        ("1", "a", "drifted"),
        (None, "a", "missing"),
    ]
    composed, decomposed = {"connection_name": "caf\u00e9"}, {"id": "1", "connection_name": "cafe\u0301"}
    assert statuses(drift([composed], [decomposed])) == [("1", "cafe\u0301", "in_sync")]


@pytest.mark.parametrize("by_id", [{"id": "1"}, {"id": "1", "connection_name": "a"}])
def test_two_records_of_one_connection_raise_desired_error_with_both_lines(by_id: Record) -> None:
    desired = [in_file(by_id, "one.yml", 3), in_file({"connection_name": "a", "active": True}, "all.yml", 7)]
    for order in (desired, desired[::-1]):
        with pytest.raises(DesiredError, match="both are the connection 1") as caught:
            DriftCheck().compare(order, LIVE[:1])
        assert "one.yml, line 3" in str(caught.value)
        assert "all.yml, line 7" in str(caught.value)


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_id_counts_as_no_id(empty: Any) -> None:
    assert statuses(drift([{"id": empty, "connection_name": "a"}], LIVE[:1])) == [("1", "a", "in_sync")]


def test_name_none_does_not_match_a_connection_without_a_name() -> None:
    live: list[Record] = [{"id": "1", "connection_name": None}, {"id": "2"}]
    assert statuses(drift([{"connection_name": "None"}], live, unexpected="ignore")) == [(None, "None", "missing")]


def test_a_shared_name_is_ambiguous_unless_the_records_have_ids() -> None:
    assert statuses(drift([{"connection_name": "b"}], LIVE)) == [(None, "b", "ambiguous"), ("1", "a", "unexpected")]
    assert statuses(drift([{"connection_name": "b", "id": "3"}, {"connection_name": "b", "id": "2"}], LIVE))[:2] == [
        ("3", "b", "in_sync"),
        ("2", "b", "in_sync"),
    ]


@pytest.mark.parametrize("match_by", MATCH_BY)
@pytest.mark.parametrize(
    ("desired", "live", "expected"),
    [
        pytest.param(
            [{"id": "9", "connection_name": "a"}], LIVE[:1], [("1", "a", "recreated")], id="name"
        ),
        pytest.param(
            [{"id": 9, "connection_name": "A", "user_name": "ua"}], LIVE[:1], [("1", "a", "recreated")], id="user name"
        ),
        pytest.param(
            [{"id": "9", "user_name": "ua"}], LIVE[:1], [("1", "a", "recreated")], id="no name but a user name"
        ),
        pytest.param(
            [{"id": "9", "connection_name": "a", "user_name": "ub"}], LIVE[:2],
            [("1", "a", "recreated"), ("2", "b", "unexpected")], id="the name takes precedence over the user name",
        ),
        pytest.param(
            [{"id": "9", "connection_name": "b"}], LIVE,
            [("9", "b", "missing"), ("1", "a", "unexpected"), ("2", "b", "unexpected"), ("3", "b", "unexpected")],
            id="several live connections have the name",
        ),
        pytest.param(
            [{"id": "9", "connection_name": "b", "user_name": "ub"}], LIVE[1:],
            [("9", "b", "missing"), ("2", "b", "unexpected"), ("3", "b", "unexpected")],
            id="several have the name, although one has the user name",
        ),
        pytest.param(
            [{"id": "9", "connection_name": "b"}, {"id": "2"}], LIVE[1:],
            [("3", "b", "recreated"), ("2", "b", "in_sync")], id="one of several is desired by its id",
        ),
        pytest.param(
            [{"id": "8", "connection_name": "a"}, {"id": "9", "connection_name": "a"}], LIVE[:1],
            [("8", "a", "missing"), ("9", "a", "missing"), ("1", "a", "unexpected")], id="two lost ones have the name",
        ),
        pytest.param(
            [{"id": "8", "connection_name": "b"}, {"id": "9", "user_name": "ub"}], LIVE[1:],
            [("8", "b", "missing"), ("9", None, "missing"), ("2", "b", "unexpected"), ("3", "b", "unexpected")],
            id="a connection that another lost one may be",
        ),
        pytest.param(
            [{"id": "9", "connection_name": "a"}, {"id": "1", "connection_name": "z"}], LIVE[:1],
            [("9", "a", "missing"), ("1", "a", "drifted")], id="the connection with the name is another one, renamed",
        ),
        pytest.param([{"id": "9"}], LIVE[:1], [("9", None, "missing"), ("1", "a", "unexpected")], id="id alone"),
        pytest.param([{"id": "1", "connection_name": "z"}], LIVE[:1], [("1", "a", "drifted")], id="renamed"),
    ],
)  # fmt: skip
def test_connection_under_a_new_id_is_one_finding_only_if_it_is_the_only_candidate(
    desired: list[Record], live: list[Record], expected: list[Any], match_by: str
) -> None:
    result = drift(desired, live, match_by=match_by)
    assert statuses(result) == expected
    recreated = [each for each in result.findings if each.status == "recreated"]
    old_ids = {str(each["id"]) for each in desired}
    assert all(each.expected in old_ids and each.actual not in old_ids for each in recreated)
    assert len(recreated) == [each[2] for each in expected].count("recreated")
    assert result.status == "drift"
    without_unexpected = [each for each in expected if each[2] != "unexpected"]
    assert statuses(drift(desired, live, match_by=match_by, unexpected="ignore")) == without_unexpected


def test_name_of_a_record_without_an_id_takes_precedence_over_one_whose_id_is_lost() -> None:
    desired: list[Record] = [{"id": "9", "connection_name": "a"}, {"connection_name": "a"}]
    assert statuses(drift(desired, LIVE[:1])) == [("9", "a", "missing"), ("1", "a", "in_sync")]


NAMES = st.sampled_from([None, "", "a", "b", "c"])
LIVE_RECORDS = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("12345"), "connection_name": NAMES, "user_name": NAMES}),
    max_size=5,
    unique_by=lambda record: record["id"],
)
DESIRED_RECORDS = st.lists(
    st.fixed_dictionaries(
        {}, optional={"id": st.sampled_from("123456789"), "connection_name": NAMES, "user_name": NAMES}
    ),
    max_size=5,
)


@given(DESIRED_RECORDS, LIVE_RECORDS, st.sampled_from(MATCH_BY))
def test_every_desired_record_and_every_live_connection_is_accounted_for_once(
    desired: list[Record], live: list[Record], match_by: str
) -> None:
    records = [in_file(record, "f.yml", line) for line, record in enumerate(desired, 1)]
    try:
        compared = DriftCheck(match_by).compare(records, live)
    except DesiredError:
        assume(False)
    assert [each.desired.source and each.desired.source["line"] for each in compared if each.desired] == list(
        range(1, len(desired) + 1)
    )
    ambiguous = [each for each in compared if [finding.status for finding in each.findings] == ["ambiguous"]]
    claimed = {id_ for each in ambiguous for id_ in each.findings[0].actual}
    live_ids = {record["id"] for record in live}
    assert {each.live["id"] for each in compared if each.live} == live_ids - claimed
    for each in compared:
        old_id = each.desired.record.get("id") if each.desired else None
        status = each.findings[0].status if each.findings else "in_sync"
        if each in ambiguous:
            assert len(each.findings[0].actual) > 1
        elif each.desired is None or each.live is None:
            assert status == ("unexpected" if each.desired is None else "missing")
            assert old_id not in live_ids
        elif old_id in (None, "", each.live["id"]):
            assert status in ("in_sync", "drifted")
        else:
            assert status == "recreated"
            assert old_id not in live_ids
            assert any(
                each.desired.record.get(field) and each.desired.record.get(field) == each.live[field]
                for field in ("connection_name", "user_name")
            )
