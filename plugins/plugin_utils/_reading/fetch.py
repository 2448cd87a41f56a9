# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records for a plugin that finds no fresh snapshot of the run: from the cache plugin, else from the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...module_utils._errors import ApiError, TransportError
from ...module_utils._text import prefixed
from .._cached_listing import CachedListing, check_cache_options
from .._reading_lease import ReadingLease
from .options import Options, check_options
from .plugin_options import KEY_HINT, display, warn
from .run_cache_writer import Reading
from .snapshot_file import read_connections

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .._records.records import Record


def fetch_records(values: Mapping[str, Any], direct: Collection[str]) -> Reading:
    """Return the connections and the numbers about them: from the API or, with ``cache_scope: plugin``, from another run.

    With a snapshot file they are from that file, and no cache plugin is used.

    ``direct`` are the names of the options that are given directly, and not by a variable or the environment.
    Raises :class:`TelnyxError`.
    """
    options = check_options(values, direct, KEY_HINT)
    check_cache_options(values)
    for warning in options.warnings:
        warn(warning)
    if values.get("cache_scope") != "plugin" or options.include_passwords or options.snapshot_file:
        return _list(options)
    cache = CachedListing(values, options)
    lease = ReadingLease(cache.plugin, cache.key, values)
    try:
        records, age_max = None, values["cache_timeout"]
        if age_max and not values.get("refresh"):
            records = cache.get(age_max)
            if records is None:
                records = lease.wait(lambda: cache.get(age_max))
        if records is not None:
            return _cached_reading(records, options)._replace(age=cache.age)
        reading = _list(options)
        cache.set(reading.records)
    except (TransportError, ApiError) as error:
        return _cached_reading(cache.get_stale(error), options)
    finally:
        lease.release()
    return reading


def _list(options: Options) -> Reading:
    """Return the connections from the snapshot file or the API; the progress is shown at ``-v``."""
    listing = read_connections(options, lambda line: display.v(prefixed(line)))
    for warning in listing.warnings:
        warn(warning)
    return Reading(listing.records, {**listing.meta})


def _cached_reading(records: list[Record], options: Options) -> Reading:
    """Return a listing that another run has read, for which this run sends no request."""
    total = len(records) if options.page_number is None else None  # one page does not tell the number of all
    return Reading(records, {"total_results": total, "pages": 0, "requests": 0, "passes": 0})
