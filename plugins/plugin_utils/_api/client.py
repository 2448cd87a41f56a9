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
from .transport import HttpSession, RequestFailedError, timed_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .listing_options import ListingOptions

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


# What a thread tells the caller's thread about a request: a line for the log, the response, or why it failed.
_Event = tuple[Request, Union[str, Response, BaseException]]


class Client:
    """Sends requests. Create one for each listing: its deadline begins when it is created.

    Daemon threads send the requests, and the caller's thread waits for their events. A thread that hangs (in name resolution,
    a TLS handshake, slow headers or a slow body) is abandoned at the end of its time and does not delay the end of the process.
    """

    def __init__(self, options: ListingOptions, log: Log) -> None:
        self._options = options
        self._log = log
        self._http = HttpSession(options)
        self._throttle = Throttle(options.concurrency)
        self._started = time.monotonic()
        self._last_failure = ""
        self._requests_lock = threading.Lock()
        self.requests = 0

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
            _start(self._work, todo, events)
        missing = len(requests)
        try:
            while missing:
                request, event = self._next_event(events)
                if isinstance(event, str):
                    self._log(f"{request.label}: {event}")
                elif isinstance(event, Response):
                    missing -= 1
                    yield self._result(request, event)
                else:
                    raise event
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
        while True:
            try:
                request = todo.get_nowait()
            except queue.Empty:
                return
            try:
                # The caller's thread parses the response, while this thread sends its next request.
                events.put((request, self._send(request, events)))
            except RequestCancelledError:
                return
            except BaseException as exc:  # noqa: BLE001 - it is raised again in the caller's thread
                events.put((request, exc))

    def _result(self, request: Request, response: Response) -> Result:
        try:
            return Result(request, parse_body(response), response.server_time())
        except ResponseError as error:
            raise error.with_context(self._context(request)) from None

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
            try:
                with self._throttle.slot() as sent_at:
                    response = self._attempt(request)
            except RequestFailedError as exc:
                failure = exc
            except TelnyxError as error:
                raise error.with_context(self._context(request)) from None
            else:
                self._respect_rate_limit(response)
                return response
            self._last_failure = failure.reason
            asked = requested_wait(failure.response, time.time()) if failure.response else None
            wait = backoff(attempts) if asked is None else _with_jitter(asked)
            tried = f"Tried {_times(attempts)} in {time.monotonic() - started:.1f} s"
            if not failure.retryable or attempts > self._options.retries or wait >= self._seconds_left():
                raise self._error(request, failure, tried, attempts, wait)
            tries = f"try {attempts + 1} of {self._options.retries + 1}"
            events.put((request, f"{failure.reason}; {tries} in {wait:.1f} s"))
            self._wait(failure, wait, sent_at, asked is not None)

    def _attempt(self, request: Request) -> Response:
        """Send a request once, in a thread that is abandoned if it takes too long. Raises :class:`RequestFailedError`."""
        with self._requests_lock:
            self.requests += 1
        received: queue.SimpleQueue[Response | BaseException] = queue.SimpleQueue()

        def get() -> None:
            try:
                received.put(self._http.get(self._options.api_url + request.path, request.params))
            except BaseException as exc:  # noqa: BLE001 - it is raised again in the thread that waits
                received.put(exc)

        _start(get)
        try:
            response = received.get(timeout=max(0.0, min(self._options.timeout, self._seconds_left())))
        except queue.Empty:
            raise timed_out(self._options.timeout) from None
        if isinstance(response, BaseException):
            raise response
        if response.status != 200:
            reason, retryable = f"HTTP {status_text(response.status)}", response.status in RETRYABLE_STATUSES
            raise RequestFailedError(reason, retryable, response=response)
        return response

    def _wait(self, failure: RequestFailedError, seconds: float, sent_at: float, asked: bool) -> None:
        """Wait before the next attempt. A wait that the server asks for applies to all requests."""
        rate_limited = failure.response is not None and failure.response.status == 429
        if rate_limited:
            self._throttle.halve_limit(sent_at)
        if rate_limited or asked:
            self._throttle.pause(seconds)
        else:
            self._throttle.sleep(seconds)

    def _respect_rate_limit(self, response: Response) -> None:
        """Pause until the rate limit resets if no request remains, once the limit has been exceeded."""
        if self._throttle.limit_was_exceeded and response.headers.get("x-ratelimit-remaining", "").strip() == "0":
            seconds = seconds_until_reset(response, time.time())
            if seconds is not None and seconds < self._seconds_left():
                self._throttle.pause(seconds)

    def _error(
        self, request: Request, failure: RequestFailedError, tried: str, attempts: int, wait: float
    ) -> TelnyxError:
        if not failure.retryable:
            # One try; the message of an error response needs no note about it.
            note = "" if failure.response else f"{tried}."
        elif attempts > self._options.retries:
            note = f"{tried} (retries: {self._options.retries})."
        else:
            note = (
                f"{tried}; the next try, in {wait:.1f} s, would be after the deadline of {self._options.deadline:g} s."
            )
        if failure.response:
            error: TelnyxError = api_error(failure.response, note)
        else:
            error = TransportError(f"{failure.reason}. {note}", failure.hint)
        return error.with_context(self._context(request))


def _start(target: Callable[..., None], *args: Any) -> None:
    threading.Thread(target=target, args=args, name="telnyx-request", daemon=True).start()


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
