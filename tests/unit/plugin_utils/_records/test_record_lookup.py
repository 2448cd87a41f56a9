"""Lookup of connections by id, user name or connection name."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AmbiguousError, NotFoundError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.record_lookup import (
    RecordIndex,
    find_terms,
    term_text,
)

RECORDS: list[dict[str, Any]] = [
    {"id": "1", "user_name": "alice", "connection_name": "Berlin"},
    {"id": "2", "user_name": "bob", "connection_name": "alice"},
    {"id": "3", "user_name": "carol", "connection_name": "twin"},
    {"id": "4", "user_name": "dave", "connection_name": "twin"},
    {"id": "5", "user_name": "1", "connection_name": "3"},
    {"id": "6", "user_name": None, "connection_name": None},
    {"id": "7", "user_name": "", "connection_name": 8},
]


@pytest.mark.parametrize(
    ("term", "identity"),
    [("1", "1"), ("alice", "1"), ("Berlin", "1"), ("bob", "2"), ("3", "3"), ("5", "5"), ("6", "6"), ("8", "7")],
)
def test_record_index_find_tries_id_then_user_name_then_connection_name(term: str, identity: str) -> None:
    found = RecordIndex(RECORDS).find(term)
    assert found
    assert found["id"] == identity


@pytest.mark.parametrize("term", ["", "berlin", "Berlin ", "9", "None"])
def test_record_index_find_compares_terms_exactly(term: str) -> None:
    assert RecordIndex(RECORDS).find(term) is None


def test_record_index_find_raises_ambiguous_error_with_the_ids() -> None:
    with pytest.raises(AmbiguousError, match=r"2 connections have the connection_name 'twin': 3, 4\.") as caught:
        RecordIndex(RECORDS).find("twin")
    assert caught.value.as_dict()["ids"] == ["3", "4"]


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (" ", " "), (7, "7"), ("007", "007"), ("", None), (None, None), (True, None), (1.0, None), ([], None)],
)
def test_term_text_accepts_text_and_integers_only(value: Any, text: str | None) -> None:
    assert term_text(value) == text


@pytest.mark.parametrize(
    ("term", "ids"), [("twin", ["3", "4"]), ("alice", ["1"]), (3, ["3"]), (8, ["7"]), ("9", []), (None, []), ("", [])]
)
def test_record_index_get_returns_all_matches_of_the_first_field(term: Any, ids: list[str]) -> None:
    assert [record["id"] for record in RecordIndex(RECORDS).get(term)] == ids


def test_record_index_get_by_looks_at_one_field() -> None:
    index = RecordIndex(RECORDS, normalize=str.casefold)
    assert [record["id"] for record in index.get_by("connection_name", "ALICE")] == ["2"]
    assert [record["id"] for record in index.get_by("user_name", 1)] == ["5"]
    assert index.get_by("id", "alice") == []


def test_record_index_all_keeps_the_order() -> None:
    assert RecordIndex(RECORDS).all() == RECORDS


def test_find_terms_keeps_the_order_and_reports_missing_terms_as_asked() -> None:
    index, warnings = RecordIndex(RECORDS), list[str]()

    def warn(message: object) -> None:
        warnings.append(str(message))

    for on_missing, expected in (("warn", 1), ("skip", 1)):
        records = find_terms(index, ["bob", "nobody", "1"], on_missing, warn)
        assert [record["id"] for record in records] == ["2", "1"]
        assert len(warnings) == expected
    assert "'nobody'" in warnings[0]
    assert find_terms(index, [], "error", warn) == []
    assert find_terms(index, None, "error", warn) == RECORDS
    with pytest.raises(NotFoundError, match="nobody"):
        find_terms(index, ["bob", "nobody"], "error", warn)
    with pytest.raises(AmbiguousError):
        find_terms(index, ["twin"], "skip", warn)


@pytest.mark.parametrize(
    ("term", "message"),
    [
        ("USER ", "connection name 'USER '. The account has 'USER', which differs in spaces."),
        ("office-00001", "The account has 'OFFICE-00001', which differs in upper and lower case only."),
        ("offce-00002", "'offce-00002'. The nearest: 'OFFICE-00002', "),
        ("Rome PBX", "The account has ' Rome PBX ', which differs in spaces."),
        ("a\u202eb", "connection name 'a<U+202E>b'. Names are compared exactly"),
        ("it's", 'connection name "it\'s". Names'),
    ],
)
def test_find_terms_shows_a_missing_term_as_it_is_and_the_nearest_names(term: str, message: str) -> None:
    names = ["USER", "OFFICE-00001", "OFFICE-00002", "OFFICE-00003", " Rome PBX "]
    index = RecordIndex([{"id": str(place), "connection_name": name} for place, name in enumerate(names)])
    with pytest.raises(NotFoundError) as caught:
        find_terms(index, [term], "error", lambda _message: None)
    assert message in str(caught.value)
