"""The events: what they contain, and that no text in them is interpreted."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import ApiError, TransportError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._events.changes import (
    Change,
    FieldChange,
    compare_readings,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._events.events import (
    change_event,
    event_text,
    reachable_event,
    unreachable_event,
)
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import HOSTILE_NAMES, make_connection

COMMON = {"observed_at": "2026-11-26T10:00:00Z", "api_url": "https://api.telnyx.com/v2", "account": None}


def restored(text: str) -> str:
    return re.sub(r"<U\+([0-9A-F]{4,6})>", lambda found: chr(int(found[1], 16)), text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Berlin PBX 00001", "Berlin PBX 00001"),
        ("{{ 7 * 7 }}", "<U+007B><U+007B> 7 * 7 }}"),
        ("{% raw %}{# x #}", "<U+007B>% raw %}<U+007B># x #}"),
        ("{", "<U+007B>"),
        ("#jinja2: variable_start_string: '[['", "<U+0023>jinja2: variable_start_string: '[['"),
        ("no #jinja2: header", "no #jinja2: header"),
        ("$ANSIBLE_VAULT;1.1;AES256", "<U+0024>ANSIBLE_VAULT;1.1;AES256"),
        ("${jndi:ldap://x}", "$<U+007B>jndi:ldap://x}"),
        ("two\nlines", "two<U+000A>lines"),
        ("\u202egnp.exe", "<U+202E>gnp.exe"),
        ("\ud800", "<U+D800>"),
        ("Zürich ☎", "Zürich ☎"),
        ("👩‍💻", "<U+1F469><U+200D><U+1F4BB>"),
    ],
)
def test_event_text(text: str, expected: str) -> None:
    assert event_text(text) == expected


@given(st.text(st.sampled_from("{}%#$ \nANSIBLE_VAULTjinja2:") | st.characters(exclude_characters="<")))
def test_event_text_begins_no_template_and_loses_nothing(text: str) -> None:
    found = event_text(text)
    assert "{" not in found
    assert "$ANSIBLE_VAULT" not in found
    assert max(found, default="") <= "\uffff"
    assert not found.startswith("#jinja2:")
    assert restored(found) == text


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(text for each in value.values() for text in texts(each))]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_text_of_an_event_begins_a_template(name: str) -> None:
    before = make_connection(1, 1)
    after = {
        **before,
        "connection_name": name,
        "user_name": name,
        name: {name: [name]},
        "tags": [name],
        "id": before["id"],
    }
    (change,) = compare_readings({"1": before}, {"1": after})
    event = change_event(change, include_values=True, account=name)
    found = texts(event)
    assert not [text for text in found if "{" in text or "\n" in text or "\u202e" in text]
    assert restored(event["connection_name"]) == name
    assert len(found) > 20
    assert json.loads(json.dumps(event)) == event


def test_fields_of_a_changed_event() -> None:
    before = make_connection(1, 1)
    after = {**before, "active": not before["active"], "inbound": {**before["inbound"], "codecs": ["G729"]}}
    (change,) = compare_readings({before["id"]: before}, {after["id"]: after})
    event = change_event(change, include_values=False, previous_reading_at="2026-11-26T09:55:00Z", **COMMON)
    assert event == {
        "type": "changed",
        "connection_id": before["id"],
        "connection_name": before["connection_name"],
        "user_name": before["user_name"],
        "updated_at": before["updated_at"],
        "previous_reading_at": "2026-11-26T09:55:00Z",
        "changed_fields": ["active", "inbound.codecs"],
        **COMMON,
    }
    assert change_event(change, include_values=True)["changes"] == [
        {"path": "active", "before": before["active"], "after": after["active"]},
        {"path": "inbound.codecs", "before": before["inbound"]["codecs"], "after": ["G729"]},
    ]


@pytest.mark.parametrize("kind", ["created", "deleted"])
def test_created_and_deleted_events_contain_no_values(kind: str) -> None:
    event = change_event(Change(kind, make_connection(1, 1)), include_values=True, **COMMON)
    assert list(event) == ["type", "connection_id", "connection_name", "user_name", "updated_at", *COMMON]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.example.com/a/b", "https://hooks.example.com/a/b"),
        ("https://user:secret@hooks.example.com:8443/a", "https://(hidden)@hooks.example.com:8443/a"),
        ("https://hooks.example.com/a?token=secret", "https://hooks.example.com/a?(hidden)"),
        ("https://hooks.example.com/a#secret", "https://hooks.example.com/a?(hidden)"),
        ("https://[secret", "(hidden)"),
        (None, None),
        (5, 5),
    ],
)
def test_values_contain_no_secrets_of_urls(url: Any, shown: Any) -> None:
    change = Change("changed", {"id": "1"}, (FieldChange(("webhook_event_url",), url, url),))
    event = change_event(change, include_values=True)
    assert event["changes"] == [{"path": "webhook_event_url", "before": shown, "after": shown}]


def test_values_contain_no_passwords() -> None:
    change = Change("changed", {"id": "1"}, (FieldChange(("new",), None, {"a": [{"password": "secret", "b": 1}]}),))
    assert change_event(change, include_values=True)["changes"][0]["after"] == {"a": [{"b": 1}]}


def test_fields_of_an_unreachable_event() -> None:
    error = ApiError("GET x: HTTP 503: {{ 7 * 7 }}\nx.", "Wait.", status=503, code="10016")
    assert unreachable_event(error, **COMMON) == {
        "type": "unreachable",
        "kind": "api",
        "message": "GET x: HTTP 503: <U+007B><U+007B> 7 * 7 }} x. Wait.",
        "status": 503,
        "code": "10016",
        **COMMON,
    }
    event = unreachable_event(TransportError("No response."))
    assert (event["kind"], event["status"], event["code"]) == ("transport", None, None)


def test_fields_of_a_reachable_event() -> None:
    assert reachable_event(unreachable_since=None, **COMMON) == {
        "type": "reachable",
        "unreachable_since": None,
        **COMMON,
    }
