# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GET requests to the API: sent in parallel, retried if that can help, all within one deadline."""

from __future__ import annotations

import queue
import random
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Union

from ...module_utils._errors import ResponseError, TelnyxError, TransportError
from .key_redaction import quoter
from .response import (
    RETRYABLE_STATUSES,
    Response,
    api_error,
    parse_body,
    requested_wait,
    seconds_until_reset,
    status_text,
)
from .throttle import RequestCancelledError, Throttle, backoff
from .transport import HttpSession, RequestFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._reading.options import Options

Log = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """A GET request. ``path`` is relative to api_url; ``label``, such as ``page 3``, names the request in messages."""

    path: str
    params: tuple[tuple[str, str], ...]
    label: str


@dataclass(frozen=True)
class Result:
    """The JSON object that the API returned, and the server's time (Unix time in seconds) if the response has one."""

    request: Request
    body: dict[str, Any]
    server_time: float | None


@dataclass(frozen=True)
class _Fetched:
    """A worker's event: the API returned a response with the status 200."""

    request: Request
    response: Response


@dataclass(frozen=True)
class _Failed:
    """A worker's event: a request failed, and is not retried."""

    error: BaseException


@dataclass(frozen=True)
class _Progress:
    """A worker's event: a line for the log."""

    line: str


_Event = Union[_Fetched, _Failed, _Progress]


@dataclass(frozen=True)
class _FailedAttempt:
    """One attempt of a request that failed.

    ``sent_at``: seconds of the monotonic clock. ``response``: the API's error response, or ``None`` if no complete response
    was received. ``wait``: seconds that the server asks the client to wait, or ``None``.
    """

    reason: str
    retryable: bool
    sent_at: float
    response: Response | None = None
    wait: float | None = None

    @property
    def rate_limited(self) -> bool:
        return self.response is not None and self.response.status == 429


