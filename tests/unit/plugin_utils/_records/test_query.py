"""JMESPath queries: every function works, and errors say where and show no value."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import QueryError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.query import search

QUERIES: list[tuple[str, Any]] = [
    ("[].id", ["9", "10"]),
    ("[?active].id", ["9"]),
    ("sort_by(@, &number)[].id", ["10", "9"]),
    ("length(@)", 2),
    ("[].{n: connection_name, c: inbound.codecs[0]}", [{"n": "a", "c": "G722"}, {"n": "b", "c": None}]),
    ("[?contains(connection_name, 'a')].id", ["9"]),
    ("join(',', [].id)", "9,10"),
    ("map(&to_number(id), @)", [9, 10]),
    ("merge(@[0].inbound, {x: `1`})", {"codecs": ["G722"], "x": 1}),
    ("[?number > `1`].id", ["9"]),
]
DATA = [
    {
        "id": "9",
        "number": 2,
        "active": True,
        "connection_name": "a",
        "inbound": {"codecs": ["G722"]},
        "password": "hunter2",
    },
    {"id": "10", "number": 1, "active": False, "connection_name": "b", "inbound": None, "password": "hunter2"},
]


@pytest.mark.parametrize(("expression", "result"), QUERIES, ids=[expression for expression, _result in QUERIES])
def test_search_returns_what_jmespath_does(expression: str, result: Any) -> None:
    assert search(expression, DATA, passwords=True) == result


def test_search_accepts_an_expression_tagged_by_ansible() -> None:
    tags = pytest.importorskip("ansible._internal._datatag._tags", reason="ansible-core 2.19 and later tag values")
    expression = tags.TrustedAsTemplate().tag("sort_by(@, &number)[?contains(id, '9')].to_number(id)")
    assert search(expression, DATA) == [9]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("[?a=", "character 4"),
        ("[", "ends too early"),
        ("[?a == ]", "unexpected ']'"),
        ("'open", "failed at character 1"),
        ("", "failed"),
        ("nope(@)", "nope"),
        ("length()", "0"),
        ("sort_by(@, &inbound)", "sort_by() takes"),
        ("sum([].password)", "sum() takes"),
        ("length(@[0].number)", "length() takes"),
        ("[?" + "(" * 5000, "failed"),
        ("@[0].password.length(`1`)", ""),
        ("[?activ]", "'activ', which no connection has there. Did you mean active?"),
        ("length([?encrypted_medai == 'SRTP' && active])", "Did you mean encrypted_media?"),
        ("[?contains(tag, 'prod')]", "Did you mean tags?"),
        ("inbound.codecs", "is applied to the list of connections. Write [0].inbound for the first"),
        ("[?outbound.channel_limit <= 30]", "Write a number in backticks, as in `30`."),
        ('[?encrypted_media == "SRTP"]', "If it is a text, write it in single quotes: 'SRTP'."),
        ("[?id = '9']", "Compare with == or !=."),
        ("[?active == true]", "Write `true`"),
        ("[?sip_uri_calling_preference == 'unrestrcted']", "Did you mean unrestricted?"),
        (
            "[?inbound.codecs == 'G722']",
            "inbound.codecs is a list, but is compared with another type. Write it as in contains(",
        ),
        ("[].{a: inbound.codec}", "Did you mean inbound.codecs?"),
        ("sort_by(@, &conection_name)[].id", "Did you mean connection_name?"),
    ],
)
def test_search_error_names_the_position_and_quotes_no_value(expression: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        search(expression, DATA, passwords=True)
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_search_password_that_is_left_out_is_an_error() -> None:
    with pytest.raises(QueryError, match=r"'password', which is left out\. Did you mean password_status\?"):
        search("[].password", [{"id": "1"}])
    assert search("[].password", DATA, passwords=True) == ["hunter2", "hunter2"]


@pytest.mark.parametrize(
    "expression",
    [
        "[?new.deep].id",
        "[?inbound.codecs[0] == 'NEW'] | [0].id",
        "[].[id, number, other.field]",
        "[?rtcp_settings.report_frequency_seconds == `5`].id",
        "[?webhook_api_version.major == `3`]",
    ],
)
def test_search_field_or_value_that_a_record_has_is_accepted(expression: str) -> None:
    record = {"new": {"deep": 1}, "number": 1, "other": {"field": 2}, "webhook_api_version": {"major": 3}}
    search(expression, [{"id": "1"}, {"id": "2", "inbound": {"codecs": ["NEW"]}, **record}])
