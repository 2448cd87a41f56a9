# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A walk for a plugin: what is done when the run's snapshot is not there."""

from __future__ import annotations

import contextlib
import os
import py_compile
import sys
from collections.abc import Collection, Mapping
from typing import Any

from ansible import constants as C
from ansible.plugins.loader import cache_loader
from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.credential_connections import list_connections
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import (
    ApiError,
    OptionError,
    TelnyxError,
    TransportError,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import Options, check_options
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._cache_entry import EntryError, pack, unpack
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plugin_options import KEY_HINT, display
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._snapshot import Reading, digest_of

Record = dict[str, Any]


def warn(text: str) -> None:
    """Tell the user, in the collection's name."""
    display.warning(f"siptrunk.telnyx: {text}")


# What a lookup imports; a test holds it to the lookup's own list.
COMPILED = tuple(
    f"ansible_collections.siptrunk.telnyx.plugins.{name}"
    for name in ("module_utils._argument_spec", "plugin_utils._plugin_options", "plugin_utils._snapshot")
)


def walk(values: Mapping[str, Any], direct: Collection[str]) -> Reading:
    """Return the connections and the numbers about them, from the API or, with ``cache_scope: plugin``, from an earlier run.

    Raises :class:`TelnyxError`. It leaves the bytecode of what a lookup imports in the run's temporary folder, for later processes.
    """
    if values.get("cache_scope") != "none":
        _compile(COMPILED)
    options = check_options(values, direct, KEY_HINT)
    _check_cache(values)
    for warning in options.warnings:
        warn(warning)
    if values.get("cache_scope") != "plugin" or options.include_passwords:
        return _listed(options)
    cached = _CachedListing(values, options)
    kept = None if values.get("refresh") else cached.get(values["cache_timeout"])
    if kept is not None:
        return _kept(kept, options)
    try:
        reading = _listed(options)
    except (TransportError, ApiError) as error:
        return _kept(_stale(values, cached, error), options)
    cached.set(reading.records)
    return reading


def _kept(records: list[Record], options: Options) -> Reading:
    """A listing of an earlier run, for which this one sent no request."""
    total = len(records) if options.page_number is None else None  # a page does not say how many there are in all
    return Reading(records, {"total_results": total, "pages": 0, "requests": 0, "passes": 0})


def _compile(names: Collection[str]) -> None:
    for name in names:
        source = sys.modules[name].__file__
        if source and source.endswith(".py"):
            with contextlib.suppress(OSError):
                py_compile.compile(source, os.path.join(C.DEFAULT_LOCAL_TMP, f"{name}.pyc"))


def _check_cache(values: Mapping[str, Any]) -> None:
    for name in ("cache_timeout", "stale_if_error"):
        if (values.get(name) or 0) < 0:
            raise OptionError(name, "must be 0 or more seconds.")
    if values.get("stale_if_error") and values.get("cache_scope") != "plugin":
        raise OptionError("stale_if_error", "needs cache_scope: plugin, for only that outlives a run.")


def _listed(options: Options) -> Reading:
    """List the connections; from ``-v`` on, the user sees how it goes."""
    listing = list_connections(options, lambda text: display.v(f"siptrunk.telnyx: {text}"))
    for warning in listing.warnings:
        warn(warning)
    return Reading(listing.records, {**listing.meta})


def _stale(values: Mapping[str, Any], cached: _CachedListing, error: TelnyxError) -> list[Record]:
    """An older listing where the API cannot be reached and the user asked for that; else raise the error."""
    away = isinstance(error, TransportError) or (isinstance(error, ApiError) and error.status >= 500)
    kept = cached.get(values["stale_if_error"]) if away and values["stale_if_error"] else None
    if kept is None:
        raise error
    warn(f"The API cannot be reached, so a listing of {cached.age:.0f} s ago is used (stale_if_error). {error}")
    return kept


class _CachedListing:
    """A listing in the cache plugin that the user has configured for Ansible's facts."""

    def __init__(self, values: Mapping[str, Any], options: Options) -> None:
        self._values, self._options = values, options
        self._plugin: Any = cache_loader.get(C.CACHE_PLUGIN)
        self._key = "siptrunk_telnyx_" + digest_of(values, b"siptrunk.telnyx")
        self.age = 0.0

    def get(self, seconds: float) -> list[Record] | None:
        """The listing, if it is not older than so many seconds. One from the future is no listing."""
        try:
            entry = self._plugin.get(self._key)
        except KeyError:
            return None
        except Exception as exc:  # noqa: BLE001 - whatever the user's plugin raises, the API can be asked
            warn(f"The cache plugin {C.CACHE_PLUGIN} could not be read: {type(exc).__name__}.")
            return None
        if entry is None:
            return None
        try:
            records, self.age = unpack(entry, self._values, self._options)
        except EntryError as reason:
            warn_of_entry(C.CACHE_PLUGIN, reason)
            return None
        return records if 0 <= self.age <= seconds else None

    def set(self, records: list[Record]) -> None:
        """Keep a listing, which has no passwords."""
        try:
            self._plugin.set(self._key, pack(records, self._values))
        except Exception as exc:  # noqa: BLE001 - whatever the user's plugin raises, the listing is good
            warn(f"The cache plugin {C.CACHE_PLUGIN} could not be written: {type(exc).__name__}.")


def warn_of_entry(plugin: str, reason: EntryError) -> None:
    """Warn of a cached listing that is not believed."""
    warn(f"The listing in the cache plugin {plugin} is ignored, for {reason}; the API is asked instead.")
