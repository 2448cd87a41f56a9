# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a listing: checked before any request is made, the same for modules and plugins."""

from __future__ import annotations

import ipaddress
import math
import os
import re
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ._argument_spec import DEFAULT_API_URL, PAGE_SIZE_MAX, SORTS
from ._errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# The endpoint's limit (source: the published API reference, "List credential connections").
NAME_FILTER_MIN = 3

CONCURRENCY_MAX = 64

KEY_FILE_MAX_BYTES = 4096

# The length from which a file's name without a dot is not shown: Telnyx's keys have some 60 characters.
LOOKS_LIKE_A_KEY = 32

WAYS_TO_GIVE_A_KEY = (
    "Set the option api_key or api_key_file, the environment variable TELNYX_API_KEY or TELNYX_API_KEY_FILE, "
    "or, for the lookup and the checks, the variable telnyx_api_key or telnyx_api_key_file."
)


@dataclass(frozen=True)
class Options:
    """What to list, from where, and how; make one with :func:`check_options`.

    ``timeout`` and ``deadline`` are seconds. ``query`` is a JMESPath expression or ``None``.
    ``warnings`` are what the user should be told about the options.
    """

    api_key: str = field(repr=False)
    api_url: str = DEFAULT_API_URL
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    timeout: float = 30.0
    deadline: float = 300.0
    retries: int = 5
    concurrency: int = 8
    connection_name_contains: str | None = None
    outbound_voice_profile_id: str | None = None
    sort: str | None = None
    page_size: int = PAGE_SIZE_MAX
    page_number: int | None = None
    consistency: str = "checked"
    query: str | None = None
    include_passwords: bool = False
    warnings: tuple[str, ...] = ()


# The options that are values of their own, not ways to a value of another one.
LISTING_OPTIONS = tuple(name for name in Options.__dataclass_fields__ if name not in ("api_key", "warnings"))


def check_options(params: Mapping[str, Any], direct: Collection[str] = ()) -> Options:
    """Turn Ansible's option values into :class:`Options`.

    ``direct`` names the options that the user wrote at the call itself, which go before those from the environment
    and from variables. Raises :class:`OptionError`.
    """
    warnings: list[str] = []
    values: dict[str, Any] = {name: _plain(params[name]) for name in LISTING_OPTIONS if params.get(name) is not None}
    values["api_url"] = check_api_url(values.get("api_url", DEFAULT_API_URL))
    values["api_key"] = _read_key(params, direct, warnings)
    _check_tls(values, warnings)
    _check_limits(values)
    _check_parameters(values)
    return Options(**values, warnings=tuple(warnings))


def _plain(value: Any) -> Any:
    """Take Ansible's tags off a scalar: libraries such as jmespath go by the exact type of a value."""
    for exact in (bool, int, float, str):
        if isinstance(value, exact):
            return exact(value)
    return value


