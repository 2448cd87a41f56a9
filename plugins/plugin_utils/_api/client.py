# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GET requests for the pages of a list: sent in parallel, retried if that can help, all within one deadline."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Callable, TypeVar, Union

from ...module_utils._errors import TelnyxError, TransportError
from .response import RETRYABLE_STATUSES, Response, api_error, requested_wait, status_text
from .throttle import RequestCancelledError, Throttle, backoff
from .transport import HttpSession, RequestFailedError, timed_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .listing_options import ListingOptions

T = TypeVar("T")
Log = Callable[[str], None]

# What a thread reports to the caller's thread about a page: a line for the log, the response, or why it failed.
_Event = tuple[int, Union[str, Response, BaseException]]


class Client:
    """Requests the pages of a list. Create one for each listing: its deadline begins when it is created.

    ``path`` is relative to api_url, and ``params`` are sent with every page. Daemon threads send the requests, and the caller's
    thread waits for their events. A thread that hangs (in name resolution, a TLS handshake, slow headers or a slow body) is
    abandoned at the end of its time and does not delay the end of the process.
    """

    def __init__(self, options: ListingOptions, path: str, params: Sequence[tuple[str, str]], log: Log) -> None:
        self._options = options
        self._url = options.api_url + path
        self._params = params
        self._log = log
        self._http = HttpSession(options)
        self._throttle = Throttle(options.concurrency)
        self._started = time.monotonic()
        self._last_failure = ""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._throttle.cancel()
        self._http.close()

    @property
    def requests(self) -> int:
        """How many requests were sent, retries included."""
        return self._throttle.sent

    def fetch(self, pages: Sequence[int], parse: Callable[[int, Response], T]) -> Iterator[T]:
        """Request pages by their numbers, and yield ``parse(number, response)`` in the order in which they are received.

        Raises :class:`TransportError`, :class:`ApiError` or :class:`ResponseError` for the first page that fails; each message
        begins with the address and the number of the page.
        """
        todo = deque(pages)
        events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        for _worker in range(min(len(pages), self._options.concurrency)):
            _start(self._work, todo, events)
        missing = len(pages)
        try:
            while missing:
                page, event = self._next_event(events)
                if isinstance(event, str):
                    self._log(f"page {page}: {event}")
                    continue
                missing -= 1
                try:
                    if isinstance(event, BaseException):
                        raise event
                    parsed = parse(page, event)
                except TelnyxError as error:
                    raise error.with_context(f"GET {self._url} (page {page})") from None
                yield parsed
        finally:
            todo.clear()  # the threads end

    def _next_event(self, events: queue.SimpleQueue[_Event]) -> _Event:
        try:
            return events.get(timeout=max(0.0, self._seconds_left()))
        except queue.Empty:
            failure = f" The last failure: {self._last_failure}." if self._last_failure else ""
            raise TransportError(
                f"GET {self._url}: not finished within the deadline of {self._options.deadline:g} s, "
                f"after {self.requests} requests.{failure}",
                "Raise deadline, or find out why the API is slow from here.",
            ) from None

    def _seconds_left(self) -> float:
        return self._started + self._options.deadline - time.monotonic()

    def _work(self, todo: deque[int], events: queue.SimpleQueue[_Event]) -> None:
        """Request pages until none is left. Runs in a thread of its own."""
        while True:
            try:
                page = todo.popleft()
            except IndexError:
                return
            try:
                # The caller's thread parses the response, while this thread sends its next request.
                events.put((page, self._send(page, events)))
            except RequestCancelledError:
                return
            except BaseException as exc:  # noqa: BLE001 - it is raised again in the caller's thread
                events.put((page, exc))

    def _send(self, page: int, events: queue.SimpleQueue[_Event]) -> Response:
        """Return the response with the status 200, after as many attempts as the options allow.

        Raises :class:`TransportError`, :class:`ApiError`, :class:`ResponseError` or :class:`RequestCancelledError`.
        """
        started = time.monotonic()
        attempts = 0
        while True:
            attempts += 1
            with self._throttle.slot() as sent_at:
                try:
                    return self._attempt(page)
                except RequestFailedError as exc:
                    failure = exc
            self._last_failure = failure.reason
            asked = requested_wait(failure.response, time.time()) if failure.response else None
            # With a little more than the server asks for, not all requests are sent at once.
            wait = backoff(attempts) if asked is None else asked + random.uniform(0, min(1.0, asked / 10))
            if not failure.retryable or attempts > self._options.retries or wait >= self._seconds_left():
                tried = f"Tried {_times(attempts)} in {time.monotonic() - started:.1f} s"
                raise self._error(failure, f"{tried}{self._why_no_more(failure, attempts, wait)}.")
            tries = f"try {attempts + 1} of {self._options.retries + 1}"
            events.put((page, f"{failure.reason}; {tries} in {wait:.1f} s"))
            self._wait(failure, wait, sent_at, asked is not None)

    def _attempt(self, page: int) -> Response:
        """Send a request once, in a thread that is abandoned if it takes too long. Raises :class:`RequestFailedError`."""
        received: queue.SimpleQueue[Response | BaseException] = queue.SimpleQueue()

        def get() -> None:
            try:
                received.put(self._http.get(self._url, [*self._params, ("page[number]", str(page))]))
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

    def _why_no_more(self, failure: RequestFailedError, attempts: int, wait: float) -> str:
        """Return why a failure that is retryable is not retried."""
        if not failure.retryable:
            return ""
        if attempts > self._options.retries:
            return f" (retries: {self._options.retries})"
        return f"; the next try, in {wait:.1f} s, would be after the deadline of {self._options.deadline:g} s"

    @staticmethod
    def _error(failure: RequestFailedError, note: str) -> TelnyxError:
        if failure.response:
            return api_error(failure.response, note)
        return TransportError(f"{failure.reason}. {note}", failure.hint)


def _start(target: Callable[..., None], *args: Any) -> None:
    threading.Thread(target=target, args=args, name="telnyx-request", daemon=True).start()


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
