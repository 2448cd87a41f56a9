"""All records of a list, or one error, whatever the server returns and whatever changes while the pages are read."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.version import VERSION
from listing_helper import Lister, ids


@pytest.mark.parametrize("size", [0, 1, 249, 250, 251, 1001])
def test_pagination_reads_each_page_with_one_request(lister: Lister, size: int) -> None:
    lister.sandbox.reset(connections=size)
    listing = lister()
    pages = max(1, -(-size // 250))
    assert ids(listing) == lister.expected()
    assert listing.meta == {"total_results": size, "pages": pages, "requests": pages, "passes": 1}
    requests = lister.sandbox.requests()
    assert {each["method"] for each in requests} == {"GET"}
    assert {each["user_agent"] for each in requests} == {f"siptrunk.telnyx/{VERSION}"}
    assert {each["query"]["page[size]"] for each in requests} == {"250"}
    assert {each["query"]["sort"] for each in requests} == {"created_at"}


CHANGES: list[dict[str, Any]] = [
    {"delete": [0]},
    {"delete": [49]},
    {"insert": 1},
    {"delete": [0], "insert": 1},
    {"delete": [5, 15], "insert": 2},
    {"delete": [30], "insert": 1},
]


@pytest.mark.parametrize(("change", "page"), list(itertools.product(CHANGES, [2, 3, 5])), ids=str)
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("sort", ["created_at", "-connection_name"])
def test_pagination_account_changed_between_pages_gives_a_consistent_list(
    lister: Lister, change: dict[str, Any], page: int, concurrency: int, sort: str
) -> None:
    fault = {"kind": "change", "pages": [page], "times": 1, **change}
    lister.sandbox.reset(connections=50, faults=[fault])
    before = lister.expected()
    listing = lister(page_size=10, concurrency=concurrency, sort=sort)
    # The complete list before the change, or the complete list after it; never a mixture.
    assert sorted(ids(listing)) in (sorted(before), sorted(lister.expected()))


def test_pagination_account_that_keeps_changing_is_an_error(lister: Lister) -> None:
    lister.sandbox.reset(connections=50, faults=[{"kind": "change", "pages": [3], "insert": 1}])
    error = lister.error(errors.IncompleteError, page_size=10)
    assert "4 passes" in str(error)


def test_pagination_strict_reads_until_two_passes_agree(lister: Lister) -> None:
    lister.sandbox.reset(connections=50)
    assert lister(page_size=10, consistency="strict").meta == {
        "total_results": 50,
        "pages": 5,
        "requests": 10,
        "passes": 2,
    }
    first = lister.expected()[0]
    lister.sandbox.reset(
        connections=50, faults=[{"kind": "change", "pages": [5], "times": 1, "delete": [0], "insert": 1}]
    )
    assert first not in ids(lister(page_size=10, consistency="strict"))


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("size", [99, 100, 101, 620])
def test_pagination_limited_page_size_gives_all_records(lister: Lister, silent: bool, size: int) -> None:
    lister.sandbox.reset(connections=size, faults=[{"kind": "cap", "size": 100, "silent": silent}])
    listing = lister()
    assert ids(listing) == lister.expected()
    assert listing.requests == -(-size // 100)


@pytest.mark.parametrize("cap", [100, 250])
@pytest.mark.parametrize("size", [0, 7, 100, 250, 251, 600])
def test_pagination_without_meta_reads_to_the_end(lister: Lister, size: int, cap: int) -> None:
    lister.sandbox.reset(connections=size, faults=[{"kind": "meta"}, {"kind": "cap", "size": cap}])
    assert ids(lister()) == lister.expected()
    assert len(lister.sandbox.requests()) <= 2 * (size // cap + 2) + 2


def test_pagination_without_meta_repeated_page_is_an_error(lister: Lister) -> None:
    lister.sandbox.reset(connections=600, faults=[{"kind": "meta"}, {"kind": "repeat"}])
    assert "repeats connections of earlier pages" in str(lister.error(errors.IncompleteError))
    assert len(lister.sandbox.requests()) == 8


def test_pagination_repeated_records_are_an_error(lister: Lister) -> None:
    lister.sandbox.reset(connections=600, faults=[{"kind": "repeat", "pages": [2]}])
    assert "connections that appear twice: 250" in str(lister.error(errors.IncompleteError))


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"kind": "meta", "set": {"total_results": 10**12}}, "more than 100,000 connections"),
        ({"kind": "meta", "set": {"total_results": 100_001}}, "more than 100,000 connections"),
        ({"kind": "meta", "set": {"total_results": -1}}, "not a count"),
        ({"kind": "meta", "set": {"total_results": 1.5}}, "not a count"),
        ({"kind": "meta", "set": {"total_results": True}}, "not a count"),
        ({"kind": "meta", "set": {"total_results": "many"}}, "total_results is a JSON string that is not a count"),
        ({"kind": "meta", "set": {"total_pages": 10**9}}, "more pages than connections"),
        ({"kind": "meta", "set": {"total_pages": [1]}}, "not a count"),
        ({"kind": "data"}, "data is missing"),
        ({"kind": "data", "value": None}, "data is not a list"),
        ({"kind": "data", "value": {}}, "data is not a list"),
        ({"kind": "data", "value": "x"}, "data is not a list"),
        ({"kind": "element", "value": "x"}, "element 25 of data is not an object"),
        ({"kind": "element", "value": None}, "element 25 of data is not an object"),
        ({"kind": "element", "value": {"id": None}}, "element 25 of data has no id"),
        ({"kind": "element", "value": {"id": ""}}, "element 25 of data has no id"),
        ({"kind": "element", "value": {"id": True}}, "element 25 of data has no id"),
        ({"kind": "html"}, "an HTML page, titled 'Corporate proxy login'"),
        ({"kind": "text", "body": '[{"password": "x"}]'}, "a JSON list"),
        ({"kind": "deep"}, "nested too deep"),
        ({"kind": "huge"}, "longer than 32 MiB"),
        ({"kind": "huge", "gzip": True}, "longer than 32 MiB"),
    ],
    ids=str,
)
def test_pagination_invalid_response_is_an_error_without_a_retry(
    lister: Lister, fault: dict[str, Any], message: str
) -> None:
    lister.sandbox.reset(faults=[fault])
    error = lister.error(errors.ResponseError)
    assert message in str(error)
    assert len(lister.sandbox.requests()) == 1


def test_pagination_wrong_count_is_an_error(lister: Lister) -> None:
    for fault in ({"kind": "meta", "set": {"total_results": 24}}, {"kind": "drop"}):
        lister.sandbox.reset(faults=[fault])
        assert "but the API reports" in str(lister.error(errors.IncompleteError))


@pytest.mark.parametrize("total", [25.0, "25"])
def test_pagination_count_in_another_form_is_accepted(lister: Lister, total: object) -> None:
    lister.sandbox.reset(faults=[{"kind": "meta", "set": {"total_results": total}}])
    assert len(lister().records) == 25


def test_pagination_numeric_id_becomes_a_string(lister: Lister) -> None:
    number = 9007199254740993
    lister.sandbox.reset(faults=[{"kind": "element", "value": {"id": number}}])
    assert ids(lister())[-1] == str(number)


@pytest.mark.parametrize("name", ["total_results", "total_pages"])
def test_pagination_value_of_a_body_is_in_no_error(lister: Lister, name: str) -> None:
    for value in (
        "hunter2hunter2",
        2222222222222,
        ["hunter2hunter2"],
        {"x": "hunter2hunter2"},
        -2222222222,
        2.222222222,
    ):
        lister.sandbox.reset(faults=[{"kind": "meta", "set": {name: value}}])
        text = f"{lister.error(errors.ResponseError).as_dict()} {lister.logged}"
        assert "hunter2" not in text
        assert "222222" not in text
