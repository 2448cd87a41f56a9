# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A listing in an Ansible cache plugin, which keeps it after the run.

Others may write to a cache: a whole team may share a folder or a Redis server. Therefore an entry is a JSON text, which no
decoder of a cache plugin interprets, with an authentication code (HMAC) that only a holder of the API key can compute. Its
records are checked like those of the API.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.credential_connections import matches
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections import strict_json
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import (
    checked_records,
    without_secrets,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import (
    ApiError,
    OptionError,
    TelnyxError,
    TransportError,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._cache_plugin import CachePlugin
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plugin_options import warn
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._run_snapshot import cache_key

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import Record
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import Options

# The text, by its kind ("listing" or "lease"), and its authentication code as "code".
Entry = dict[str, str]


class EntryError(Exception):
    """An entry of a cache is not accepted; the text is the reason, as a clause after "because"."""


def check_cache_options(values: Mapping[str, Any]) -> None:
    """Check the options about caches. Raises :class:`OptionError`."""
    for name in ("cache_timeout", "stale_if_error"):
        if (values.get(name) or 0) < 0:
            raise OptionError(name, "must be 0 or more seconds.")
    if values.get("cache_scope") != "plugin":
        if values.get("stale_if_error"):
            raise OptionError(
                "stale_if_error", "needs cache_scope: plugin, because no other cache is kept after the run."
            )
        if values.get("cache_plugin") is not None:
            raise OptionError("cache_plugin", "needs cache_scope: plugin.")
    if values.get("cache_connection") is not None and values.get("cache_plugin") is None:
        raise OptionError(
            "cache_connection", "needs cache_plugin, because the cache for facts has a connection of its own."
        )


class CachedListing:
    """The listing that the options select, in the cache plugin.

    ``values`` are the options as Ansible resolved them, the API key included; ``options`` are the same, checked.
    """

    def __init__(self, values: Mapping[str, Any], options: Options) -> None:
        self._values, self._options = values, options
        self.plugin = CachePlugin(values.get("cache_plugin"), values.get("cache_connection"), options.timeout)
        self.key = "siptrunk_telnyx_" + cache_key(values, b"siptrunk.telnyx")
        self.age = 0.0

    def get(self, age_max: float) -> list[Record] | None:
        """Return the records if they are cached and at most ``age_max`` seconds old, and not from the future."""
        entry = self.plugin.get(self.key)
        if entry is None:
            return None
        try:
            records, self.age = unpack(entry, self._values, self._options)
        except EntryError as reason:
            warn_of_ignored_entry(self.plugin.name, reason)
            return None
        return records if 0 <= self.age <= age_max else None

    def get_stale(self, error: TelnyxError) -> list[Record]:
        """Return records that are at most ``stale_if_error`` seconds old, or raise ``error`` if there are none.

        ``error`` is also raised unless it says that the server cannot be reached, or that it returned a status of 500 or more.
        """
        is_unavailable = isinstance(error, TransportError) or (isinstance(error, ApiError) and error.status >= 500)
        age_max = self._values["stale_if_error"]
        records = self.get(age_max) if is_unavailable and age_max else None
        if records is None:
            raise error
        warn(f"The API cannot be reached, so a listing of {self.age:.0f} s ago is used (stale_if_error). {error}")
        return records

    def set(self, records: list[Record]) -> None:
        """Cache the records, without their passwords. A failure is a warning."""
        self.plugin.set(self.key, pack(records, self._values))


def pack(records: list[Record], values: Mapping[str, Any]) -> Entry:
    """Return the entry of a listing, without passwords; ``values`` are the options that selected it, the API key included."""
    listing = json.dumps({"created": time.time(), "records": without_secrets(records)})
    return authenticated("listing", listing, values)


def unpack(entry: Any, values: Mapping[str, Any], options: Options) -> tuple[list[Record], float]:
    """Return the records of an entry and its age in seconds, which is negative for one from the future.

    Raises :class:`EntryError` for an entry that another key or other options wrote, or that was changed.
    """
    listing = authentic_text("listing", entry, values)
    try:
        content = strict_json.loads(listing)
        created, records = float(content["created"]), content["records"]
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise EntryError("its text is not a listing") from None
    return check_records(records, options), time.time() - created


def check_records(records: Any, options: Options) -> list[Record]:
    """Return the records of an entry without secrets, if they are valid records of the API. Raises :class:`EntryError`."""
    try:
        cleaned = checked_records(records)  # with include_passwords no cache plugin is read
    except ValueError as reason:
        raise EntryError(str(reason)) from None
    if not all(matches(record, options) for record in cleaned):
        raise EntryError("a connection does not match the filters")
    return cleaned


def warn_of_ignored_entry(plugin: str, reason: EntryError) -> None:
    """Warn that an entry of the cache plugin is not used."""
    warn(f"The listing in the cache plugin {plugin} is ignored, because {reason}; the account is read from the API.")


def authenticated(kind: str, text: str, values: Mapping[str, Any]) -> Entry:
    """Return the entry for a text; ``kind`` tells entries apart, and ``values`` are the options, the API key included."""
    return {kind: text, "code": _code(kind, text, values)}


def authentic_text(kind: str, entry: Any, values: Mapping[str, Any]) -> str:
    """Return the text of an entry that :func:`authenticated` returned for this kind and these options.

    Raises :class:`EntryError` for any other value.
    """
    text, code = (entry.get(kind), entry.get("code")) if isinstance(entry, Mapping) else (None, None)
    if not isinstance(text, str) or not isinstance(code, str):
        raise EntryError("it is not an entry of this version of the collection")
    if not hmac.compare_digest(code.encode("utf-8", "replace"), _code(kind, text, values).encode()):
        raise EntryError("it was not written with this API key, or was changed since")
    return text


def _code(kind: str, text: str, values: Mapping[str, Any]) -> str:
    """Return the authentication code (HMAC) of a text; its key is derived from the API key and the other options."""
    key = cache_key(values, f"siptrunk.telnyx cached {kind}".encode()).encode()
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
