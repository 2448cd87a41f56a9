# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an HTTP answer of the API says: pure functions from status, headers and body."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from .._errors import ApiError, AuthenticationError, ResponseError
from .._text import one_line

if TYPE_CHECKING:
    from .key_redaction import Quote

# Worth another try: each may pass by itself.
RETRIED = frozenset((408, 429, 500, 502, 503, 504))

# Above this, x-ratelimit-reset is a Unix time (2001 and later), below it seconds to wait: sources disagree on which.
UNIX_TIME_MIN = 1_000_000_000

HINTS = {
    400: "See the option that the API names; a newer API may want other values.",
    401: "Check that the API key is whole, of API version 2, and not revoked (Mission Control portal, API Keys).",
    403: "The API key is known but not allowed to read credential connections: check its permissions and the account.",
    404: "Check api_url: it must end where the API's version does, as in https://api.telnyx.com/v2.",
    422: "See the option that the API names; a newer API may want other values.",
    429: "Other programs may use up the account's rate limit: lower concurrency, or raise deadline and retries.",
}


@dataclass(frozen=True)
class Response:
    """An HTTP response. ``headers`` have lower-case names; ``body`` is decoded of any content coding."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def date(self) -> float | None:
        """The server's clock (Unix time in seconds), or ``None``."""
        return _http_date(self.headers.get("date", ""))


def parse_body(response: Response, quote: Quote = one_line) -> dict[str, Any]:
    """Return the JSON object in the response, or raise :class:`ResponseError`.

    The error quotes nothing of a body but the title of an HTML page, as ``quote`` shows it.
    """
    try:
        text = response.body.decode("utf-8-sig")
        body = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError as exc:
        raise ResponseError(
            "The answer is JSON nested too deep to be the API's.", _where_from(response, quote)
        ) from exc
    except OverflowError as exc:
        message = "The answer holds a number that is too large to be read exactly."
        raise ResponseError(message, _where_from(response, quote)) from exc
    except ValueError as exc:
        message = f"The answer is not JSON{_page_title(response, quote)}."
        raise ResponseError(message, _where_from(response, quote)) from exc
    if not isinstance(body, dict):
        raise ResponseError(f"The answer is a JSON {json_type(body)}, not an object.", _where_from(response, quote))
    if "\\ud" in text or "\\uD" in text:
        body = _without_surrogates(body)
    return cast(dict[str, Any], body)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _finite(text: str) -> float:
    """A number with a fraction or exponent: one such as 1e400 would become an infinity, which JSON does not have."""
    number = float(text)
    if math.isinf(number):
        raise OverflowError(text)
    return number


def json_type(value: object) -> str:
    """The JSON type of a value, for messages, which do not quote the value itself."""
    names = {list: "list", dict: "object", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")


def _without_surrogates(value: Any) -> Any:
    """Replace unpaired surrogates (U+FFFD): they are no characters, and nothing could print or write them."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_without_surrogates(each) for each in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(each) for key, each in value.items()}
    return value


def _where_from(response: Response, quote: Quote) -> str:
    kind = quote(response.headers.get("content-type", "") or "no content type", 80)
    return (
        f"(HTTP {response.status}, {kind}, {len(response.body)} bytes.) "
        "Something other than the API may be answering: check api_url and the proxy."
    )


def _page_title(response: Response, quote: Quote) -> str:
    """The title of an HTML page: "Proxy login" helps, and unlike the body it holds no record."""
    head = response.body[:4096].decode("utf-8", "replace")
    found = re.search(r"<title[^>]*>([^<]*)", head, re.IGNORECASE)
    title = quote(found.group(1), 100) if found else ""
    if title:
        return f" but an HTML page, titled {title!r}"
    return " but an HTML page" if "<html" in head.lower() else ""


def api_error(response: Response, quote: Quote = one_line) -> ApiError:
    """Make the error for an answer that is none of 200 and a redirect; ``quote`` shows what it quotes of the response."""
    entries = _error_entries(response)
    first = entries[0] if entries else {}
    code, title, detail = (_part(first, name, quote) for name in ("code", "title", "detail"))
    parts = "; ".join(_one_entry(entry, quote) for entry in entries[:3]) or f"no details{_page_title(response, quote)}"
    # The id that Telnyx's support asks for.
    request_id = quote(response.headers.get("x-request-id", ""), 80)
    message = f"HTTP {status_text(response.status)}: {parts}."
    if request_id:
        message += f" (request id {request_id})"
    hint = HINTS.get(response.status, "The trouble is at the API's side: see https://status.telnyx.com.")
    family = AuthenticationError if response.status in (401, 403) else ApiError
    return family(message, hint, status=response.status, code=code, title=title, detail=detail, request_id=request_id)


def status_text(status: int) -> str:
    """``429`` to ``429 Too Many Requests``."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _error_entries(response: Response) -> list[Mapping[str, Any]]:
    try:
        entries = parse_body(response).get("errors")
    except ResponseError:
        return []
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _part(entry: Mapping[str, Any], name: str, quote: Quote, limit: int = 300) -> str:
    """A part of an entry, if it is the text (or the number, of a code) that the API documents there."""
    value = entry.get(name)
    number = name == "code" and isinstance(value, int) and not isinstance(value, bool)
    return quote(value, limit) if isinstance(value, str) or number else ""


def _one_entry(entry: Mapping[str, Any], quote: Quote) -> str:
    title, detail, code = (_part(entry, name, quote).rstrip(".") for name in ("title", "detail", "code"))
    text = ": ".join(part for part in (title, detail) if part) or "no details"
    if code:
        text += f" [code {code}]"
    source = entry.get("source")
    if isinstance(source, dict):
        place = _part(source, "parameter", quote, 100) or _part(source, "pointer", quote, 100)
        if place:
            text += f" (at {place})"
    return text


def wait_asked_for(response: Response, now: float) -> float | None:
    """Seconds that the server asks to wait before the next try, or ``None`` where it does not say.

    ``Retry-After`` (RFC 9110, 10.2.3) goes first; a 429 without it is waited out until the rate limit's reset.
    """
    text = response.headers.get("retry-after", "").strip()
    seconds = _number(text)
    if seconds is not None:
        return seconds
    moment = _http_date(text)
    if moment is not None:
        return max(0.0, moment - _clock_of(response, now))
    return until_reset(response, now) if response.status == 429 else None


def until_reset(response: Response, now: float) -> float | None:
    """Seconds until the rate limit's window ends, from ``x-ratelimit-reset``: seconds, or a Unix time."""
    seconds = _number(response.headers.get("x-ratelimit-reset", ""))
    if seconds is not None and seconds >= UNIX_TIME_MIN:
        seconds = max(0.0, seconds - _clock_of(response, now))
    return seconds


def _clock_of(response: Response, now: float) -> float:
    """The server's own clock where it tells it: ours may be wrong."""
    date = response.date()
    return now if date is None else date


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", text.strip()) else None


def _http_date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
