# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a listing, checked before any request is sent. Modules and plugins share them."""

from __future__ import annotations

import contextlib
import math
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import OptionError
from .._api.listing_options import ListingOptions
from .api_key import read_api_key
from .api_url import check_api_url
from .argument_spec import OPTIONS, PAGE_SIZE_MAX, default
from .plugin_options import KEY_HINT

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
class Options(ListingOptions):
    """What is listed, from where, and how. :func:`check_options` creates it.

    ``snapshot_max_age`` is in seconds. With a ``snapshot_file`` the ``api_key`` is empty. ``query`` is a JMESPath expression.
    ``warnings`` are messages for the user.
    """

    snapshot_file: str | None
    snapshot_max_age: int
    query: str | None
    warnings: tuple[str, ...]


# The fields that are taken over from an option of the same name.
_FIELDS = tuple(name for name in Options.__dataclass_fields__ if name not in ("api_key", "warnings"))


def check_options(params: Mapping[str, Any], direct: Collection[str] = (), key_hint: str = KEY_HINT) -> Options:
    """Return Ansible's option values as :class:`Options`; an option that is missing or ``None`` has its default.

    ``direct`` names the options that are set in the task or the call itself, which take precedence over those from a
    variable or the environment. Raises :class:`OptionError`, whose hint is ``key_hint`` if it is about the API key.
    """
    given = {name: params[name] for name in _FIELDS if params.get(name) is not None}
    values = {name: _untagged_scalar(given.get(name, default(name))) for name in _FIELDS}
    values["api_url"] = check_api_url(str(values["api_url"]))
    warnings: list[str] = []
    if values["snapshot_file"] is not None:
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
    if values["snapshot_max_age"] < 1:
        raise OptionError("snapshot_max_age", f"must be 1 or more seconds, not {values['snapshot_max_age']}.")


def _check_tls(values: dict[str, Any]) -> list[str]:
    """Expand the paths and check that they can be read; return the warnings."""
    for name in ("ca_path", "client_cert", "client_key"):
        if values[name] is None:
            continue
        values[name] = os.path.expanduser(values[name])
        if not os.access(values[name], os.R_OK):
            raise OptionError(name, f"{values[name]!r} does not exist or cannot be read.")
    if values["client_key"] and not values["client_cert"]:
        raise OptionError("client_key", "needs client_cert, the certificate that belongs to the key.")
    if not values["validate_certs"]:
        return ["validate_certs is false: anyone on the network path to the API can read the API key."]
    return []


def _check_limits(values: Mapping[str, Any]) -> None:
    for name in ("timeout", "deadline"):
        if not (values[name] > 0 and math.isfinite(values[name])):
            raise OptionError(name, f"must be a number of seconds greater than 0, not {values[name]}.")
    if values["retries"] < 0:
        raise OptionError("retries", f"must be 0 or more, not {values['retries']}.")
    if not 1 <= values["concurrency"] <= CONCURRENCY_MAX:
        raise OptionError("concurrency", f"must be from 1 to {CONCURRENCY_MAX}, not {values['concurrency']}.")


def _check_listing(values: Mapping[str, Any]) -> None:
    """Refuse values that the endpoint would answer with status 400."""
    for name, value in values.items():
        choices = OPTIONS[name].get("choices")
        if choices and value is not None and value not in choices:
            raise OptionError(name, f"must be one of {', '.join(choices)}.")
    contains, profile = values["connection_name_contains"], values["outbound_voice_profile_id"]
    if contains is not None and len(contains) < NAME_FILTER_MIN:
        raise OptionError("connection_name_contains", f"must be {NAME_FILTER_MIN} characters or more, or left out.")
    if profile is not None and not re.fullmatch(r"[0-9]{1,19}", profile):
        raise OptionError("outbound_voice_profile_id", "must be 1 to 19 digits, as a string.")
    if not 1 <= values["page_size"] <= PAGE_SIZE_MAX:
        raise OptionError("page_size", f"must be from 1 to {PAGE_SIZE_MAX}, not {values['page_size']}.")
    if values["page_number"] is not None and values["page_number"] < 1:
        raise OptionError("page_number", f"must be 1 or more, not {values['page_number']}.")
