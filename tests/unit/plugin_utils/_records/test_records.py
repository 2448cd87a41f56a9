"""Records: removal of passwords, and harmless keys."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import (
    harmless_keys,
    password_status,
    to_user_record,
    without_secrets,
)
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("password"), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ({}, "absent"),
        ({"password": None}, "absent"),
        ({"password": ""}, "absent"),
        ({"password": "********"}, "masked"),
        ({"password": "*" * 12}, "masked"),
        ({"password": "*******x"}, "available"),
        ({"password": 12345678}, "available"),
    ],
)
def test_password_status(record: dict[str, Any], status: str) -> None:
    assert password_status(record) == status
    assert to_user_record(record, False)["password_status"] == status


def keys(value: Any) -> set[str]:
    """Every key at any depth."""
    if isinstance(value, dict):
        return set(value).union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


@given(st.dictionaries(st.text(), JSON))
def test_to_user_record_removes_passwords_at_every_depth_and_nothing_else(record: dict[str, Any]) -> None:
    before = json.dumps(record)
    result = to_user_record(record, False)
    assert "password" not in keys(result)
    if "password" not in keys(record):
        assert {**result, "password_status": None} == {**harmless_keys(record), "password_status": None}
    assert json.dumps(record) == before
    assert to_user_record(record, True) == {**harmless_keys(record), "password_status": password_status(record)}


@given(JSON)
def test_without_secrets_returns_the_same_object_exactly_if_there_is_no_secret(value: Any) -> None:
    assert (without_secrets(value) is value) == ("password" not in keys(value))


def test_to_user_record_renames_keys_that_ansible_interprets() -> None:
    record = {
        "id": "1",
        "__ansible_vault": "x",
        "field__ansible_vault": "taken",
        "{{ kept }}": "for the object holds text",
        "in": [{"{{ 1 }}": 1, "#jinja2:": None, "__jinja2:": True, "fine": 2}, {"__ansible_unsafe": "y"}],
        "plain": {"a": [1, {"b": None}]},
    }
    result = to_user_record(record, False)
    assert result == {
        **{key: record[key] for key in ("id", "field__ansible_vault", "{{ kept }}", "plain")},
        "field__ansible_vault_": "x",
        "in": [{"_ 1 }}": 1, "_jinja2:": None, "__jinja2:": True, "fine": 2}, {"field__ansible_unsafe": "y"}],
        "password_status": "absent",
    }
    assert result["plain"] is record["plain"]
