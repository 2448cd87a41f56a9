"""Audit events: what can be read of them is used, and no password gets out."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.audit_log import (
    format_time,
    parse_events,
    parse_time,
    without_logged_secrets,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import HIDDEN
from hypothesis import given
from hypothesis import strategies as st

CANARY = "c4n4ry-s3cr3t"
EVENT = {"id": "e", "resource_id": "1", "created_at": "2026-11-20T14:03:00Z", "changes": []}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-20", "2026-11-20T00:00:00Z"),
        ("2026-11-20T14:03:00Z", "2026-11-20T14:03:00Z"),
        ("2026-11-20t14:03:00z", "2026-11-20T14:03:00Z"),
        ("2026-11-20 14:03:00+00:00", "2026-11-20T14:03:00Z"),
        ("2026-11-20T14:03:00.123456789Z", "2026-11-20T14:03:00Z"),
        ("2026-11-20T14:03:00+02:00", "2026-11-20T12:03:00Z"),
        ("2026-11-20T14:03:00-0530", "2026-11-20T19:33:00Z"),
        ("2026-11-20T14:03", "2026-11-20T14:03:00Z"),
        (" 2026-11-20T14:03:00 ", "2026-11-20T14:03:00Z"),
    ],
)
def test_time_is_read_as_utc(text: str, shown: str) -> None:
    time = parse_time(text)
    assert time is not None
    assert format_time(time) == shown


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-11-31", "2026-13-01T00:00:00Z", "2026-11-20T25:00:00Z", "20.11.2026", "0000-01-01"]
)
def test_text_that_is_no_time_is_none(text: str) -> None:
    assert parse_time(text) is None


@given(st.text(max_size=40) | st.from_regex(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*)?([+-]\d\d:\d\d|Z)\Z"))
def test_any_text_is_a_time_or_none(text: str) -> None:
    time = parse_time(text)
    if time is not None:
        assert parse_time(format_time(time)) == int(time // 1)


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        "x",
        {},
        {**EVENT, "created_at": None},
        {**EVENT, "created_at": 5},
        {**EVENT, "created_at": "soon"},
        {**EVENT, "resource_id": None},
        {**EVENT, "resource_id": True},
        {**EVENT, "resource_id": ["1"]},
    ],
)
def test_event_without_time_or_resource_is_left_out(broken: Any) -> None:
    assert [event.id for event in parse_events([broken, EVENT])] == ["e"]


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        (None, []),
        ({"field": "active"}, []),
        ([None, 1, "active", {}, {"field": None}, {"field": ""}, {"field": "active"}], [("active",)]),
        ([{"field": "inbound.codecs"}], [("inbound", "codecs")]),
        ([{"field": "rtcp_settings.report_frequency_seconds"}], [("rtcp_settings", "report_frequency_secs")]),
    ],
)
def test_malformed_changes_are_left_out(changes: Any, paths: list[Any]) -> None:
    (event,) = parse_events([{**EVENT, "changes": changes}])
    assert [change.path for change in event.changes] == paths


def test_events_are_sorted_and_of_duplicates_the_one_with_most_changes_is_kept() -> None:
    later = {**EVENT, "id": "l", "created_at": "2026-11-20T16:03:00+01:00", "alternate_resource_id": 17}
    full = {**EVENT, "changes": [{"field": "active", "from": True, "to": False}]}
    no_id = {**EVENT, "id": None, "created_at": "2026-11-20T14:03:01Z"}
    events = parse_events([later, EVENT, full, EVENT, no_id, later])
    assert [(event.id, len(event.changes)) for event in events] == [("e", 1), (None, 0), ("l", 0)]
    assert events[-1].resources == ("1", "17")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("password",), CANARY),
        (("Password",), [CANARY]),
        (("sip_password",), CANARY),
        (("credentials", "password", "value"), CANARY),
        (("credentials[password]",), CANARY),
        (("credentials",), {"user_name": "a", "password": CANARY}),
        (("credentials",), {"password_confirmation": {"text": CANARY}}),
        (("credentials",), [{"deep": {"PASSWORD": CANARY}}]),
        (("credentials",), '{"user_name": "a", "password": "' + CANARY + '"}'),
        (("credentials",), [{"name": "password", "value": CANARY}]),
        (("credentials",), ["password", CANARY]),
    ],
)
def test_password_is_hidden_by_the_name_of_its_field(path: tuple[str, ...], value: Any) -> None:
    shown = str(without_logged_secrets(path, value))
    assert CANARY not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize("path", [("webhook_event_url",), ("webhooks", "0"), ("record",)])
def test_secrets_of_urls_are_hidden(path: tuple[str, ...]) -> None:
    for value in (f"https://u:{CANARY}@h/?t={CANARY}", {"webhook_event_url": [f"u:{CANARY}@h"]}):
        shown = str(without_logged_secrets(path, value))
        assert CANARY not in shown
        assert "@h" in shown


def test_other_values_are_shown_as_they_are() -> None:
    for value in (None, True, 5, 1.5, "text", ["G722"], {"codecs": ["G722"], "channel_limit": None}):
        assert without_logged_secrets(("inbound",), value) == value


def test_deep_value_is_cut_off() -> None:
    value: Any = "bottom"
    for _level in range(400):
        value = [value]
    assert "bottom" not in str(without_logged_secrets(("tags",), value))


def test_keys_that_ansible_interprets_are_renamed() -> None:
    assert without_logged_secrets(("inbound",), {"__ansible_vault": "x"}) == {"field__ansible_vault": "x"}
