# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A listing as it is kept in a cache plugin, and what is believed of it when it comes back.

Others may write to a cache: files of mode 0644, a Redis server of a whole team. So an entry is one JSON text, which no
decoder of a cache gives a meaning, with an authentication code that only a holder of the API key can compute, and what is
in it is checked as what the API sends.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.listing import matches
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import (
    PASSWORD_STATUSES,
    harmless_keys,
    without_secrets,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plain_types import require_finite
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._snapshot import digest_of

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import Options

Record = dict[str, Any]
Entry = dict[str, str]


class EntryError(Exception):
    """An entry of a cache cannot be believed; the text says why."""


def pack(records: list[Record], values: Mapping[str, Any]) -> Entry:
    """Make an entry of a listing that the options ``values``, the API key among them, led to. It holds no password."""
    listing = json.dumps({"made": time.time(), "records": without_secrets(records)})
    return {"listing": listing, "code": _code(listing, values)}


def unpack(entry: Any, values: Mapping[str, Any], options: Options) -> tuple[list[Record], float]:
    """Return the records of an entry and its age in seconds, negative for one from the future.

    Raises :class:`EntryError`, with the reason, for an entry that cannot be believed.
    """
    listing, code = (entry.get("listing"), entry.get("code")) if isinstance(entry, Mapping) else (None, None)
    if not isinstance(listing, str) or not isinstance(code, str):
        raise EntryError("it is no entry of this version of the collection")
    if not hmac.compare_digest(code.encode("utf-8", "replace"), _code(listing, values).encode()):
        raise EntryError("it was not written with this API key, or was changed since")
    try:
        kept = json.loads(listing, parse_float=_finite, parse_constant=_no_number)
        made, records = float(kept["made"]), kept["records"]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise EntryError("its text is no listing") from None
    return checked(records, options), time.time() - made


def checked(records: Any, options: Options) -> list[Record]:
    """Return records from a cache without secrets, once they are what the API could have led to. Raises :class:`EntryError`."""
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise EntryError("it is no list of connections")
    ids = [record.get("id") for record in records]
    if not all(isinstance(identity, str) and identity for identity in ids):
        raise EntryError("a connection has no id")
    if len(set(ids)) < len(ids):
        raise EntryError("a connection is in it twice")
    if not all(record.get("password_status") in PASSWORD_STATUSES for record in records):
        raise EntryError("a connection has no password_status")
    if not all(matches(record, options) for record in records):
        raise EntryError("a connection does not match the filters")
    # An option may ask for passwords, but then no cache is asked.
    cleaned: list[Record] = [harmless_keys(without_secrets(record)) for record in records]
    return cleaned


def _code(listing: str, values: Mapping[str, Any]) -> str:
    """The authentication code of a text, by a key that is derived from the API key and the other options."""
    key = digest_of(values, b"siptrunk.telnyx cached listing").encode()
    return hmac.new(key, listing.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _finite(text: str) -> float:
    return require_finite(float(text))


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
