"""Entries of a cache plugin: what they hold, and which are accepted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import check_options
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils import _cached_listing as cache_plugin
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._cached_listing import (
    EntryError,
    check_records,
    pack,
    unpack,
)

VALUES: dict[str, Any] = {"api_key": "KEY_ONE", "connection_name_contains": "pbx"}
RECORDS: list[dict[str, Any]] = [
    {"id": "1", "connection_name": "PBX 1", "password_status": "absent", "x": [{"a": None}]},
    {"id": "2", "connection_name": "pbx {{ 2 }} \U0001f600", "password_status": "masked"},
]
OPTIONS = check_options(VALUES, [])


def test_unpack_of_a_packed_listing_returns_it() -> None:
    records, age = unpack(json.loads(json.dumps(pack(RECORDS, VALUES))), VALUES, OPTIONS)
    assert records == RECORDS
    assert 0 <= age < 60


def test_pack_of_records_with_passwords_leaves_them_out() -> None:
    entry = pack([{**RECORDS[0], "password": "canary", "x": [{"password": "canary"}]}], VALUES)
    assert "canary" not in str(entry)


def test_unpack_with_another_key_or_a_changed_text_is_refused() -> None:
    entry = pack(RECORDS, VALUES)
    for other in ({**VALUES, "api_key": "KEY_TWO"}, {**VALUES, "connection_name_contains": "PBX"}):
        with pytest.raises(EntryError, match="API key"):
            unpack(entry, other, OPTIONS)
    with pytest.raises(EntryError, match="changed since"):
        unpack({**entry, "listing": entry["listing"].replace("masked", "absent")}, VALUES, OPTIONS)


@pytest.mark.parametrize(
    "entry", [None, "x", [], {}, {"listing": 1, "code": "x"}, {"listing": "x", "code": None}], ids=str
)
def test_unpack_of_another_value_is_refused(entry: Any) -> None:
    with pytest.raises(EntryError, match="not an entry"):
        unpack(entry, VALUES, OPTIONS)


NO_LISTINGS = [
    *("{", "[]", "{}", '{"created": 1}', '{"created": null, "records": []}', '{"created": 1, "records": [NaN]}'),
    *('{"created": 1, "records": [1e999]}', "[" * 100_000),
]


@pytest.mark.parametrize("listing", NO_LISTINGS)
def test_unpack_of_a_text_that_is_not_a_listing_is_refused(listing: str) -> None:
    entry = {"listing": listing, "code": cache_plugin._code("listing", listing, VALUES)}
    with pytest.raises(EntryError, match="not a listing"):
        unpack(entry, VALUES, OPTIONS)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda records: {"a": records}, "not a list"),
        (lambda records: [*records, "x"], "not a list"),
        (lambda records: [*records, {**records[0], "id": 3}], "no id"),
        (lambda records: [*records, {**records[0], "id": ""}], "no id"),
        (lambda records: [*records, records[0]], "twice"),
        (lambda records: [{**records[0], "password_status": "good"}], "password_status"),
        (lambda records: [{**records[0], "connection_name": "other"}], "filters"),
    ],
)
def test_check_records_that_the_api_cannot_have_sent_refuses_them(change: Callable[[Any], Any], reason: str) -> None:
    with pytest.raises(EntryError, match=reason):
        check_records(change(RECORDS), OPTIONS)


def test_check_records_removes_secrets_and_renames_reserved_keys() -> None:
    record = {**RECORDS[0], "password": "canary", "y": {"password": "canary", "__ansible_vault": "z"}}
    assert check_records([record], OPTIONS) == [{**RECORDS[0], "y": {"field__ansible_vault": "z"}}]


def test_unpack_of_a_listing_from_the_future_returns_a_negative_age(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = pack(RECORDS, VALUES)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert unpack(entry, VALUES, OPTIONS)[1] < 0
