# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules' argument spec; the doc fragment describes the same options, and a test holds the two together."""

from __future__ import annotations

from typing import Any, Callable

DEFAULT_API_URL = "https://api.telnyx.com/v2"

# The endpoint's limits (source: the published API reference, "List credential connections").
SORTS = tuple(sign + name for name in ("created_at", "connection_name", "active") for sign in ("", "-"))
PAGE_SIZE_MAX = 250

# The options that say whom to ask, and by which right.
ACCESS = ("api_key", "api_key_file", "api_url", "validate_certs", "ca_path", "client_cert", "client_key")

# The fields by which a lookup term names a connection, in the order in which they are tried.
TERM_FIELDS = ("id", "user_name", "connection_name")

# Where else an option may come from.
ENV = {"api_key": "TELNYX_API_KEY", "api_key_file": "TELNYX_API_KEY_FILE", "api_url": "TELNYX_BASE_URL"}

# How a plugin on the controller keeps what it read.
CACHE_OPTIONS: dict[str, dict[str, Any]] = {
    "cache_scope": {"type": "str", "default": "run", "choices": ["run", "none", "plugin"]},
    "cache_timeout": {"type": "int", "default": 300},
    "refresh": {"type": "bool", "default": False},
    "stale_if_error": {"type": "int", "default": 0},
}

# What the modules that return records have besides: which of them, and where to ask from.
SELECTION_OPTIONS: dict[str, dict[str, Any]] = {
    "connections": {"type": "list", "elements": "str"},
    "on_missing": {"type": "str", "default": "error", "choices": ["error", "warn", "skip"]},
    "run_on": {"type": "str", "default": "controller", "choices": ["controller", "managed_node"]},
}


def request_spec(env_fallback: Callable[..., Any] | None) -> dict[str, dict[str, Any]]:
    """Return the options of how to ask, which every module has; ``env_fallback`` is Ansible's, unknown to this floor."""
    return {
        "api_key": {"type": "str", "no_log": True, "fallback": (env_fallback, [ENV["api_key"]])},
        "api_key_file": {"type": "path", "no_log": False, "fallback": (env_fallback, [ENV["api_key_file"]])},
        "api_url": {"type": "str", "default": DEFAULT_API_URL, "fallback": (env_fallback, [ENV["api_url"]])},
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
        "client_cert": {"type": "path"},
        "client_key": {"type": "path", "no_log": False},
        "timeout": {"type": "float", "default": 30.0},
        "deadline": {"type": "float", "default": 300.0},
        "retries": {"type": "int", "default": 5},
        "concurrency": {"type": "int", "default": 8},
    }


def argument_spec(env_fallback: Callable[..., Any] | None) -> dict[str, dict[str, Any]]:
    """Return the options of everything that returns records: how to ask, and what for."""
    return {
        **request_spec(env_fallback),
        "connection_name_contains": {"type": "str"},
        "outbound_voice_profile_id": {"type": "str"},
        "sort": {"type": "str", "choices": list(SORTS)},
        "page_size": {"type": "int", "default": PAGE_SIZE_MAX},
        "page_number": {"type": "int"},
        "consistency": {"type": "str", "default": "checked", "choices": ["checked", "strict"]},
        "query": {"type": "str"},
        "include_passwords": {"type": "bool", "default": False},
    }


def records_spec(env_fallback: Callable[..., Any] | None) -> dict[str, dict[str, Any]]:
    """Return every option of the modules that return records."""
    return {**argument_spec(env_fallback), **CACHE_OPTIONS, **SELECTION_OPTIONS}
