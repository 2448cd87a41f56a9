"""Helpers of the tests of the drift check and of the policy check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import Acceptance, make_exemptions
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired, Origin
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import DriftCheck, drift_outcome
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.findings import Finding
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.policy import PolicyCheck
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rules import make_rules
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import Account, Report, make_report

Record = dict[str, Any]

LIVE: list[Record] = [
    {"id": "1", "connection_name": "a", "user_name": "ua"},
    {"id": "2", "connection_name": "b", "user_name": "ub"},
    {"id": "3", "connection_name": "b", "user_name": "uc"},
]

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

EXEMPTION = {"rule": "srtp_required", "connection_name": "Berlin", "reason": "old PBX", "expires": "2099-11-23"}


def in_file(record: Record, file: str = "baseline.yml", line: int = 3, entry: int = 0) -> Desired:
    """Return a desired record that is in a file."""
    return Desired(record, origins=(Origin(record, file, line),), entry=entry)


def drift(
    desired: list[Any], live: list[Record], acceptances: Sequence[Acceptance] = (), account: str | None = None, **options: Any
) -> Report:  # fmt: skip
    """Compare records as the drift check does. ``options`` are those of ``DriftCheck``."""
    records = [each if isinstance(each, Desired) else Desired(each) for each in desired]
    comparisons = DriftCheck(account=account, **options).compare(records, live)
    return make_report(Account(account, connections=len(live)), drift_outcome(comparisons), acceptances)


def statuses(report: Report) -> list[tuple[Any, Any, str]]:
    """Return id, name and status of each connection."""
    return [(connection.id, connection.name, status) for connection, status in report.connections]


def values(findings: Any) -> dict[str | None, Any]:
    """Return the expected and the actual value of each finding by its path."""
    return {each.path: (each.expected, each.actual) for each in findings}


def changes(desired: Record, live: Record, **options: Any) -> dict[Any, Any]:
    """Compare two records of one connection; return the expected and the actual value of each path that differs."""
    report = drift([{"id": "1", **desired}], [{"id": "1", **live}], **options)
    ((_connection, status),) = report.connections
    assert (status == "drifted") == bool(report.findings)
    return values(report.findings)


def leaves(record: Record, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the paths of all fields that are not objects, without the id and the password."""
    paths = []
    for key, value in record.items():
        paths += leaves(value, (*above, key)) if isinstance(value, dict) else [(*above, key)]
    return [path for path in paths if path not in (("id",), ("password",))]


def policy(records: list[Record], **options: Any) -> Report:
    """Evaluate rules over records. ``options``: rules, disabled, builtin, exemptions, settings, and those of ``PolicyCheck``."""
    custom = options.pop("rules", ())
    rules = make_rules(custom, options.pop("disabled", ()), options.pop("builtin", True))
    exemptions = make_exemptions(options.pop("exemptions", ()), custom)
    outcome = PolicyCheck(rules, options.pop("settings", {}), **options).evaluate(records)
    return make_report(Account(connections=len(records)), outcome, exemptions)


def violated_rules(records: list[Record], **options: Any) -> list[str | None]:
    """Return the rule of each violation."""
    return [finding.rule for finding in policy(records, **options).findings]


def found(finding: Finding) -> tuple[Any, ...]:
    """Return what a finding is about: its status or severity, its path or rule, and the id of its connection."""
    return finding.rank, finding.path or finding.rule, finding.connection.id
