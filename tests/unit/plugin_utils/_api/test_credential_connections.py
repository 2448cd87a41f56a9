"""Credential connections: the parameters and filters of the list, and its records as users get them."""

from __future__ import annotations

import json

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors
from listing_helper import Lister, ids


def test_options_are_sent_as_documented_parameters(lister: Lister) -> None:
    lister.sandbox.reset(connections=300)
    profile = lister.sandbox.seen()["records"][0]["outbound"]["outbound_voice_profile_id"]
    listing = lister(
        connection_name_contains="BER",
        outbound_voice_profile_id=profile,
        sort="-connection_name",
        page_size=7,
        page_number=1,
    )
    assert lister.sandbox.requests()[0]["query"] == {
        "page[size]": "7",
        "page[number]": "1",
        "sort": "-connection_name",
        "filter[connection_name][contains]": "BER",
        "filter[outbound.outbound_voice_profile_id]": profile,
    }
    assert listing.records
    assert listing.warnings == []


def test_page_number_returns_only_that_page(lister: Lister) -> None:
    lister.sandbox.reset(connections=30)
    listing = lister(page_number=2, page_size=20)
    assert ids(listing) == lister.expected()[20:]
    assert listing.meta == {"total_results": 30, "pages": 1, "requests": 1, "passes": 1}


@pytest.mark.parametrize(
    "option", [{"connection_name_contains": "berlin"}, {"outbound_voice_profile_id": "1293384261075731499"}]
)
def test_filter_ignored_by_the_server_is_applied_with_a_warning(lister: Lister, option: dict[str, str]) -> None:
    lister.sandbox.reset(connections=300)
    right = ids(lister(**option))
    assert 0 < len(right) < 300
    lister.sandbox.reset(connections=300, faults=[{"kind": "ignore_filters"}])
    listing = lister(**option)
    assert ids(listing) == right
    assert [f"{300 - len(right)} of 300 connections" in warning for warning in listing.warnings] == [True]
    assert "ignored a filter" in str(lister.error(errors.ResponseError, page_number=1, **option))


def test_filter_name_that_differs_in_accents_or_case_matches(lister: Lister) -> None:
    lister.sandbox.reset(
        connections=1, overrides=[{"connection_name": "JOSÉ STRASSE"}], faults=[{"kind": "ignore_filters"}]
    )
    for text in ("jose", "José", "straße"):
        assert len(lister(connection_name_contains=text).records) == 1


def test_passwords_are_returned_only_on_request(lister: Lister) -> None:
    passwords = [each["password"] for each in lister.sandbox.seen()["records"]]
    text = json.dumps(lister().records, ensure_ascii=False)
    assert not [password for password in passwords if json.dumps(password, ensure_ascii=False)[1:-1] in text]
    assert [record["password"] for record in lister(include_passwords=True).records] == passwords
    lister.sandbox.reset(masked=True)
    assert {record["password_status"] for record in lister().records} == {"masked"}


@pytest.mark.parametrize("sort", [None, "-created_at", "connection_name", "-connection_name", "active", "-active"])
def test_order_that_the_server_ignores_is_restored(lister: Lister, sort: str | None) -> None:
    lister.sandbox.reset(connections=60)
    right = ids(lister(sort=sort, page_size=20))
    lister.sandbox.reset(connections=60, faults=[{"kind": "unsorted"}])
    found = ids(lister(sort=sort, page_size=20))
    assert sorted(found) == sorted(right)
    if sort not in ("active", "-active"):  # connections of the same state have no order
        assert found == right
