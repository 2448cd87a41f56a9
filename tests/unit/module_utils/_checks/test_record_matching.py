"""Matching: which live connection a desired record describes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.drift import compare
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AmbiguousError, DesiredError
from check_helpers import LIVE, Record, drift, statuses


def test_match_by_id_takes_precedence_over_match_by() -> None:
    assert statuses(drift([{"connection_name": "a"}], LIVE[:2])) == [("1", "a", "in_sync"), ("2", "b", "unexpected")]
    assert statuses(drift([{"user_name": "ub"}], LIVE[:2], match_by="user_name")) == [
        ("2", "b", "in_sync"),
        ("1", "a", "unexpected"),
    ]
    assert statuses(drift([{"id": 1, "connection_name": "z"}], LIVE[:1])) == [("1", "a", "drifted")]
    assert statuses(drift([{"id": "9", "connection_name": "a"}], LIVE[:1])) == [
        ("9", "a", "missing"),
        ("1", "a", "unexpected"),
    ]
    # The first is to be renamed, so the second is another one.
    assert statuses(drift([{"id": "1", "connection_name": "z"}, {"connection_name": "a"}], LIVE[:1])) == [
        ("1", "a", "drifted"),
        (None, "a", "missing"),
    ]
    composed, decomposed = {"connection_name": "caf\u00e9"}, {"id": "1", "connection_name": "cafe\u0301"}
    assert statuses(drift([composed], [decomposed])) == [("1", "cafe\u0301", "in_sync")]


@pytest.mark.parametrize("by_id", [{"id": "1"}, {"id": "1", "connection_name": "a"}])
def test_two_records_of_one_connection_raise_desired_error_with_both_lines(by_id: Record) -> None:
    desired = [Desired(by_id, "one.yml", 3), Desired({"connection_name": "a", "active": True}, "all.yml", 7)]
    for order in (desired, desired[::-1]):
        with pytest.raises(DesiredError, match="both are the connection 1") as caught:
            compare(order, LIVE[:1])
        assert "one.yml, line 3" in str(caught.value)
        assert "all.yml, line 7" in str(caught.value)


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_id_counts_as_no_id(empty: Any) -> None:
    assert statuses(drift([{"id": empty, "connection_name": "a"}], LIVE[:1])) == [("1", "a", "in_sync")]


def test_name_none_does_not_match_a_connection_without_a_name() -> None:
    live: list[Record] = [{"id": "1", "connection_name": None}, {"id": "2"}]
    assert statuses(drift([{"connection_name": "None"}], live, unexpected="ignore")) == [(None, "None", "missing")]


def test_ambiguous_error_lists_some_ids_in_its_message_and_all_in_its_data() -> None:
    with pytest.raises(AmbiguousError, match="and 980 more") as caught:
        drift([{"connection_name": "a"}], [{"id": str(place), "connection_name": "a"} for place in range(1000)])
    assert len(str(caught.value)) < 400
    assert len(caught.value.as_dict()["ids"]) == 1000


def test_a_shared_name_raises_ambiguous_error_unless_the_records_have_ids() -> None:
    with pytest.raises(AmbiguousError, match=r"2, 3.*id"):
        drift([{"connection_name": "b"}], LIVE)
    assert statuses(drift([{"connection_name": "b", "id": "3"}, {"connection_name": "b", "id": "2"}], LIVE))[:2] == [
        ("3", "b", "in_sync"),
        ("2", "b", "in_sync"),
    ]
