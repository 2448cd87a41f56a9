# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the services that messages are posted to, by the module ``ansible.builtin.uri``."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable

from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.key_redaction import without_key
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.response import (
    Response,
    requested_wait,
    seconds_until_reset,
    status_text,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import PostError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import one_line
from ansible_collections.siptrunk.telnyx.plugins.module_utils._version import VERSION
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_options import HiddenText

if TYPE_CHECKING:
    from collections.abc import Mapping

WAIT_MAX = 120  # seconds before one retry
NO_RESPONSE = -1  # the status that the module returns
SUCCESS, REDIRECT = range(200, 300), range(300, 400)
FORBIDDEN = 403
RETRYABLE = (NO_RESPONSE, 408, 429, 500, 502, 503, 504)
# With these, the service may have done what the request asks for.
UNCERTAIN = (NO_RESPONSE, 408, 500, 502, 504)
# What the module puts before the cause, with all the status codes that it was given.
_STATUS_PREFIX = re.compile(r"Status code was -?\d+ and not \[[\d, ]*\]: ?")


@dataclass(frozen=True)
class Target:
    """A service: its ``name`` and ``url``, which each request's path is added to, and what to do about a ``status``.

    ``secret`` is the token, or the secret part of the URL; it is in no message. ``headers`` may contain it.
    """

    name: str
    url: str
    secret: str
    headers: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """The JSON of a response, and whether the header Link names a next page."""

    data: Any
    has_next: bool


@dataclass(frozen=True)
class Sender:
    """Sends requests. ``execute`` runs the module ``ansible.builtin.uri`` with arguments and returns its result."""

    execute: Callable[[dict[str, Any]], Mapping[str, Any]]
    retries: int
    arguments: Mapping[str, Any] = field(default_factory=dict)
    sleep: Callable[[float], None] = time.sleep

    def send(self, target: Target, method: str, path: str, body: Any = None, *, repeat: bool = True) -> Reply:
        """Send a request and return the reply. Raises :class:`PostError`.

        It is sent again after a fault of the connection and the statuses ``RETRYABLE``, after the time that the service asks
        for, which is an error if it is longer than ``WAIT_MAX``. ``repeat`` is false for a request that must not be done twice: it
        is then sent again only if it is certain that the service has not done it.
        """
        attempt = 0
        while True:
            result = self.execute(self._arguments(target, method, path, body))
            response = _response(result)
            if response.status in SUCCESS and not _refused(result):
                return Reply(result.get("json"), 'rel="next"' in response.headers.get("link", ""))
            error = _error(target, f"{method} {path.partition('?')[0]}".rstrip(), result, response)
            wait = _wait(response, attempt)
            if wait is None or attempt >= self.retries or (error.uncertain and not repeat):
                raise error
            if wait > WAIT_MAX:
                raise PostError(
                    f"{error.message} The service asks for a wait of {wait:.0f} s.",
                    "Run the playbook again later.",
                    status=error.status,
                )
            self.sleep(wait)
            attempt += 1

    def _arguments(self, target: Target, method: str, path: str, body: Any) -> dict[str, Any]:
        headers = {"User-Agent": f"siptrunk.telnyx/{VERSION}", "Accept": "application/json", **target.headers}
        arguments = {
            **self.arguments,
            "url": HiddenText(target.url + path),
            "method": method,
            "headers": {name: HiddenText(value) for name, value in headers.items()},
            # Without a user name it is not used, but the module hides its value wherever it is in its output.
            "url_password": HiddenText(target.secret),
            "status_code": list(range(100, 600)),
            "return_content": True,
            # A redirect or a .netrc entry must not send the secret to another address, nor replace it.
            "follow_redirects": "none",
            "use_netrc": False,
        }
        return arguments if body is None else {**arguments, "body_format": "json", "body": json.dumps(body)}


def _response(result: Mapping[str, Any]) -> Response:
    status = result.get("status")
    names = ("retry-after", "x-ratelimit-reset", "x-ratelimit-remaining", "date", "link")
    headers = {name: str(result.get(name.replace("-", "_"), "")) for name in names}
    return Response(status if isinstance(status, int) else NO_RESPONSE, headers, b"")


def _refused(result: Mapping[str, Any]) -> bool:
    """Return whether a status of success has a body that says otherwise, as Rocket.Chat's may."""
    data = result.get("json")
    return isinstance(data, dict) and data.get("success") is False


def _wait(response: Response, attempt: int) -> float | None:
    """Return the seconds to wait before the request is sent again, or ``None`` if it must not be.

    GitHub uses 403 for its rate limits, too, with Retry-After or no remaining requests (its page about rate limits).
    """
    wait = requested_wait(response, time.time())
    if response.status == FORBIDDEN:
        if response.headers["x-ratelimit-remaining"] == "0":
            wait = seconds_until_reset(response, time.time()) if wait is None else wait
    elif response.status not in RETRYABLE:
        return None
    if wait is None and response.status == FORBIDDEN:
        return None
    return float(2**attempt) if wait is None else wait


def _error(target: Target, request: str, result: Mapping[str, Any], response: Response) -> PostError:
    status = response.status
    if status == NO_RESPONSE:
        cause = _STATUS_PREFIX.sub("", str(result.get("msg") or "")) or result.get("module_stderr") or "unknown reason"
        reason = f"no response: {_quote(target, cause)}"
        hint = "Are the address, the proxy and the certificate right?"
    else:
        detail = _quote(target, _detail(result))
        reason = f"HTTP {status_text(status)}" + (f": {detail}" if detail else "")
        hint = target.hints.get(status, "")
    if status in REDIRECT:
        hint = "A redirect is not followed, because it would send the secret to another address. Set the new address."
    return PostError(
        f"{target.name}: {request}: {reason}.",
        hint,
        status=None if status == NO_RESPONSE else status,
        uncertain=status in UNCERTAIN,
    )


def _detail(result: Mapping[str, Any]) -> str:
    """Return what the service says about an error: ``message`` or ``error`` of its JSON, else a short text."""
    data = result.get("json")
    if isinstance(data, dict):
        detail = data.get("message") or data.get("error") or ""
        return detail if isinstance(detail, str) else json.dumps(detail)
    content = str(result.get("content") or "")
    return content if len(content) <= 100 and "<" not in content else ""


def _quote(target: Target, text: object) -> str:
    return one_line(without_key(str(text)[:4096], target.secret), 200).rstrip(".")
