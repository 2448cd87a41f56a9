# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account's credential connections: all of them, or an error.

The endpoint pages by offset, so a connection that comes or goes while the pages are read shifts the ones behind it. A
walk through the pages is therefore checked, and made again where it does not hold together:

* as many records as ``meta.total_results`` says, the same number on every page, and no id twice;
* no record made while the walk lasted: with the two above, this notices one deleted and one inserted as well;
* where the API gives no ``meta``, and with ``strict``: two walks in a row agree on every id and ``updated_at``. The second
  reads the pages in another order: an account that changes in step with the requests would otherwise show the same
  mixture of its states twice.
"""

from __future__ import annotations

import math
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._connections.records import Record, shown
from .._errors import IncompleteError, ResponseError
from .._garbage_collection import gc_paused
from .client import Client, Log, Page
from .key_redaction import errors_without_key, without_key
from .response import json_type

if TYPE_CHECKING:
    from .._options import Options

WALKS_MAX = 4

# An account holds 10,000 connections at most (source: Telnyx's support articles); more than this is nonsense.
CONNECTIONS_MAX = 100_000

DEFAULT_SORT = "created_at"

_NO_TOTAL = "the API does not say how many connections there are"


@dataclass
class Listing:
    """What was read.

    ``records`` are as users get them. ``total_results``: how many connections the filters let through in all;
    ``pages``: of one pass; ``requests``: sent, retries included; ``passes``: over all pages, until one was accepted.
    """

    records: list[Record]
    total_results: int
    pages: int
    requests: int
    passes: int
    warnings: list[str] = field(default_factory=list)

    @property
    def meta(self) -> dict[str, int]:
        """The numbers about the listing, for users."""
        return {name: getattr(self, name) for name in ("total_results", "pages", "requests", "passes")}


@dataclass
class _Walk:
    """One pass through the pages.

    ``invalid_reason``: why the records are inconsistent; ``unconfirmed_reason``: why another pass must agree first;
    ``reverse``: from the last page to the first.
    """

    records: list[Record]
    pages: int
    total: int | None = None
    invalid_reason: str = ""
    unconfirmed_reason: str = ""
    reverse: bool = False

    def fingerprint(self) -> frozenset[tuple[str, str]]:
        return frozenset((record["id"], str(record.get("updated_at"))) for record in self.records)


def list_connections(options: Options, log: Log) -> Listing:
    """Read the connections that the options ask for; ``log`` is told, line by line, what goes on.

    Raises :class:`IncompleteError`, :class:`TransportError`, :class:`ApiError`, :class:`ResponseError` or
    :class:`MissingLibraryError`.
    """
    key = options.api_key
    with errors_without_key(key):
        listing = _list_connections(options, lambda line: log(without_key(line, key)))
    listing.warnings = [without_key(warning, key) for warning in listing.warnings]
    return listing


def _list_connections(options: Options, log: Log) -> Listing:
    started = time.monotonic()
    with gc_paused(), Client(options, _params(options), log) as client:
        if options.page_number is not None:
            walk, passes = _one_page(client, options.page_number), 1
        else:
            walk, passes = _settled_walk(client, options, log)
        warnings = list(options.warnings)
        records = _filtered(walk.records, options, warnings)
        log(
            f"connections: {len(records)}, pages: {walk.pages}, requests: {client.requests}, "
            f"in {time.monotonic() - started:.1f} s"
        )
        return Listing(
            records=[shown(record, options.include_passwords) for record in records],
            total_results=len(records) if options.page_number is None or walk.total is None else walk.total,
            pages=walk.pages,
            requests=client.requests,
            passes=passes,
            warnings=warnings,
        )


def _params(options: Options) -> list[tuple[str, str]]:
    """The query parameters of every page (source: the published API reference, "List credential connections")."""
    params = [("page[size]", str(options.page_size)), ("sort", options.sort or DEFAULT_SORT)]
    if options.connection_name_contains is not None:
        params.append(("filter[connection_name][contains]", options.connection_name_contains))
    if options.outbound_voice_profile_id is not None:
        params.append(("filter[outbound.outbound_voice_profile_id]", options.outbound_voice_profile_id))
    return params


def _one_page(client: Client, number: int) -> _Walk:
    page = next(client.pages([number]))
    total = _count(page, "total_results")
    _refuse_too_many(total or 0)
    return _Walk(_records(page), pages=1, total=total)


def _settled_walk(client: Client, options: Options, log: Log) -> tuple[_Walk, int]:
    """Walk until the walk can be believed."""
    before: _Walk | None = None
    trouble = ""
    for number in range(1, WALKS_MAX + 1):
        walk = _walk(client, log) if before is None or before.reverse else _walk_in_reverse(client, before, log)
        if walk.invalid_reason:
            before, trouble = None, walk.invalid_reason
        else:
            agrees = before is not None and before.fingerprint() == walk.fingerprint()
            if agrees or not (walk.unconfirmed_reason or options.consistency == "strict"):
                return walk, number
            trouble = walk.unconfirmed_reason or ("this walk differs from the one before" if before else "")
            before = walk
        if number < WALKS_MAX:
            log(f"walk {number}: {trouble or 'read whole'}; walking again")
    raise IncompleteError(
        f"The list of connections could not be read whole in {WALKS_MAX} walks of its pages. The last: {trouble}.",
        "The account changes while it is read, or the API pages wrongly: try again when it is quiet.",
    )


def _walk(client: Client, log: Log) -> _Walk:
    first = next(client.pages([1]))
    total = _count(first, "total_results")
    if total is None:
        log("the API does not say how many connections there are; reading page after page")
        return _walk_to_the_end(client, first, log)
    count = _page_count(first, total)
    log(f"page 1 of {count} done; connections: {total}")
    return _rest(client, {1: first}, range(2, count + 1), total, log)


def _walk_in_reverse(client: Client, before: _Walk, log: Log) -> _Walk:
    """Read the pages of the walk before, the last one first.

    Only together with that walk does it prove that there are no more pages.
    """
    walk = _rest(client, {}, _reverse_order(before.pages), before.total, log)
    walk.reverse = True
    return walk


def _reverse_order(pages: int) -> list[int]:
    """The pages from the last to the first, and the last one twice more in the middle.

    One after another, page p of n is so read again 2(n-p)+1 requests later, or 2(n-p)+3 for the first half: never an even
    number, and never n. So no page is in the same state again where an account goes through 2, 4, ... or n states.
    """
    half = pages // 2
    repeated = [pages, pages] if pages > 1 else []
    return [*range(pages, pages - half, -1), *repeated, *range(pages - half, 0, -1)]


def _rest(client: Client, by_number: dict[int, Page], numbers: Sequence[int], total: int | None, log: Log) -> _Walk:
    """Read the pages of these numbers in addition to those that are there, and check all of them together."""
    count = len({*by_number, *numbers})
    for page in client.pages(numbers):
        again = by_number.get(page.number)
        by_number[page.number] = page
        log(f"page {page.number} done: {len(by_number)} of {count}")
        if _count(page, "total_results") != total:
            counted = "" if total is None else f" from {total}"
            return _Walk(
                [], count, invalid_reason=f"the number of connections changed{counted} while the pages were read"
            )
        if again is not None and _records(again) != _records(page):
            return _Walk([], count, invalid_reason=f"page {page.number} changed while the pages were read")
    pages = [by_number[number] for number in sorted(by_number)]
    walk = _Walk([record for page in pages for record in _records(page)], count, total)
    walk.invalid_reason = _miscount(walk.records, len(walk.records) if total is None else total)
    if total is None:
        walk.unconfirmed_reason = _NO_TOTAL
    elif count > 1:
        walk.unconfirmed_reason = _newcomer(walk.records, pages)
    return walk


def _walk_to_the_end(client: Client, first: Page, log: Log) -> _Walk:
    """Read on until an empty page, or one shorter than the first: only that proves the end where ``meta`` is missing.

    A first page shorter than was asked for proves nothing, for the server may cap the size of a page.
    """
    walk = _Walk(_records(first), pages=1)
    size = len(walk.records)
    ids = {record["id"] for record in walk.records}
    fresh = size
    while fresh and fresh >= size:
        page = next(client.pages([walk.pages + 1]))
        records = _records(page)
        fresh = len(records)
        log(f"page {page.number} done")
        walk.pages += 1
        walk.records += records
        known = len(ids)
        ids.update(record["id"] for record in records)
        _refuse_too_many(len(ids))
        if len(ids) - known < fresh:
            walk.invalid_reason = f"page {page.number} names connections that pages before it named"
            return walk
    walk.invalid_reason = _miscount(walk.records, len(walk.records))
    walk.unconfirmed_reason = _NO_TOTAL
    return walk


def _page_count(first: Page, total: int) -> int:
    """How many pages to read: by the records that really are on the first, for a server may cap a page's size."""
    _refuse_too_many(total)
    size = len(_records(first))
    needed = math.ceil(total / size) if size else 1
    told = _count(first, "total_pages") or 1
    if told > max(total, 1):
        raise ResponseError("The API says that there are more pages than connections, which cannot be.", _NOT_THE_API)
    return max(needed, told)


