# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interpret an HTTP response of the API: pure functions of its status, headers and body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from ...module_utils._errors import ApiError, AuthenticationError, ResponseError
from ...module_utils._text import one_line
from .._records import strict_json
from .._records.url_secrets import text_without_url_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

# These errors may be temporary.
RETRYABLE_STATUSES = frozenset((408, 429, 500, 502, 503, 504))

# From here on, x-ratelimit-reset is a Unix time (2001 and later), below it seconds to wait: sources disagree on which.
UNIX_TIME_MIN = 1_000_000_000

NOT_THE_API_HINT = "Something other than the API may have answered: check api_url and the proxy."

HINTS = {
    400: "Check the option that the API names; a newer API may expect other values.",
    401: "Check that the API key is complete, for API version 2, and not revoked (Mission Control portal, API Keys).",
    403: "The API key is valid but not allowed to read this: check its permissions and the account.",
    404: "Check api_url: it must end with the version of the API, as in https://api.telnyx.com/v2.",
    422: "Check the option that the API names; a newer API may expect other values.",
    429: "Other programs may use up the account's rate limit: lower concurrency, or raise deadline and retries.",
}


@dataclass(frozen=True)
class Response:
    """An HTTP response. ``headers`` have lower-case names; the content coding of ``body`` is decoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def server_time(self) -> float | None:
        """Return the time of the header Date (Unix time in seconds), or ``None``."""
        return _http_date(self.headers.get("date", ""))


def parse_body(response: Response) -> dict[str, Any]:
    """Return the JSON object in the response. Raises :class:`ResponseError`.

    The error contains nothing of the body except the title of an HTML page.
    """
    try:
        body = strict_json.loads(response.body.decode("utf-8-sig"))
    except RecursionError as exc:
        raise ResponseError("The response is JSON that is nested too deep.", _not_the_api_hint(response)) from exc
    except OverflowError as exc:
        message = "The response contains a number that is too large to be read exactly."
        raise ResponseError(message, _not_the_api_hint(response)) from exc
    except ValueError as exc:
        message = f"The response is not JSON{_html_title(response)}."
        raise ResponseError(message, _not_the_api_hint(response)) from exc
    if not isinstance(body, dict):
        raise ResponseError(f"The response is a JSON {json_type(body)}, not an object.", _not_the_api_hint(response))
    return cast("dict[str, Any]", body)


def json_type(value: object) -> str:
    """Return the JSON type of a value, for messages that must not contain the value itself."""
    names = {list: "list", dict: "object", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")


def _not_the_api_hint(response: Response) -> str:
    kind = one_line(response.headers.get("content-type", "") or "no content type", 80)
    return f"(HTTP {response.status}, {kind}, {len(response.body)} bytes.) {NOT_THE_API_HINT}"


def _html_title(response: Response) -> str:
    """Return the title of an HTML page for a message: unlike the rest of the body, it cannot contain a record."""
    head = response.body[:4096].decode("utf-8", "replace")
    found = re.search(r"<title[^>]*>([^<]*)", head, re.IGNORECASE)
    title = one_line(found.group(1), 100) if found else ""
    if title:
        return f" but an HTML page, titled {title!r}"
    return " but an HTML page" if "<html" in head.lower() else ""


def api_error(response: Response, attempts_note: str = "") -> ApiError:
    """Return the error for an error response.

    ``attempts_note`` is a sentence that is appended to the message.
    """
    entries = _error_entries(response)
    first = entries[0] if entries else {}
    code, title, detail = (_error_field(first, name) for name in ("code", "title", "detail"))
    parts = "; ".join(filter(None, map(_entry_text, entries[:3]))) or f"no details{_html_title(response)}"
    # The id that Telnyx's support asks for.
    request_id = one_line(response.headers.get("x-request-id", ""), 80)
    message = f"HTTP {status_text(response.status)}: {parts}."
    if request_id:
        message += f" (request id {request_id})"
    if attempts_note:
        message += f" {attempts_note}"
    hint = HINTS.get(response.status, "The problem is on the side of the API: see https://status.telnyx.com.")
    error_class = AuthenticationError if response.status in (401, 403) else ApiError
    return error_class(
        message, hint, status=response.status, code=code, title=title, detail=detail, request_id=request_id
    )


def status_text(status: int) -> str:
    """Return the status with its standard phrase, as in ``429 Too Many Requests``."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _error_entries(response: Response) -> list[Mapping[str, Any]]:
    """Return the entries of ``errors`` as objects; a gateway in between has other forms, and texts instead of objects."""
    try:
        body = parse_body(response)
    except ResponseError:
        return []
    errors = body.get("errors")
    if isinstance(errors, dict):
        errors = [f"{name}: {text}" for name, text in errors.items() if isinstance(text, str)]
    if isinstance(errors, list) and errors:
        entries = [{"detail": each} if isinstance(each, str) else each for each in errors]
        return [each for each in entries if isinstance(each, dict)]
    error = body.get("error")
    # The forms of OAuth, of problem+json (RFC 9457), and of several gateways.
    named = {"title": error or body.get("title")}
    details = [body.get(name) for name in ("error_description", "detail", "message")]
    entries = [error if isinstance(error, dict) else named, *({"detail": detail} for detail in details)]
    return [entry for entry in entries if _entry_text(entry)]


def _error_field(entry: Mapping[str, Any], name: str, limit: int = 300) -> str:
    """Return a field of an entry, or an empty string if it is not the text (or, for a code, number) that is documented."""
    value = entry.get(name)
    number = name == "code" and isinstance(value, int) and not isinstance(value, bool)
    return one_line(text_without_url_secrets(value), limit) if isinstance(value, str) or number else ""


def _entry_text(entry: Mapping[str, Any]) -> str:
    title, detail, code = (_error_field(entry, name).rstrip(".") for name in ("title", "detail", "code"))
    detail = detail or _error_field(entry, "message").rstrip(".")
    text = ": ".join(part for part in (title, detail) if part)
    if code:
        text = f"{text or 'no details'} [code {code}]"
    source = entry.get("source")
    if isinstance(source, dict):
        place = _error_field(source, "parameter", 100) or _error_field(source, "pointer", 100)
        if place:
            text += f" (at {place})"
    return text


def requested_wait(response: Response, now: float) -> float | None:
    """Return the seconds that the server asks the client to wait, or ``None``. ``now`` is the Unix time in seconds.

    ``Retry-After`` (RFC 9110, 10.2.3) takes precedence; without it, the wait after a 429 lasts until the rate limit resets.
    """
    text = response.headers.get("retry-after", "").strip()
    seconds = _parse_number(text)
    if seconds is not None:
        return seconds
    date = _http_date(text)
    if date is not None:
        return max(0.0, date - _server_time(response, now))
    return _seconds_until_reset(response, now) if response.status == 429 else None


def _seconds_until_reset(response: Response, now: float) -> float | None:
    """Return the seconds until the rate limit resets, from ``x-ratelimit-reset`` (seconds, or a Unix time), or ``None``."""
    seconds = _parse_number(response.headers.get("x-ratelimit-reset", ""))
    if seconds is not None and seconds >= UNIX_TIME_MIN:
        seconds = max(0.0, seconds - _server_time(response, now))
    return seconds


def _server_time(response: Response, now: float) -> float:
    """Return the server's time if the response has it, because the clock of this machine may be wrong."""
    server_time = response.server_time()
    return now if server_time is None else server_time


def _parse_number(text: str) -> float | None:
    text = text.strip()  # also of control characters, which float() does not accept
    return float(text) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", text) else None


def _http_date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
