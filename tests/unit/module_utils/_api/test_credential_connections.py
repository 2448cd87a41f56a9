"""All connections, or one clear error, whatever the server answers."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors
from ansible_collections.siptrunk.telnyx.plugins.module_utils._version import VERSION
from listing_helper import Lister, ids


@pytest.mark.parametrize("size", [0, 1, 249, 250, 251, 1001])
def test_every_connection_comes_once_with_one_request_a_page(listed: Lister, size: int) -> None:
    listed.sandbox.reset(connections=size)
    listing = listed()
    pages = max(1, -(-size // 250))
    assert ids(listing) == listed.expected()
    assert listing.meta == {"total_results": size, "pages": pages, "requests": pages, "passes": 1}
    requests = listed.sandbox.requests()
    assert {each["method"] for each in requests} == {"GET"}
    assert {each["user_agent"] for each in requests} == {f"siptrunk.telnyx/{VERSION}"}
    assert {each["query"]["page[size]"] for each in requests} == {"250"}
    assert {each["query"]["sort"] for each in requests} == {"created_at"}


def test_every_parameter_is_sent_by_its_documented_name(listed: Lister) -> None:
    listed.sandbox.reset(connections=300)
    profile = listed.sandbox.seen()["records"][0]["outbound"]["outbound_voice_profile_id"]
    listing = listed(
        connection_name_contains="BER",
        outbound_voice_profile_id=profile,
        sort="-connection_name",
        page_size=7,
        page_number=1,
    )
    assert listed.sandbox.requests()[0]["query"] == {
        "page[size]": "7",
        "page[number]": "1",
        "sort": "-connection_name",
        "filter[connection_name][contains]": "BER",
        "filter[outbound.outbound_voice_profile_id]": profile,
    }
    assert listing.records
    assert listing.warnings == []


def test_a_page_number_gives_that_page_alone(listed: Lister) -> None:
    listed.sandbox.reset(connections=30)
    listing = listed(page_number=2, page_size=20)
    assert ids(listing) == listed.expected()[20:]
    assert listing.meta == {"total_results": 30, "pages": 1, "requests": 1, "passes": 1}


def test_no_more_requests_are_in_flight_than_allowed(listed: Lister) -> None:
    listed.sandbox.reset(connections=100, delay=0.02)
    listed(page_size=5, concurrency=3)
    assert listed.sandbox.seen()["most_in_flight"] == 3


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
def test_a_change_between_two_pages_loses_and_repeats_nobody(
    listed: Lister, change: dict[str, Any], page: int, concurrency: int, sort: str
) -> None:
    fault = {"kind": "change", "pages": [page], "times": 1, **change}
    listed.sandbox.reset(connections=50, faults=[fault])
    before = listed.expected()
    listing = listed(page_size=10, concurrency=concurrency, sort=sort)
    # Whole as it was before the change, or whole as it was after it; never some of each.
    assert sorted(ids(listing)) in (sorted(before), sorted(listed.expected()))


def test_an_account_that_never_holds_still_is_an_error(listed: Lister) -> None:
    listed.sandbox.reset(connections=50, faults=[{"kind": "change", "pages": [3], "insert": 1}])
    error = listed.fails(errors.IncompleteError, page_size=10)
    assert "4 walks" in str(error)


def test_strict_walks_until_two_walks_agree(listed: Lister) -> None:
    listed.sandbox.reset(connections=50)
    assert listed(page_size=10, consistency="strict").meta == {
        "total_results": 50,
        "pages": 5,
        "requests": 12,
        "passes": 2,
    }
    first = listed.expected()[0]
    listed.sandbox.reset(
        connections=50, faults=[{"kind": "change", "pages": [5], "times": 1, "delete": [0], "insert": 1}]
    )
    assert first not in ids(listed(page_size=10, consistency="strict"))


# Where a listing reads one page after another, the first of each is a mixture of states that counts right.
CIRCLES = [[25, 5, 15], [15, 5, 15], [15, 5, 5], [25, 25, 5], [15, 5], [5, 15], [25, 5, 15, 8], [15, 5, 15, 15]]


@pytest.mark.parametrize("missing", CIRCLES, ids=str)
@pytest.mark.parametrize("page_size", [10, 15])
@pytest.mark.parametrize("meta", [True, False])
def test_an_account_that_changes_in_a_circle_is_not_believed(
    listed: Lister, missing: list[int], page_size: int, meta: bool
) -> None:
    listed.sandbox.reset(connections=30)
    everybody = listed.expected()
    faults: list[dict[str, Any]] = [{"kind": "circle", "missing": missing}]
    listed.sandbox.reset(connections=30, faults=faults if meta else [*faults, {"kind": "meta"}])
    states = [[each for each in everybody if each != everybody[place]] for place in missing]
    try:
        found = ids(listed(page_size=page_size, consistency="strict", concurrency=1))
    except errors.IncompleteError:
        found = []
    assert found in ([], *states)


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("size", [99, 100, 101, 620])
def test_a_server_may_cap_the_page_size(listed: Lister, silent: bool, size: int) -> None:
    listed.sandbox.reset(connections=size, faults=[{"kind": "cap", "size": 100, "silent": silent}])
    listing = listed()
    assert ids(listing) == listed.expected()
    assert listing.requests == -(-size // 100)


@pytest.mark.parametrize("cap", [100, 250])
@pytest.mark.parametrize("size", [0, 7, 100, 250, 251, 600])
def test_without_meta_it_reads_to_the_end(listed: Lister, size: int, cap: int) -> None:
    listed.sandbox.reset(connections=size, faults=[{"kind": "meta"}, {"kind": "cap", "size": cap}])
    assert ids(listed()) == listed.expected()
    assert len(listed.sandbox.requests()) <= 2 * (size // cap + 2) + 2


def test_without_meta_a_server_that_repeats_itself_is_an_error(listed: Lister) -> None:
    listed.sandbox.reset(connections=600, faults=[{"kind": "meta"}, {"kind": "repeat"}])
    assert "names connections that pages before it named" in str(listed.fails(errors.IncompleteError))
    assert len(listed.sandbox.requests()) == 8


def test_pages_that_name_the_same_connections_are_an_error(listed: Lister) -> None:
    listed.sandbox.reset(connections=600, faults=[{"kind": "repeat", "pages": [2]}])
    assert "named twice: 250" in str(listed.fails(errors.IncompleteError))


@pytest.mark.parametrize(
    ("fault", "said"),
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
def test_an_answer_that_is_not_the_api_s_is_one_error_without_another_try(
    listed: Lister, fault: dict[str, Any], said: str
) -> None:
    listed.sandbox.reset(faults=[fault])
    error = listed.fails(errors.ResponseError)
    assert said in str(error)
    assert (
        f"GET {listed.sandbox.api_url}/credential_connections" in str(error)
        or "The API says" in str(error)
        or "Page 1" in str(error)
    )
    assert len(listed.sandbox.requests()) == 1


def test_a_count_that_is_wrong_is_an_error(listed: Lister) -> None:
    for fault in ({"kind": "meta", "set": {"total_results": 24}}, {"kind": "drop"}):
        listed.sandbox.reset(faults=[fault])
        assert "but the API counts" in str(listed.fails(errors.IncompleteError))


def test_an_id_that_came_as_a_number_is_a_string(listed: Lister) -> None:
    number = 9007199254740993
    listed.sandbox.reset(faults=[{"kind": "element", "value": {"id": number}}])
    assert ids(listed())[-1] == str(number)


@pytest.mark.parametrize(
    "option", [{"connection_name_contains": "berlin"}, {"outbound_voice_profile_id": "1293384261075731499"}]
)
def test_a_filter_that_the_server_ignored_is_noticed_and_the_result_is_right(
    listed: Lister, option: dict[str, str]
) -> None:
    listed.sandbox.reset(connections=300)
    right = ids(listed(**option))
    assert 0 < len(right) < 300
    listed.sandbox.reset(connections=300, faults=[{"kind": "ignore_filters"}])
    listing = listed(**option)
    assert ids(listing) == right
    assert [f"{300 - len(right)} of 300 connections" in warning for warning in listing.warnings] == [True]
    assert "ignored a filter" in str(listed.fails(errors.ResponseError, page_number=1, **option))


def test_a_name_that_differs_in_accents_only_is_not_taken_for_one_that_the_server_let_slip(listed: Lister) -> None:
    listed.sandbox.reset(
        connections=1, overrides=[{"connection_name": "JOSÉ STRASSE"}], faults=[{"kind": "ignore_filters"}]
    )
    for text in ("jose", "José", "straße"):
        assert len(listed(connection_name_contains=text).records) == 1


def test_hostile_names_come_through_byte_for_byte(listed: Lister) -> None:
    listed.sandbox.reset(connections=30, hostile=True)
    names = [each["connection_name"] for each in listed.sandbox.seen()["records"]]
    assert [record["connection_name"] for record in listed(page_size=7).records] == names


def test_passwords_come_only_where_they_are_asked_for(listed: Lister) -> None:
    passwords = [each["password"] for each in listed.sandbox.seen()["records"]]
    text = json.dumps(listed().records, ensure_ascii=False)
    assert not [password for password in passwords if json.dumps(password, ensure_ascii=False)[1:-1] in text]
    assert [record["password"] for record in listed(include_passwords=True).records] == passwords
    listed.sandbox.reset(masked=True)
    assert {record["password_status"] for record in listed().records} == {"masked"}
