# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All records of a list endpoint, or an error.

The API pages by offset, so a record that is created or deleted while the pages are read shifts the records after it. Each
pass over the pages is therefore checked, and the pages are read again if the check fails:

* The pass has as many records as ``meta.total_results`` says, the number is the same on every page, and no id is repeated.
* No record was created during the pass. If one was deleted and another one created, the first check alone sees no change.
* If the API returns no ``meta``, and with ``strict``: two consecutive passes agree on every id and ``updated_at``. The
  second one reads the pages in another order, because an account that changes with each request could show the same
  mixture of its states twice.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import IncompleteError, ResponseError
from .response import NOT_THE_API_HINT, Response, json_type, parse_body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._records.records import Record
    from .client import Client, Log

PASSES_MAX = 4

# An account has at most 10,000 connections (source: Telnyx's support articles); more than this is certainly wrong.
CONNECTIONS_MAX = 100_000

_NO_TOTAL = "the API does not report the number of connections"


@dataclass(frozen=True)
class _Page:
    """A page with valid records. The numbers of ``meta`` are ``None`` if the API does not return them."""

    number: int
    records: list[Record]
    total_results: int | None
    total_pages: int | None
    server_time: float | None

    @classmethod
    def of(cls, number: int, response: Response) -> _Page:
        """Return the page in a response. Raises :class:`ResponseError`."""
        body = parse_body(response)
        total_results, total_pages = (_meta_count(body, name) for name in ("total_results", "total_pages"))
        return cls(number, _valid_records(body), total_results, total_pages, response.server_time())


@dataclass(frozen=True)
class Pass:
    """One pass over the pages: the ``number``-th, counted from 1.

    ``total_results``: as the API reports it, or ``None``. ``invalid_reason``: why the records are inconsistent;
    ``unconfirmed_reason``: why another pass must agree with this one.
    """

    records: list[Record]
    pages: int
    total_results: int | None = None
    invalid_reason: str = ""
    unconfirmed_reason: str = ""
    number: int = 1

    def fingerprint(self) -> frozenset[tuple[str, str]]:
        """Return what two passes must agree on."""
        return frozenset((record["id"], str(record.get("updated_at"))) for record in self.records)


class Paginator:
    """Reads the pages of the list."""

    def __init__(self, client: Client, log: Log) -> None:
        self._client = client
        self._log = log

    def read_page(self, number: int) -> Pass:
        """Return one page. Raises the errors of :meth:`Client.fetch`, and :class:`ResponseError` for an invalid page."""
        page = self._fetch(number)
        self._refuse_too_many(page.total_results or 0)
        return Pass(page.records, 1, page.total_results)

    def read_all(self, strict: bool) -> Pass:
        """Return the records of all pages, once a pass is consistent and, with ``strict``, another one agrees with it.

        Raises :class:`IncompleteError` after :data:`PASSES_MAX` passes, the errors of :meth:`Client.fetch`, and
        :class:`ResponseError` for an invalid page.
        """
        previous: Pass | None = None
        upwards, reason = True, ""
        for number in range(1, PASSES_MAX + 1):
            # A pass in reverse does not show by itself that there are no more pages; the previous one does.
            upwards = previous is None or not upwards
            current = self._read_pass() if upwards or previous is None else self._read_in_reverse(previous)
            if current.invalid_reason:
                previous, reason = None, current.invalid_reason
            else:
                agrees = previous is not None and previous.fingerprint() == current.fingerprint()
                if agrees or not (current.unconfirmed_reason or strict):
                    return replace(current, number=number)
                reason = current.unconfirmed_reason or ("this pass differs from the previous one" if previous else "")
                previous = current
            if number < PASSES_MAX:
                self._log(f"pass {number}: {reason or 'complete'}; reading the pages again")
        raise IncompleteError(
            f"The list of connections was not consistent in {PASSES_MAX} passes over its pages. The last one: {reason}.",
            "The account changes while it is read, or the API returns wrong pages: try again when nothing changes it.",
        )

    def _fetch(self, number: int) -> _Page:
        return next(self._client.fetch([number], _Page.of))

    def _read_pass(self) -> Pass:
        """Read the pages from the first to the last: in parallel if the API reports how many there are."""
        first = self._fetch(1)
        if first.total_results is None:
            self._log(f"{_NO_TOTAL}; reading page after page")
            return self._read_to_end(first)
        count = self._page_count(first, first.total_results)
        self._log(f"page 1 of {count} done; connections: {first.total_results}")
        return self._read_pages([first], range(2, count + 1), first.total_results)

    def _read_in_reverse(self, previous: Pass) -> Pass:
        return self._read_pages([], range(previous.pages, 0, -1), previous.total_results)

    def _read_pages(self, known: Sequence[_Page], numbers: Sequence[int], total: int | None) -> Pass:
        """Read the pages with these numbers, and check them together with the pages that are known already."""
        by_number = {page.number: page for page in known}
        count = len(known) + len(numbers)
        for page in self._client.fetch(numbers, _Page.of):
            by_number[page.number] = page
            self._log(f"page {page.number} done: {len(by_number)} of {count}")
            if page.total_results != total:
                counted = "" if total is None else f" from {total}"
                reason = f"the number of connections changed{counted} while the pages were read"
                return Pass([], count, invalid_reason=reason)
        pages = [page for _number, page in sorted(by_number.items())]
        records = [record for page in pages for record in page.records]
        if total is None:
            unconfirmed = _NO_TOTAL
        else:
            created = _created_while_reading(records, [page.server_time for page in pages]) if count > 1 else 0
            unconfirmed = f"connections created while the pages were read: {created}" if created else ""
        return Pass(records, count, total, _count_mismatch(records, total), unconfirmed)

    def _read_to_end(self, first: _Page) -> Pass:
        """Read one page after another until one is empty or shorter than the first: only that shows the end without ``meta``.

        A first page that is shorter than requested shows nothing, because the server may limit the page size.
        """
        page, count = first, 1
        records = list(first.records)
        ids = {record["id"] for record in records}
        while page.records and len(page.records) >= len(first.records):
            count += 1
            page = self._fetch(count)
            self._log(f"page {count} done")
            records += page.records
            known = len(ids)
            ids.update(record["id"] for record in page.records)
            self._refuse_too_many(len(ids))
            if len(ids) - known < len(page.records):
                return Pass([], count, invalid_reason=f"page {count} repeats connections of earlier pages")
        return Pass(records, count, None, _count_mismatch(records, None), _NO_TOTAL)

    def _page_count(self, first: _Page, total: int) -> int:
        """Return how many pages to read, by the number of records on the first one: the server may limit the page size."""
        self._refuse_too_many(total)
        size = len(first.records)
        needed = math.ceil(total / size) if size else 1
        total_pages = first.total_pages or 1
        if total_pages > max(total, 1):
            raise ResponseError("The API reports more pages than connections, which is impossible.", NOT_THE_API_HINT)
        return max(needed, total_pages)

    def _refuse_too_many(self, count: int) -> None:
        if count > CONNECTIONS_MAX:
            raise ResponseError(
                f"The API reports more than {CONNECTIONS_MAX:,} connections. An account has at most 10,000.",
                NOT_THE_API_HINT,
            )