class Client:
    """Sends requests. Create one for each listing: its deadline begins when it is created.

    Daemon threads send the requests, and the caller's thread waits for their events. The deadline therefore holds even if a
    thread hangs (in name resolution, a TLS handshake, slow headers), and ``log`` is called in the caller's thread only.
    """

    def __init__(self, options: Options, log: Log) -> None:
        self._options = options
        self._log = log
        self._quote = quoter(options.api_key)
        self._http = HttpSession(options)
        self._throttle = Throttle(options.concurrency)
        self._started = time.monotonic()
        self._last_failure = ""
        self._requests_lock = threading.Lock()
        self.requests = 0
        # The last body of each request, and what it was parsed to. A second pass over the pages gets the same bodies, and
        # takes half the processor time without parsing them again (10,000 connections: 0.3 s less).
        self._parsed: dict[Request, tuple[bytes, dict[str, Any]]] = {}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._throttle.cancel()
        self._http.close()

    def fetch(self, requests: Sequence[Request]) -> Iterator[Result]:
        """Send the requests, and yield the results in the order in which they are received.

        Raises :class:`TransportError`, :class:`ApiError` or :class:`ResponseError` for the first request that fails.
        """
        todo: queue.SimpleQueue[Request] = queue.SimpleQueue()
        events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        for request in requests:
            todo.put(request)
        for _worker in range(min(len(requests), self._options.concurrency)):
            threading.Thread(target=self._work, args=(todo, events), name="telnyx-request", daemon=True).start()
        missing = len(requests)
        try:
            while missing:
                event = self._next_event(events)
                if isinstance(event, _Progress):
                    self._log(event.line)
                elif isinstance(event, _Fetched):
                    missing -= 1
                    yield self._result(event)
                else:
                    raise event.error
        finally:
            _clear(todo)

    def _next_event(self, events: queue.SimpleQueue[_Event]) -> _Event:
        try:
            return events.get(timeout=max(0.0, self._seconds_left()))
        except queue.Empty:
            failure = f" The last failure: {self._last_failure}." if self._last_failure else ""
            raise TransportError(
                f"GET {self._options.api_url}: not finished within the deadline of {self._options.deadline:g} s, "
                f"after {self.requests} requests.{failure}",
                "Raise deadline, or find out why the API is slow from here.",
            ) from None

    def _seconds_left(self) -> float:
        return self._started + self._options.deadline - time.monotonic()

    def _work(self, todo: queue.SimpleQueue[Request], events: queue.SimpleQueue[_Event]) -> None:
        """Send requests until none is left. Runs in a thread of its own."""
        try:
            while True:
                request = todo.get_nowait()
                # The caller's thread parses the response, while this thread sends its next request.
                events.put(_Fetched(request, self._send(request, events)))
        except (queue.Empty, RequestCancelledError):
            return
        except BaseException as exc:  # noqa: BLE001 - it is raised again in the caller's thread
            events.put(_Failed(exc))

    def _result(self, fetched: _Fetched) -> Result:
        content, body = self._parsed.get(fetched.request, (b"", {}))
        if not body or content != fetched.response.body:
            try:
                body = parse_body(fetched.response, self._quote)
            except ResponseError as error:
                raise error.with_context(self._context(fetched.request)) from None
            self._parsed[fetched.request] = fetched.response.body, body
        return Result(fetched.request, body, fetched.response.server_time())

    def _context(self, request: Request) -> str:
        return f"GET {self._options.api_url}{request.path} ({request.label})"

    def _send(self, request: Request, events: queue.SimpleQueue[_Event]) -> Response:
        """Return the response with the status 200, after as many attempts as the options allow.

        Raises :class:`TransportError`, :class:`ApiError`, :class:`ResponseError` or :class:`RequestCancelledError`.
        """
        started = time.monotonic()
        attempts = 0
        while True:
            attempts += 1
            result = self._attempt(request)
            if isinstance(result, Response):
                self._respect_rate_limit(result)
                return result
            self._last_failure = result.reason
            wait = backoff(attempts) if result.wait is None else _with_jitter(result.wait)
            attempts_note = f"Tried {_times(attempts)} in {time.monotonic() - started:.1f} s"
            if not result.retryable:
                # The message of an error response needs no note about the attempts.
                raise self._error(request, result, "" if result.response else f"{attempts_note}.")
            if attempts > self._options.retries:
                raise self._error(request, result, f"{attempts_note} (retries: {self._options.retries}).")
            if wait >= self._seconds_left():
                raise self._error(
                    request,
                    result,
                    f"{attempts_note}; the next try, in {wait:.1f} s, would be after the deadline of "
                    f"{self._options.deadline:g} s.",
                )
            tries = f"try {attempts + 1} of {self._options.retries + 1}"
            events.put(_Progress(f"{request.label}: {result.reason}; {tries} in {wait:.1f} s"))
            self._wait(result, wait)

    def _attempt(self, request: Request) -> Response | _FailedAttempt:
        with self._throttle.slot() as sent_at:
            with self._requests_lock:
                self.requests += 1
            try:
                response = self._http.get(
                    self._options.api_url + request.path, request.params, lambda: self._throttle.cancelled
                )
            except RequestFailedError as failure:
                return _FailedAttempt(failure.reason, failure.retryable, sent_at)
            except TelnyxError as error:
                raise error.with_context(self._context(request)) from None
        if response.status == 200:
            return response
        return _FailedAttempt(
            f"HTTP {status_text(response.status)}",
            response.status in RETRYABLE_STATUSES,
            sent_at,
            response,
            requested_wait(response, time.time()),
        )

    def _wait(self, failed: _FailedAttempt, seconds: float) -> None:
        if failed.rate_limited:
            self._throttle.halve_limit(failed.sent_at)
        if failed.rate_limited or failed.wait is not None:
            # A wait that the server asks for applies to all requests.
            self._throttle.pause(seconds)
        else:
            self._throttle.sleep(seconds)

    def _respect_rate_limit(self, response: Response) -> None:
        """Pause until the rate limit resets if no request remains, once the limit has been exceeded."""
        if self._throttle.limit_was_exceeded and response.headers.get("x-ratelimit-remaining", "").strip() == "0":
            seconds = seconds_until_reset(response, time.time())
            if seconds is not None and seconds < self._seconds_left():
                self._throttle.pause(seconds)

    def _error(self, request: Request, failed: _FailedAttempt, attempts_note: str) -> TelnyxError:
        if failed.response:
            error: TelnyxError = api_error(failed.response, self._quote, attempts_note)
        else:
            error = TransportError(
                f"{failed.reason}. {attempts_note}", "Check api_url, the network, and the proxy and TLS settings."
            )
        return error.with_context(self._context(request))


def _with_jitter(seconds: float) -> float:
    """Return a little more than the seconds that a server asks for, so that not all requests are sent at once."""
    return seconds + random.uniform(0, min(1.0, seconds / 10))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _clear(todo: queue.SimpleQueue[Request]) -> None:
    """Take the remaining requests from the workers, so that their threads end."""
    try:
        while True:
            todo.get_nowait()
    except queue.Empty:
        return
