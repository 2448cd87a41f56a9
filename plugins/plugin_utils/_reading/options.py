# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a listing, checked before any request is sent. Modules and plugins share them."""

from __future__ import annotations

import contextlib
import math
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import OptionError
from .api_key import KEY_HINT, read_api_key
from .api_url import check_api_url
from .argument_spec import DEFAULT_API_URL, OPTIONS, PAGE_SIZE_MAX, default

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# The endpoint's limit (source: the published API reference, "List credential connections").
NAME_FILTER_MIN = 3

CONCURRENCY_MAX = 64

# What a snapshot file cannot answer, and what to do instead.
_NEED_THE_API = {
    "include_passwords": "A snapshot has no passwords. Leave it out, and give the role sip_config the passwords by the"
    " variable sip_config_passwords, for example from a vault.",
    "refresh": "Write the snapshot again with the playbook siptrunk.telnyx.snapshot, or leave snapshot_file out.",
    "page_number": "A snapshot has no pages. Leave one of both options out.",
}


@dataclass(frozen=True)
class Options:
    """What is listed, from where, and how. :func:`check_options` creates it.

    ``timeout``, ``deadline`` and ``snapshot_max_age`` are seconds. With a ``snapshot_file`` the ``api_key`` is empty.
    ``query`` is a JMESPath expression. ``warnings`` are messages for the user.
    """

    api_key: str = field(repr=False)
    api_url: str = default("api_url")
    validate_certs: bool = default("validate_certs")
    ca_path: str | None = default("ca_path")
    client_cert: str | None = default("client_cert")
    client_key: str | None = default("client_key")
    timeout: float = default("timeout")
    deadline: float = default("deadline")
    retries: int = default("retries")
    concurrency: int = default("concurrency")
    snapshot_file: str | None = default("snapshot_file")
    snapshot_max_age: int = default("snapshot_max_age")
    connection_name_contains: str | None = default("connection_name_contains")
    outbound_voice_profile_id: str | None = default("outbound_voice_profile_id")
    sort: str | None = default("sort")
    page_size: int = default("page_size")
    page_number: int | None = default("page_number")
    consistency: str = default("consistency")
    query: str | None = default("query")
    include_passwords: bool = default("include_passwords")
    warnings: tuple[str, ...] = ()


# The fields that are taken over from an option of the same name.
_FIELDS = tuple(name for name in Options.__dataclass_fields__ if name not in ("api_key", "warnings"))


def check_options(params: Mapping[str, Any], direct: Collection[str] = (), key_hint: str = KEY_HINT) -> Options:
    """Return Ansible's option values as :class:`Options`.

    ``direct`` names the options that are set in the task or the call itself, which take precedence over those from a
    variable or the environment. ``key_hint`` lists the ways to set an API key, for error messages.
    Raises :class:`OptionError`.
    """
    values: dict[str, Any] = {name: _untagged_scalar(params[name]) for name in _FIELDS if params.get(name) is not None}
    values["api_url"] = check_api_url(values.get("api_url", DEFAULT_API_URL))
    warnings: list[str] = []
    if "snapshot_file" in values:
        _check_snapshot(values, params)
        values["api_key"] = ""  # no request is sent
    else:
        values["api_key"], warnings = read_api_key(params, direct, key_hint)
        warnings += _check_tls(values)
    _check_limits(values)
    _check_listing(values)
    return Options(**values, warnings=tuple(warnings))


def _untagged_scalar(value: Any) -> Any:
    """Return a scalar without the tags of ansible-core 2.19 and later: jmespath depends on the exact type of a value."""
    for exact in (bool, int, float, str):
        if isinstance(value, exact):
            return exact(value)
    return value


def _check_snapshot(values: dict[str, Any], params: Mapping[str, Any]) -> None:
    """Make the path absolute, and refuse the options that need the API."""
    for name, hint in _NEED_THE_API.items():
        if params.get(name) is not None and params[name] is not False:
            raise OptionError(name, "cannot be used with a snapshot file.", hint)
    path = os.path.expanduser(values["snapshot_file"])
    with contextlib.suppress(OSError):  # the working directory was removed
        # In the options of a lookup, Ansible makes the working directory of an empty path.
        if os.path.abspath(path) == os.getcwd():
            raise OptionError("snapshot_file", "the path is empty, or that of the working directory.")
        path = os.path.abspath(path)
    values["snapshot_file"] = path
    if values.get("snapshot_max_age", 1) < 1:
        raise OptionError("snapshot_max_age", f"must be 1 or more seconds, not {values['snapshot_max_age']}.")


def _check_tls(values: dict[str, Any]) -> list[str]:
    """Expand the paths and check that they can be read; return the warnings."""
    for name in ("ca_path", "client_cert", "client_key"):
        if name not in values:
            continue
        values[name] = os.path.expanduser(values[name])
        if not os.access(values[name], os.R_OK):
            raise OptionError(name, f"{values[name]!r} does not exist or cannot be read.")
    if "client_key" in values and "client_cert" not in values:
        raise OptionError("client_key", "needs client_cert, the certificate that belongs to the key.")
    if not values.get("validate_certs", True):
        return ["validate_certs is false: anyone on the network path to the API can read the API key."]
    return []


def _check_limits(values: Mapping[str, Any]) -> None:
    for name in ("timeout", "deadline"):
        if name in values and not (values[name] > 0 and math.isfinite(values[name])):
            raise OptionError(name, f"must be a number of seconds greater than 0, not {values[name]}.")
    if values.get("retries", 0) < 0:
        raise OptionError("retries", f"must be 0 or more, not {values['retries']}.")
    if not 1 <= values.get("concurrency", 1) <= CONCURRENCY_MAX:
        raise OptionError("concurrency", f"must be from 1 to {CONCURRENCY_MAX}, not {values['concurrency']}.")


def _check_listing(values: Mapping[str, Any]) -> None:
    """Refuse values that the endpoint would answer with status 400."""
    for name, value in values.items():
        choices = OPTIONS[name].get("choices")
        if choices and value not in choices:
            raise OptionError(name, f"must be one of {', '.join(choices)}.")
    if len(values.get("connection_name_contains", "x" * NAME_FILTER_MIN)) < NAME_FILTER_MIN:
        raise OptionError("connection_name_contains", f"must be {NAME_FILTER_MIN} characters or more, or left out.")
    if not re.fullmatch(r"[0-9]{1,19}", values.get("outbound_voice_profile_id", "0")):
        raise OptionError("outbound_voice_profile_id", "must be 1 to 19 digits, as a string.")
    if not 1 <= values.get("page_size", 1) <= PAGE_SIZE_MAX:
        raise OptionError("page_size", f"must be from 1 to {PAGE_SIZE_MAX}, not {values['page_size']}.")
    if values.get("page_number", 1) < 1:
        raise OptionError("page_number", f"must be 1 or more, not {values['page_number']}.")
