# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of a URL to which a secret is sent, such as the API's base URL."""

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
    Raises :class:`OptionError`.
    """
    check_secret_url(url, "api_url", "the API key", DEFAULT_API_URL)
    return url.rstrip("/")


def check_secret_url(url: str, option: str, secret: str, example: str, *, query: bool = False) -> None:
    """Check a URL to which a secret is sent, or which is secret itself; its ``query`` is refused unless it may have one.

    ``secret`` is what it is, for messages, which do not show the URL. Raises :class:`OptionError` with the name ``option``.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise OptionError(option, "is not a URL.") from None
    if parts.scheme not in ("https", "http"):
        raise OptionError(option, f"must be an https:// URL, such as {example}.")
    if "@" in parts.netloc:
        raise OptionError(option, "must not contain a user name or password.")
    if re.search(r"[^!-~]|[\\#]", url) or ("?" in url and not query):
        a_query = "" if query else "a query, "
        raise OptionError(
            option, f"must not contain a space, a backslash, {a_query}a fragment or a non-ASCII character."
        )
    if not re.fullmatch(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", parts.netloc):
        raise OptionError(option, "must contain a valid host, optionally followed by a port.")
    try:
        port = parts.port
        if parts.netloc.startswith("["):
            ipaddress.IPv6Address(parts.hostname or "")
    except ipaddress.AddressValueError:
        raise OptionError(option, "must contain a valid host, optionally followed by a port.") from None
    except ValueError:
        port = 0
    if port == 0:
        raise OptionError(option, "the port must be from 1 to 65535.")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise OptionError(
            option,
            f"plain http:// would send {secret} unencrypted; it is only allowed for a loopback address.",
            "Use https://.",
        )
