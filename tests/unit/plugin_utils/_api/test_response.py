"""Responses: the JSON object, the error, and the wait that the server asks for."""

from __future__ import annotations

import json
from email.utils import formatdate
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import (
    ApiError,
    AuthenticationError,
    ResponseError,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.response import (
    Response,
    api_error,
    parse_body,
    requested_wait,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000.0


def make_response(body: Any = b"", status: int = 200, **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not JSON"),
        (b"<html><head><title>Proxy\nlogin</title>", "an HTML page, titled 'Proxy login'"),
        (b"<html>", "an HTML page"),
        (b"[]", "a JSON list"),
        (b"null", "a JSON null"),
        (b"1", "a JSON number"),
        (b"true", "a JSON boolean"),
        (b'"text"', "a JSON string"),
        (b'{"data": NaN}', "not JSON"),
        (b'{"data": -Infinity}', "not JSON"),
        (b'{"data": 1e400}', "a number that is too large"),
        (b'{"data": [{"x": -1.5E+9999}]}', "a number that is too large"),
        (b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
        (b"\xff\xfe{}", "not JSON"),
        (b'{"data": [', "not JSON"),
    ],
)
def test_parse_body_without_a_json_object_is_an_error(body: bytes, message: str) -> None:
    with pytest.raises(ResponseError, match=message):
        parse_body(make_response(body))


def test_parse_body_small_fraction_is_zero() -> None:
    assert parse_body(make_response(b'{"data": 1e-400}')) == {"data": 0.0}


def test_parse_body_number_with_many_digits_is_exact_or_an_error() -> None:
    digits = "9" * 5000
    result = error_or_object(f'{{"data": {digits}}}'.encode())
    # Python 3.11 and later, and security releases of earlier versions, limit the digits of a number.
    assert result == {"data": 10**5000 - 1} or "not JSON" in str(result)


def error_or_object(body: bytes) -> ResponseError | dict[str, Any]:
    try:
        return parse_body(make_response(body))
    except ResponseError as error:
        return error


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
def test_parse_body_any_bytes_give_an_object_or_an_error(body: bytes) -> None:
    result = error_or_object(body)
    assert isinstance(result, dict) or str(result).isprintable()


def test_parse_body_error_contains_nothing_of_the_body() -> None:
    with pytest.raises(ResponseError) as caught:
        parse_body(make_response(b'[{"password": "hunter2hunter2"}]'))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, ApiError), (401, AuthenticationError), (403, AuthenticationError), (503, ApiError), (599, ApiError)],
)
def test_api_error_has_the_fields_of_the_response(status: int, kind: type[ApiError]) -> None:
    entry = {"code": "10009", "title": "Auth failed", "detail": "Bad\nkey.", "source": {"parameter": "page[size]"}}
    error = api_error(make_response({"errors": [entry]}, status, x_request_id="req-7"))
    assert isinstance(error, AuthenticationError) == (kind is AuthenticationError)
    fields = {"status": status, "code": "10009", "title": "Auth failed", "detail": "Bad key.", "request_id": "req-7"}
    assert error.fields == fields
    for part in (str(status), "[code 10009]", "Auth failed: Bad key", "(at page[size])", "req-7", error.hint):
        assert part in str(error)
    assert error.hint


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><title>502</title>",
        b"[]",
        {"errors": None},
        {"errors": {}},
        {"errors": [1, None]},
        {"errors": [{}]},
        {"errors": [{"title": {"x": 1}, "detail": 5, "code": None, "source": "x"}]},
    ],
)
def test_api_error_without_the_documented_body_is_one_line(body: Any) -> None:
    error = api_error(make_response(body, 502))
    assert "HTTP 502 Bad Gateway" in str(error)
    assert str(error).isprintable()


def test_api_error_contains_no_object_in_place_of_text() -> None:
    record = {"password": "hunter2hunter2"}
    entry = {"code": record, "title": [record], "detail": record, "source": {"parameter": record, "pointer": [record]}}
    assert "hunter2" not in str(api_error(make_response({"errors": [entry], "data": [record]}, 400)).as_dict())


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"message": "no such key"}, "no such key"),
        ({"error": "invalid_token", "error_description": "it has expired"}, "invalid_token; it has expired"),
        ({"error": {"message": "quota"}}, "quota"),
        ({"errors": ["first", "second"]}, "first; second"),
        ({"errors": {"api_key": "is wrong"}}, "api_key: is wrong"),
        ({"title": "Forbidden", "detail": "not here", "status": 403}, "Forbidden; not here"),
        ({"message": "see https://u:hunter2@proxy.example/x"}, "see https://(hidden)@proxy.example/x"),
    ],
    ids=str,
)
def test_api_error_has_the_text_of_a_gateway(body: Any, text: str) -> None:
    assert str(api_error(make_response(body, 401))).startswith(f"HTTP 401 Unauthorized: {text}.")


def test_api_error_long_text_is_cut() -> None:
    assert len(str(api_error(make_response({"message": "x" * 10_000}, 401)))) < 600


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"retry_after": "7"}, 7),
        (503, {"retry_after": "0"}, 0),
        (503, {"retry_after": "1.5"}, 1.5),
        (429, {"retry_after": formatdate(NOW + 9, usegmt=True)}, 9),
        (429, {"retry_after": formatdate(NOW - 9, usegmt=True)}, 0),
        # With the server's own time, a clock of this machine that is an hour wrong does not matter.
        (429, {"retry_after": formatdate(NOW + 3609, usegmt=True), "date": formatdate(NOW + 3600, usegmt=True)}, 9),
        (429, {"x_ratelimit_reset": "12"}, 12),
        (429, {"x_ratelimit_reset": str(int(NOW) + 12)}, 12),
        (429, {"x_ratelimit_reset": str(int(NOW) - 12)}, 0),
        (429, {"retry_after": "3", "x_ratelimit_reset": "12"}, 3),
        (429, {"retry_after": "soon", "x_ratelimit_reset": "12"}, 12),
        (503, {"x_ratelimit_reset": "12"}, None),
        (429, {}, None),
        (429, {"retry_after": "-3"}, None),
        (429, {"retry_after": "1e9", "x_ratelimit_reset": "nan"}, None),
        (429, {"retry_after": "9" * 400}, None),
        (429, {"retry_after": "3\x1f"}, 3),
        (429, {"x_ratelimit_reset": "\x1c12"}, 12),
    ],
)
def test_requested_wait_follows_the_headers(status: int, headers: dict[str, str], seconds: float | None) -> None:
    assert requested_wait(make_response(status=status, **headers), NOW) == seconds


@given(st.text(), st.text(), st.text())
def test_requested_wait_any_header_is_accepted(retry_after: str, reset: str, date: str) -> None:
    response = make_response(status=429, retry_after=retry_after, x_ratelimit_reset=reset, date=date)
    seconds = requested_wait(response, NOW)
    assert seconds is None or seconds >= 0
