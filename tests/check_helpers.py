"""Helpers of the tests of the drift check and of the policy check."""

from __future__ import annotations

import datetime
from typing import Any

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import make_exemptions
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import as_result, compare
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.policy import evaluate
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.results import DriftResult, PolicyResult
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rules import make_rules

Record = dict[str, Any]

LIVE: list[Record] = [
    {"id": "1", "connection_name": "a", "user_name": "ua"},
    {"id": "2", "connection_name": "b", "user_name": "ub"},
    {"id": "3", "connection_name": "b", "user_name": "uc"},
]

TODAY = datetime.date(2026, 11, 23)

# A connection that violates no built-in rule.
GOOD: Record = {
    "id": "1",
    "connection_name": "Berlin",
    "user_name": "k7q2mzr9",
    "active": True,
    "sip_uri_calling_preference": "disabled",
    "encrypted_media": "SRTP",
    "webhook_event_url": "https://hooks.example.com",
    "webhook_event_failover_url": None,
    "call_cost_in_webhooks": False,
    "rtcp_settings": {"capture_enabled": False},
    "inbound": {"channel_limit": 10, "simultaneous_ringing": "disabled"},
    "outbound": {"channel_limit": 5, "outbound_voice_profile_id": "77", "localization": "DE"},
}

EXEMPTION = {"rule": "srtp_required", "connection_name": "Berlin", "reason": "old PBX", "expires": "2026-11-23"}


def drift(desired: list[Record], live: list[Record], **options: Any) -> DriftResult:
    """Compare records as the drift check does. ``options`` are those of ``compare``."""
    return as_result(compare([Desired(record) for record in desired], live, **options))


def statuses(result: DriftResult) -> list[tuple[Any, Any, str]]:
    """Return id, name and status of each connection."""
    return [(each["id"], each["name"], each["status"]) for each in result["connections"]]


def changes(desired: Record, live: Record, **options: Any) -> dict[str, Any]:
    """Compare two records of one connection; return the expected and the actual value of each path that differs."""
    (connection,) = drift([{"id": "1", **desired}], [{"id": "1", **live}], **options)["connections"]
    assert (connection["status"] == "drifted") == bool(connection["changes"])
    return {each["path"]: (each["expected"], each["actual"]) for each in connection["changes"]}


def leaves(record: Record, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the paths of all fields that are not objects, without the id and the password."""
    paths = []
    for key, value in record.items():
        paths += leaves(value, (*above, key)) if isinstance(value, dict) else [(*above, key)]
    return [path for path in paths if path not in (("id",), ("password",))]


def policy(records: list[Record], **options: Any) -> PolicyResult:
    """Evaluate rules over records. ``options``: rules, disabled, builtin, exemptions, settings."""
    rules = make_rules(options.get("rules", ()), options.get("disabled", ()), options.get("builtin", True))
    exemptions = make_exemptions(options.get("exemptions", ()), options.get("rules", ()))
    return evaluate(records, rules, exemptions, options.get("settings", {}), today=TODAY)


def violated_rules(records: list[Record], **options: Any) -> list[str]:
    """Return the rule of each violation."""
    return [violation["rule"] for violation in policy(records, **options)["violations"]]