_NOT_THE_API = "Something other than the API may be answering: check api_url and the proxy."


def _refuse_too_many(count: int) -> None:
    if count > CONNECTIONS_MAX:
        raise ResponseError(
            f"The API says that there are more than {CONNECTIONS_MAX:,} connections; an account holds 10,000 at most.",
            _NOT_THE_API,
        )


def _count(page: Page, name: str) -> int | None:
    """A number of ``meta``, or ``None`` where it is missing. Raises :class:`ResponseError` where it is no count."""
    meta = page.body.get("meta")
    value = meta.get(name) if isinstance(meta, dict) else None
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ResponseError(
        # Without the value: it could be anything that the server holds, a password too.
        f"Page {page.number}: meta.{name} is a JSON {json_type(value)} that is not a count.",
        _NOT_THE_API,
    )


def _records(page: Page) -> list[Record]:
    """The records of a page, checked for what everything else relies on: objects, each with an id."""
    data = page.body.get("data")
    if not isinstance(data, list):
        what = "is missing" if "data" not in page.body else "is not a list"
        raise ResponseError(f"Page {page.number}: the answer's data {what}.", _NOT_THE_API)
    for place, record in enumerate(data, 1):
        if not isinstance(record, dict):
            raise ResponseError(f"Page {page.number}: element {place} of data is not an object.", _NOT_THE_API)
        identity = record.get("id")
        if isinstance(identity, int) and not isinstance(identity, bool):
            identity = record["id"] = str(identity)
        if not isinstance(identity, str) or not identity:
            raise ResponseError(f"Page {page.number}: element {place} of data has no id.", _NOT_THE_API)
    return data