def _count_mismatch(records: Sequence[Record], total: int | None) -> str:
    """Return why these cannot be all records, or an empty string. ``total`` is what the API reports, or ``None``."""
    ids = {record["id"] for record in records}
    if len(ids) < len(records):
        return f"connections that appear twice: {len(records) - len(ids)}"
    if total is not None and len(records) != total:
        return f"connections read: {len(records)}, but the API reports {total}"
    return ""


def _created_while_reading(records: Sequence[Record], server_times: Sequence[float | None]) -> int:
    """Return how many records were created while the pages were read, by the server's clock.

    ``server_times`` are those of the pages, as Unix times in seconds; 0 is returned if the server does not send all of them.
    """
    known = [each for each in server_times if each is not None]
    if len(known) < len(server_times):
        return 0
    start, end = (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(each)) for each in (min(known), max(known) + 1))
    return sum(start <= str(record.get("created_at"))[:19] <= end for record in records)


def _meta_count(body: dict[str, Any], name: str) -> int | None:
    """Return a number of ``meta``, or ``None`` if it is missing. Raises :class:`ResponseError` for any other value."""
    meta = body.get("meta")
    value = meta.get(name) if isinstance(meta, dict) else None
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    # Some JSON writers make 4.0 of 4.
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if whole and not isinstance(value, bool) and value >= 0:
        return int(value)
    raise ResponseError(
        # The value is left out: it could be anything that the server has, even a password.
        f"meta.{name} is a JSON {json_type(value)} that is not a count.",
        NOT_THE_API_HINT,
    )


def _valid_records(body: dict[str, Any]) -> list[Record]:
    """Return the records of a page: objects with an id, which becomes a string. Raises :class:`ResponseError`."""
    data = body.get("data")
    if not isinstance(data, list):
        problem = "is missing" if "data" not in body else "is not a list"
        raise ResponseError(f"data {problem}.", NOT_THE_API_HINT)
    for place, record in enumerate(data, 1):
        if not isinstance(record, dict):
            raise ResponseError(f"element {place} of data is not an object.", NOT_THE_API_HINT)
        identity = record.get("id")
        if isinstance(identity, int) and not isinstance(identity, bool):
            identity = record["id"] = str(identity)
        if not isinstance(identity, str) or not identity:
            raise ResponseError(f"element {place} of data has no id.", NOT_THE_API_HINT)
    return data
