# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account's credential connections: the endpoint with its parameters and filters, and the records as users get them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import ResponseError, TelnyxError
from .._records.records import Record, to_user_record
from .._records.selection import in_order, may_be_listed
from .client import Client, Log
from .key_redaction import without_key
from .pagination import Paginator

if TYPE_CHECKING:
    from .listing_options import ListingOptions

PATH = "/credential_connections"
DEFAULT_SORT = "created_at"


@dataclass(frozen=True)
class Listing:
    """What was read.

    ``records`` are as users get them. ``total_results``: how many connections match the filters, on all pages; ``pages``:
    of one pass; ``requests``: sent, retries included; ``passes``: over all pages, until one was accepted.
    ``api_url``: where the account was read. ``read_at``: when (ISO 8601), if that was for a snapshot file, else ``None``.
    """

    records: list[Record]
    total_results: int
    pages: int
    requests: int
    passes: int
    api_url: str
    read_at: str | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def meta(self) -> dict[str, Any]:
        """What users get to know about the listing: numbers, and ``read_at`` if it is from a snapshot file."""
        numbers = {name: getattr(self, name) for name in ("total_results", "pages", "requests", "passes")}
        return numbers if self.read_at is None else {**numbers, "read_at": self.read_at}


def list_connections(options: ListingOptions, log: Log) -> Listing:
    """Read the connections that the options ask for; ``log`` is called with each line about the progress.

    Raises :class:`IncompleteError`, :class:`TransportError`, :class:`ApiError`, :class:`ResponseError` or
    :class:`MissingLibraryError`. Neither an error, nor a log line, nor a warning contains the API key.
    """
    key = options.api_key
    try:
        return _list_connections(options, lambda line: log(without_key(line, key)))
    except TelnyxError as error:
        raise error.with_strings(lambda text: without_key(text, key)) from None


def _list_connections(options: ListingOptions, log: Log) -> Listing:
    started = time.monotonic()
    one_page = options.page_number is not None
    with Client(options, PATH, _parameters(options), log) as client:
        paginator = Paginator(client, log)
        strict = options.consistency == "strict"
        found = paginator.read_all(strict) if options.page_number is None else paginator.read_page(options.page_number)
    matching, warnings = _apply_filters(found.records, options)
    if not one_page:
        matching = in_order(matching, options.sort or DEFAULT_SORT)
    log(
        f"connections: {len(matching)}, pages: {found.pages}, requests: {client.requests}, "
        f"in {time.monotonic() - started:.1f} s"
    )
    return Listing(
        records=[to_user_record(record, options.include_passwords) for record in matching],
        total_results=found.total_results if one_page and found.total_results is not None else len(matching),
        pages=found.pages,
        requests=client.requests,
        passes=found.number,
        api_url=options.api_url,
        warnings=warnings,
    )


def _parameters(options: ListingOptions) -> list[tuple[str, str]]:
    """Return the parameters of every page (source: the published API reference, "List credential connections")."""
    params = [("page[size]", str(options.page_size)), ("sort", options.sort or DEFAULT_SORT)]
    if options.connection_name_contains is not None:
        params.append(("filter[connection_name][contains]", options.connection_name_contains))
    if options.outbound_voice_profile_id is not None:
        params.append(("filter[outbound.outbound_voice_profile_id]", options.outbound_voice_profile_id))
    return params


def _apply_filters(records: list[Record], options: ListingOptions) -> tuple[list[Record], list[str]]:
    """Return the records that match the filters, because a server may ignore a filter, and warnings about others.

    Raises :class:`ResponseError` for a single page: the records that it should have are on other pages then.
    """
    contains, profile = options.connection_name_contains, options.outbound_voice_profile_id
    matching = [record for record in records if may_be_listed(record, contains, profile)]
    non_matching = len(records) - len(matching)
    if not non_matching:
        return matching, []
    if options.page_number is not None:
        raise ResponseError(
            f"The API ignored a filter: {non_matching} of the {len(records)} connections on the page do not match it.",
            "Omit page_number: the connections that match can be selected from the complete list.",
        )
    warning = (
        f"The API ignored a filter: {non_matching} of {len(records)} connections did not match it and were removed."
    )
    return matching, [warning]
