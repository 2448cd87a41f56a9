# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of the API's base URL."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from ...module_utils._errors import OptionError
from .._api.transport import is_loopback
from .argument_spec import DEFAULT_API_URL


def check_api_url(url: str) -> str:
    """Return the API's base URL without a trailing slash.

    The API key is sent to this address. A URL that two parsers could understand differently is refused.
    Raises :class:`OptionError`, which does not show the URL: it may contain a password.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise OptionError("api_url", "is not a URL.") from None
    if parts.scheme not in ("https", "http"):
        raise OptionError("api_url", f"must be an https:// URL, such as {DEFAULT_API_URL}.")
    if "@" in parts.netloc:
        raise OptionError("api_url", "must not contain a user name or password.")
    if re.search(r"[^!-~]|[\\?#]", url):
        raise OptionError(
            "api_url", "must not contain a space, a backslash, a query, a fragment or a non-ASCII character."
        )
    if not _has_valid_host(parts.netloc):
        raise OptionError("api_url", "must contain a valid host, optionally followed by a port.")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise OptionError("api_url", "the port must be from 1 to 65535.")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        message = "plain http:// would send the API key unencrypted; it is only allowed for a loopback address."
        raise OptionError("api_url", message, "Use https://.")
    return url.rstrip("/")


def _has_valid_host(netloc: str) -> bool:
    found = re.fullmatch(r"([A-Za-z0-9._-]+|\[([0-9A-Fa-f:.]+)\])(:[0-9]{1,5})?", netloc)
    try:
        return found is not None and (found[2] is None or bool(ipaddress.IPv6Address(found[2])))
    except ipaddress.AddressValueError:
        return False
