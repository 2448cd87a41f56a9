"""Reports with every status, hostile names and secrets, for the tests of the formats."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TransportError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import Acceptance, make_acceptance
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import DriftCheck, drift_outcome
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.policy import PolicyCheck, places_in_files
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rules import make_rules
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.since import Previous
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import (
    Account,
    Report,
    make_report,
    utc_now,
)
from check_helpers import in_file
from sandbox.account import HOSTILE_NAMES, MASK, make_connection

TODAY = datetime.datetime.now(datetime.timezone.utc).date()
URL = "https://api.telnyx.com/v2"
CANARY = "c4n4ry-s3cr3t"
READ_AT = "2026-11-24T10:00:00Z"  # of a snapshot file
PREVIOUS = "2026-11-20T04:17:00Z"
NAMES = [
    *HOSTILE_NAMES,
    "\x00\x1b[31m",
    "| a | b |",
    "@you #1 https://evil.example www.evil.example",
    "\ud800",
    "![x](y)",
    "a\u2028b",
]


def drift_report(
    desired: list[Desired], live: list[dict[str, Any]], acceptances: Sequence[Acceptance] = (), **values: Any
) -> Report:
    """The report of a drift check of these connections; ``values`` are those of ``make_report``, and options of the check."""
    options = {name: values.pop(name) for name in ("match_by", "portal_url") if name in values}
    outcome = drift_outcome(DriftCheck(**options).compare(desired, live))
    return make_report(Account(api_url=URL, connections=len(live)), outcome, acceptances, **values)


def every_status(count: int = 40) -> Report:
    """A report with every status, hostile names, passwords on both sides, and a previous report."""
    live = [make_connection(1, index) for index in range(count)]
    for record, name in zip(live, NAMES):
        record["connection_name"] = name
    live += [{**make_connection(1, count + place), "connection_name": "Reception"} for place in range(2)]
    desired = [in_file({**record, "password": CANARY + "1"}, line=3 + place) for place, record in enumerate(live[:-2])]
    for record in live:
        record["password"] = CANARY + "1"
    live[0]["password"] = CANARY + "2"
    live[1]["encrypted_media"] = "<b>" + NAMES[1]
    live[2]["inbound"] = {**live[2]["inbound"], "codecs": ["G729"]}
    live[3]["password"] = MASK
    desired += [Desired({"id": "404", "connection_name": "gone"}), Desired({"connection_name": "Reception"})]
    desired.pop(5)
    desired[5].record.update(id="405", active=not desired[5].record["active"])
    first = drift_report(desired, live)
    assert first.totals == {
        "connections": count + 2, "findings": 9, "in_sync": count - 6, "drifted": 3, "missing": 1, "recreated": 1,
        "unexpected": 1, "unverifiable": 1, "ambiguous": 1, "accepted": 0,
    }  # fmt: skip
    resolved = replace(first.findings[0], fingerprint="f" * 32, path="tags", first_seen=PREVIOUS)
    return drift_report(desired, live, previous=Previous(PREVIOUS, [*first.findings[1:], resolved], []))


def policy_report(count: int = 40) -> Report:
    """A report with hostile names, an exemption, and a rule that cannot be evaluated."""
    records = [{**make_connection(1, index), "password": None} for index in range(count)]
    for record, name in zip(records, NAMES):
        record["connection_name"] = name
    rules = make_rules([{"id": "errs", "severity": "low", "description": "<i>", "assert": "abs(connection_name)"}])
    inactive = next(record for record in records if not record["active"])
    entry = {"rule": "no_inactive", "reason": NAMES[0], "expires": "2099-12-31", "id": inactive["id"]}
    desired = places_in_files([in_file(record, "sub folder/base%line.yml", 7) for record in records[::2]])
    outcome = PolicyCheck(rules, desired=desired).evaluate(records)
    report = make_report(Account("berlin", URL, count), outcome, [make_acceptance(entry, "Exemption 1")])
    assert report.accepted
    return report


def accepted_report(check: str) -> Report:
    """A report with new, updated and accepted findings, and entries of each state; with links. That of policy is on a snapshot."""

    def entry(**values: object) -> Acceptance:
        source = {"file": "accepted.yml", "line": 3}
        return make_acceptance({"reason": f"| known {NAMES[0]}", **values}, "entry", source)  # type: ignore[arg-type]

    live = [make_connection(1, index) for index in range(8)]
    for record, name in zip(live, NAMES):
        record["connection_name"] = name
    ids = [str(record["id"]) for record in live]
    portal, files = "https://portal.example/#/connections/{id}", ["accepted.yml"]
    if check == "policy":
        soon = str(TODAY + datetime.timedelta(days=3))
        acceptances = [
            entry(rule="srtp_required", name_pattern="*", expires=soon, who=NAMES[1], since="2026-01-02"),
            entry(rule="name_unique", id=ids[0]),
            entry(rule="no_inactive", name_pattern="*", expires="2026-11-01"),
            entry(rule="outbound_channel_limit_set", name_pattern="*", severity="medium"),
        ]
        for record in live[::2]:
            record.update(encrypted_media=None, active=True)
        live[1]["active"] = False
        outcome = PolicyCheck(make_rules(), portal_url=portal).evaluate(live)
        account = Account(api_url=URL, connections=8, read_at=READ_AT)
        report = make_report(account, outcome, acceptances, accepted_files=files)
    else:
        desired = [in_file(dict(record), line=3 + place) for place, record in enumerate(live)]
        live[0]["active"], live[1]["tags"], live[2]["active"], live[2]["dtmf_type"] = "x", ["|"], "y", "z"
        desired[3].record["id"] = "404"
        live.append(make_connection(1, 30))
        acceptances = [
            entry(path="active", id=ids[0], value="x", who=NAMES[1], since="2026-01-02"),
            entry(path="tags", id=ids[1], value=["other"]),
            entry(path="active", id=ids[2], value="y", expires=str(TODAY)),
            entry(status="recreated", id=ids[3]),
            entry(path="dtmf_type", id=ids[4], value="gone"),
            entry(status="missing", connection_name="gone", expires="2026-11-01"),
        ]
        report = drift_report(desired, live, acceptances, portal_url=portal, accepted_files=files)
        assert report.totals
        assert report.totals["accepted"] == 2
    assert {each["state"] for each in report.acceptances} == {"used", "outdated", "unused", "expired"}
    return report


def error_report(check: str) -> Report:
    """A report of a check that failed."""
    return Report(check, Account(), utc_now(), error=TransportError("It is <down>.", "Wait.").as_dict())


REPORTS: dict[str, Report] = {
    "drift": every_status(),
    "policy": policy_report(),
    "drift-error": error_report("drift"),
    "policy-error": error_report("policy"),
    "drift-accepted": accepted_report("drift"),
    "policy-accepted": accepted_report("policy"),
    "in-sync": drift_report([], []),
}
each_report = pytest.mark.parametrize("report", REPORTS.values(), ids=list(REPORTS))
