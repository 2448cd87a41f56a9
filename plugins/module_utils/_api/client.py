# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of the list endpoint, in parallel, tried again where that may help, all within one deadline."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Callable, Union

from .._errors import ResponseError, TelnyxError, TransportError
from .key_redaction import quoter
from .response import RETRIED, Response, api_error, parse_body, status_text, until_reset, wait_asked_for
from .throttle import Stopped, Throttle, backoff
from .transport import Fault, HttpSession, Params

if TYPE_CHECKING:
    from .._options import Options

PATH = "/credential_connections"

Log = Callable[[str], None]


class Page:
    """One page as it came: its number, the JSON object, and the server's clock (Unix time in seconds) if known."""

    def __init__(self, number: int, body: dict[str, Any], date: float | None) -> None:
        self.number = number
        self.body = body
        self.date = date


_Outcome = Union[tuple[int, Response], BaseException, str]


class Client:
    """Reads pages; one for each listing, and its deadline runs from its making.

    Every request is made in a daemon thread while the caller's waits for the outcomes: so the deadline holds, whatever
    hangs (name resolution, a handshake, headers that trickle), and ``log`` is only called in the caller's thread.
    """

    def __init__(self, options: Options, params: Params, log: Log) -> None:
        self._options = options
        self._params = params
        self._url = options.api_url + PATH
        self._log = log
        self._quote = quoter(options.api_key)
        self._http = HttpSession(options)
        self._throttle = Throttle(options.concurrency)
        self._started = time.monotonic()
        self._last_fault = ""
        self._count = threading.Lock()
        self.requests = 0

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._throttle.stop()
        self._http.close()

    def pages(self, numbers: Iterable[int]) -> Iterator[Page]:
        """Give the pages of these numbers, in the order in which they come.

        Raises :class:`TransportError`, :class:`ApiError` or :class:`ResponseError` for the first page that fails.
        """
        todo: queue.SimpleQueue[int] = queue.SimpleQueue()
        done: queue.SimpleQueue[_Outcome] = queue.SimpleQueue()
        missing = 0
        for number in numbers:
            todo.put(number)
            missing += 1
        for _worker in range(min(missing, self._options.concurrency)):
            threading.Thread(target=self._work, args=(todo, done), name="telnyx-page", daemon=True).start()
        try:
            while missing:
                outcome = self._next(done)
                if isinstance(outcome, str):
                    self._log(outcome)
                elif isinstance(outcome, tuple):
                    missing -= 1
                    yield self._page(*outcome)
                else:
                    raise outcome
        finally:
            _drain(todo)

    def _next(self, done: queue.SimpleQueue[_Outcome]) -> _Outcome:
        try:
            return done.get(timeout=max(0.0, self._left()))
        except queue.Empty:
            fault = f" The last trouble: {self._last_fault}." if self._last_fault else ""
            raise TransportError(
                f"GET {self._url}: not done within the deadline of {self._options.deadline:g} s, "
                f"after {self.requests} requests.{fault}",
                "Raise deadline, or find out why the API is slow from here.",
            ) from None

    def _left(self) -> float:
        return self._started + self._options.deadline - time.monotonic()

    def _work(self, todo: queue.SimpleQueue[int], done: queue.SimpleQueue[_Outcome]) -> None:
        try:
            while True:
                number = todo.get_nowait()
                # The caller's thread parses, so that this one has its next request on the way meanwhile.
                done.put((number, self._try(number, done)))
        except (queue.Empty, Stopped):
            return
        except BaseException as exc:  # noqa: BLE001 - it is raised again in the caller's thread
            done.put(exc)

    def _page(self, number: int, response: Response) -> Page:
        try:
            return Page(number, parse_body(response, self._quote), response.date())
        except ResponseError as error:
            raise self._about(number, error) from None

    def _about(self, number: int, error: TelnyxError) -> TelnyxError:
        error.message = f"GET {self._url} (page {number}): {error.message}"
        return error

    def _try(self, number: int, done: queue.SimpleQueue[_Outcome]) -> Response:
        """Ask for a page until it comes or another try is of no use."""
        started = time.monotonic()
        tries = 0
        while True:
            tries += 1
            outcome, sent_at = self._send(number)
            if isinstance(outcome, Response):
                if outcome.status == 200:
                    self._heed_limit(outcome)
                    return outcome
                again = outcome.status in RETRIED
                trouble = f"HTTP {status_text(outcome.status)}"
                asked = wait_asked_for(outcome, time.time())
            else:
                again, trouble, asked = outcome.passing, outcome.reason, None
            self._last_fault = trouble
            wait = backoff(tries) if asked is None else asked + random.uniform(0, min(1.0, asked / 10))
            effort = f"Tried {_times(tries)} in {time.monotonic() - started:.1f} s"
            if not again:
                raise self._error(outcome, number, "" if isinstance(outcome, Response) else f"{effort}.")
            if tries > self._options.retries:
                raise self._error(outcome, number, f"{effort} (retries: {self._options.retries}).")
            if wait >= self._left():
                raise self._error(
                    outcome,
                    number,
                    f"{effort}; the next try, in {wait:.1f} s, would be past the deadline of "
                    f"{self._options.deadline:g} s.",
                )
            done.put(f"page {number}: {trouble}; try {tries + 1} of {self._options.retries + 1} in {wait:.1f} s")
            self._wait(outcome, asked, wait, sent_at)

    def _send(self, number: int) -> tuple[Response | Fault, float]:
        params = [*self._params, ("page[number]", str(number))]
        with self._throttle.slot() as sent_at:
            with self._count:
                self.requests += 1
            try:
                return self._http.get(self._url, params, lambda: self._throttle.stopped), sent_at
            except Fault as fault:
                return fault, sent_at
            except TelnyxError as error:
                raise self._about(number, error) from None

    def _wait(self, outcome: Response | Fault, asked: float | None, wait: float, sent_at: float) -> None:
        limited = isinstance(outcome, Response) and outcome.status == 429
        if limited:
            self._throttle.narrow(sent_at)
        if limited or asked is not None:
            # What the server asks of one request, it asks of all.
            self._throttle.pause(wait)
        else:
            self._throttle.sleep(wait)

    def _heed_limit(self, response: Response) -> None:
        """Having met the rate limit once, do not run into it again: wait for the reset when none remain."""
        if self._throttle.narrowed and response.headers.get("x-ratelimit-remaining", "").strip() == "0":
            seconds = until_reset(response, time.time())
            if seconds is not None and seconds < self._left():
                self._throttle.pause(seconds)

    def _error(self, outcome: Response | Fault, number: int, effort: str) -> TelnyxError:
        if isinstance(outcome, Response):
            error: TelnyxError = api_error(outcome, self._quote)
        else:
            error = TransportError(f"{outcome.reason}.", "Check api_url, the network, and the proxy and TLS settings.")
        if effort:
            error.message += f" {effort}"
        return self._about(number, error)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _drain(todo: queue.SimpleQueue[int]) -> None:
    """Leave the workers nothing more to do."""
    try:
        while True:
            todo.get_nowait()
    except queue.Empty:
        return