def check_api_url(url: str) -> str:
    """Return the API's base URL without a trailing slash, or raise :class:`OptionError`.

    The key is sent to this address, so it is read strictly: what two URL parsers could read differently is refused.
    """
    option = "api_url"
    try:
        parts = urlsplit(url)
    except ValueError as exc:
        raise OptionError(option, "is not a URL.") from exc
    if parts.scheme not in ("https", "http"):
        raise OptionError(option, f"must be an https:// URL, such as {DEFAULT_API_URL}.")
    if "@" in parts.netloc:
        raise OptionError(option, "must not hold a user name or password.")
    if re.search(r"[^!-~]|[\\?#]", url):
        raise OptionError(option, "must be plain: no space, backslash, query or fragment.")
    if not re.fullmatch(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", parts.netloc):
        raise OptionError(option, "must name a host, and at most a port after it.")
    try:
        port = parts.port
        if parts.netloc.startswith("["):
            ipaddress.IPv6Address(parts.hostname or "")
    except ipaddress.AddressValueError as exc:
        raise OptionError(option, "must name a host, and at most a port after it.") from exc
    except ValueError:
        port = 0
    if port == 0:
        raise OptionError(option, "the port must be from 1 to 65535.")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise OptionError(
            option,
            "plain http:// would send the API key readable by anyone on the way; it is allowed for loopback only.",
            "Use https://.",
        )
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a URL's host is this machine itself: localhost (RFC 6761), 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read_key(params: Mapping[str, Any], direct: Collection[str], warnings: list[str]) -> str:
    """Find the API key: the option that was given more directly wins; two equally direct ones are an error."""
    given = [name for name in ("api_key", "api_key_file") if params.get(name) is not None]
    if len(given) == 2:
        given = [name for name in given if name in direct]
        if len(given) != 1:
            raise OptionError(
                "api_key", "is set, and so is api_key_file.", "Set only one of them. " + WAYS_TO_GIVE_A_KEY
            )
    if not given:
        raise OptionError("api_key", "no API key was given.", WAYS_TO_GIVE_A_KEY)
    option = given[0]
    check_is_text(option, params[option])
    key = str(params[option])
    if option == "api_key_file":
        key = _read_key_file(key, warnings)
    if not key.strip():
        raise OptionError(option, "the API key is empty.", WAYS_TO_GIVE_A_KEY)
    if not re.fullmatch(r"[!-~]+", key):
        what = "a line break" if re.search(r"[\r\n]", key) else "a space or a character outside printable ASCII"
        raise OptionError(option, f"the API key holds {what}.", WAYS_TO_GIVE_A_KEY)
    return key


def check_is_text(option: str, value: Any) -> None:
    """Refuse a list or another value that is no text, without showing it: it may hold the key.

    A vaulted value of ansible-core before 2.19 is of a class of its own, and becomes text. Raises :class:`OptionError`.
    """
    if isinstance(value, (list, tuple, dict, set, bytes, bool, int, float)):
        raise OptionError(option, f"must be text, not of type {type(value).__name__}.", WAYS_TO_GIVE_A_KEY)


def _shown_path(path: str) -> str:
    """A path for a message, unless it may be a key that was given in the place of a path.

    Ansible puts a folder before a relative path, so only the last part tells.
    """
    name = os.path.basename(path)
    long_and_plain = len(name) >= LOOKS_LIKE_A_KEY and re.fullmatch(r"[A-Za-z0-9_%+=-]+", name)
    if re.match(r"KEY[0-9A-Za-z]{8}", name, re.IGNORECASE) or (long_and_plain and re.search("[0-9]", name)):
        return "the file (the path is not shown, for it looks like a key)"
    return repr(path)


def _read_key_file(path: str, warnings: list[str]) -> str:
    option = "api_key_file"
    path = os.path.expanduser(path)
    if not path:
        raise OptionError(option, "the path is empty.", WAYS_TO_GIVE_A_KEY)
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            raw = file.read(KEY_FILE_MAX_BYTES + 1)
    except (OSError, ValueError) as exc:  # the latter for a NUL
        reason = getattr(exc, "strerror", None) or "it is no path"
        raise OptionError(option, f"{_shown_path(path)} cannot be read: {reason}.", WAYS_TO_GIVE_A_KEY) from None
    if status.st_mode & (stat.S_IROTH | stat.S_IWOTH):
        mode = stat.S_IMODE(status.st_mode)
        warnings.append(
            f"api_key_file: {path!r} has mode {mode:04o}: every user of the machine can reach it; chmod 600 it."
        )
    if len(raw) > KEY_FILE_MAX_BYTES:
        raise OptionError(option, f"{path!r} is longer than {KEY_FILE_MAX_BYTES} bytes: not an API key.")
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError as exc:
        raise OptionError(option, f"{path!r} holds bytes outside ASCII: not an API key.") from exc
    # An editor or `echo` ends a file with one line break; more than that is not the key's.
    return re.sub(r"\r?\n\Z", "", text)


def _check_tls(values: dict[str, Any], warnings: list[str]) -> None:
    for name in ("ca_path", "client_cert", "client_key"):
        if name not in values:
            continue
        values[name] = os.path.expanduser(values[name])
        if not os.access(values[name], os.R_OK):
            raise OptionError(name, f"{values[name]!r} is not there or cannot be read.")
    if "client_key" in values and "client_cert" not in values:
        raise OptionError("client_key", "needs client_cert, the certificate that the key is for.")
    if not values.get("validate_certs", True):
        warnings.append("validate_certs is false: whoever sits between here and the API can read the API key.")


def _check_limits(values: Mapping[str, Any]) -> None:
    for name in ("timeout", "deadline"):
        if name in values and not (values[name] > 0 and math.isfinite(values[name])):
            raise OptionError(name, f"must be a number of seconds greater than 0, not {values[name]}.")
    if values.get("retries", 0) < 0:
        raise OptionError("retries", f"must be 0 or more, not {values['retries']}.")
    if not 1 <= values.get("concurrency", 1) <= CONCURRENCY_MAX:
        raise OptionError("concurrency", f"must be from 1 to {CONCURRENCY_MAX}, not {values['concurrency']}.")
    if values.get("consistency", "checked") not in ("checked", "strict"):
        raise OptionError("consistency", "must be checked or strict.")


def _check_parameters(values: Mapping[str, Any]) -> None:
    """Refuse here what the endpoint would answer with 400."""
    if len(values.get("connection_name_contains", "x" * NAME_FILTER_MIN)) < NAME_FILTER_MIN:
        raise OptionError("connection_name_contains", f"must be {NAME_FILTER_MIN} characters or more, or left out.")
    if not re.fullmatch(r"[0-9]{1,19}", values.get("outbound_voice_profile_id", "0")):
        raise OptionError("outbound_voice_profile_id", "must be 1 to 19 digits, as a string.")
    if values.get("sort", SORTS[0]) not in SORTS:
        raise OptionError("sort", f"must be one of {', '.join(SORTS)}.")
    if not 1 <= values.get("page_size", 1) <= PAGE_SIZE_MAX:
        raise OptionError("page_size", f"must be from 1 to {PAGE_SIZE_MAX}, not {values['page_size']}.")
    if values.get("page_number", 1) < 1:
        raise OptionError("page_number", f"must be 1 or more, not {values['page_number']}.")