def _miscount(records: list[Record], total: int) -> str:
    ids = {record["id"] for record in records}
    if len(ids) < len(records):
        return f"connections named twice: {len(records) - len(ids)}"
    if len(records) != total:
        return f"connections read: {len(records)}, but the API counts {total}"
    return ""


def _newcomer(records: list[Record], pages: list[Page]) -> str:
    """Look for a connection that was made while the pages were read, by the server's clock."""
    dates = [page.date for page in pages]
    if None in dates:
        return ""
    known = [date for date in dates if date is not None]
    start, end = (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) for moment in (min(known), max(known) + 1))
    made = sum(start <= str(record.get("created_at"))[:19] <= end for record in records)
    return f"connections made while the pages were read: {made}" if made else ""


def _filtered(records: list[Record], options: Options, warnings: list[str]) -> list[Record]:
    """Hold the records to the filters, for a server may have ignored one.

    Raises :class:`ResponseError` for a single page, from which the right records cannot be had then.
    """
    matching = [record for record in records if matches(record, options)]
    strangers = len(records) - len(matching)
    if strangers and options.page_number is not None:
        raise ResponseError(
            f"The API ignored a filter: {strangers} of the {len(records)} connections on the page do not match it.",
            "Leave page_number out: from the whole list, the matching ones can be told.",
        )
    if strangers:
        warnings.append(
            f"The API ignored a filter: {strangers} of {len(records)} connections did not match it and were left out."
        )
    return matching


def matches(record: Record, options: Options) -> bool:
    """Whether a record is one that the filters among the options let through."""
    contains, profile = options.connection_name_contains, options.outbound_voice_profile_id
    if contains is not None and _folded(contains) not in _folded(str(record.get("connection_name") or "")):
        return False
    if profile is None:
        return True
    outbound = record.get("outbound")
    found = outbound.get("outbound_voice_profile_id") if isinstance(outbound, dict) else None
    return found is not None and str(found).lstrip("0") == profile.lstrip("0")


def _folded(text: str) -> str:
    """Text without case and accents: what the server's collation takes as equal must not be thrown away here."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
