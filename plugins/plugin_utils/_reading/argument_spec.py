# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one declaration of every option that several modules and plugins share.

The argument specs of the actions, the definitions of the lookup's options and the defaults of ``Options`` are
derived from :data:`GROUPS`. The doc fragment has the descriptions; ``make format`` writes the rest of it from here.

Every process that runs a lookup imports this file, so it only holds data.
"""

from __future__ import annotations

from typing import Any

DEFAULT_API_URL = "https://api.telnyx.com/v2"

# The endpoint's limits (source: the published API reference, "List credential connections").
SORTS = tuple(sign + name for name in ("created_at", "connection_name", "active") for sign in ("", "-"))
PAGE_SIZE_MAX = 250

# Each group of options, by the name of the option. The keys of an option are those of Ansible's argument spec, and:
#   env: the environment variable that sets it
#   variable: whether the Ansible variable "telnyx_<name>" sets it
GROUPS: dict[str, dict[str, dict[str, Any]]] = {
    # Which account is read, and how the connection to the API is secured.
    "access": {
        "api_key": {"type": "str", "no_log": True, "env": "TELNYX_API_KEY", "variable": True},
        "api_key_file": {"type": "path", "no_log": False, "env": "TELNYX_API_KEY_FILE", "variable": True},
        "api_url": {"type": "str", "default": DEFAULT_API_URL, "env": "TELNYX_BASE_URL", "variable": True},
        "validate_certs": {"type": "bool", "default": True, "variable": True},
        "ca_path": {"type": "path", "variable": True},
        "client_cert": {"type": "path", "variable": True},
        "client_key": {"type": "path", "no_log": False, "variable": True},
    },
    "limits": {
        "timeout": {"type": "float", "default": 30.0, "variable": True},
        "deadline": {"type": "float", "default": 300.0, "variable": True},
        "retries": {"type": "int", "default": 5, "variable": True},
        "concurrency": {"type": "int", "default": 8, "variable": True},
    },
    # A file that is read instead of the API.
    "snapshot": {
        "snapshot_file": {"type": "path", "env": "TELNYX_SNAPSHOT_FILE", "variable": True},
        "snapshot_max_age": {"type": "int", "default": 86_400, "variable": True},
    },
    # What is listed, and in which form.
    "listing": {
        "connection_name_contains": {"type": "str"},
        "outbound_voice_profile_id": {"type": "str"},
        "sort": {"type": "str", "choices": list(SORTS)},
        "page_size": {"type": "int", "default": PAGE_SIZE_MAX},
        "page_number": {"type": "int"},
        "consistency": {"type": "str", "choices": ["checked", "strict"], "default": "checked"},
        "query": {"type": "str"},
        "include_passwords": {"type": "bool", "default": False},
    },
    # How long a run uses a listing again.
    "cache": {
        "cache_timeout": {"type": "int", "default": 300, "variable": True},
        "refresh": {"type": "bool", "default": False},
    },
    # For everything that returns single connections by a term.
    "terms": {
        "on_missing": {"type": "str", "choices": ["error", "warn", "skip"], "default": "error"},
    },
    # For the modules that return connections. No list, because Ansible would make two names of "Office, Chicago".
    "selection": {
        "connections": {"type": "raw"},
    },
}
OPTIONS = {name: option for group in GROUPS.values() for name, option in group.items()}

ACCESS = tuple(GROUPS["access"])
KEY_OPTIONS = ("api_key", "api_key_file")
ENV: dict[str, str] = {name: option["env"] for name, option in OPTIONS.items() if "env" in option}

_SPEC_KEYS = ("type", "elements", "choices", "default", "no_log")


def default(option: str) -> Any:
    """Return the default of an option, or ``None``."""
    return OPTIONS[option].get("default")


def argument_spec(*groups: str) -> dict[str, dict[str, Any]]:
    """Return the argument spec of the options of some groups."""
    return {
        name: {key: option[key] for key in _SPEC_KEYS if key in option}
        for group in groups
        for name, option in GROUPS[group].items()
    }
