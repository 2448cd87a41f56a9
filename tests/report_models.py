"""Models of reports with every status, hostile names and secrets, for the tests of the formats."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TransportError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import (
    Acceptance,
    make_acceptance,
    make_exemptions,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import as_result, compare
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.policy import evaluate
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.remedies import add_links
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rules import make_rules
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import (
    DriftModel,
    Model,
    PolicyModel,
    make_model,
)
from sandbox.account import HOSTILE_NAMES, MASK, make_connection

TODAY = datetime.date(2026, 11, 25)
URL = "https://api.telnyx.com/v2"
CANARY = "c4n4ry-s3cr3t"
READ_AT = "2026-11-24T10:00:00Z"  # of a snapshot file
NAMES = [
    *HOSTILE_NAMES,
    "\x00\x1b[31m",
    "| a | b |",
    "@you #1 https://evil.example www.evil.example",
    "\ud800",
    "![x](y)",
    "a\u2028b",
]


def compared_model(
    desired: list[Desired], live: list[dict[str, object]], match_by: str = "connection_name"
) -> DriftModel:
    """The report of a drift check of these connections."""
    result = as_result(compare(desired, live, match_by=match_by))
    model = make_model("drift", URL, result=result, connections=len(live))
    assert model["check"] == "drift"
    return model


def drift_model(count: int = 40) -> DriftModel:
    """A report with every status, hostile names, and passwords on both sides."""
    live = [make_connection(1, index) for index in range(count)]
    for record, name in zip(live, NAMES):
        record["connection_name"] = name
    desired = [
        Desired({**record, "password": CANARY + "1"}, "baseline.yml", 3 + place) for place, record in enumerate(live)
    ]
    for record in live:
        record["password"] = CANARY + "1"
    live[0]["password"] = CANARY + "2"
    live[1]["encrypted_media"] = "<b>" + NAMES[1]
    live[2]["inbound"] = {**live[2]["inbound"], "codecs": ["G729"]}
    live[3]["password"] = MASK
    desired.append(Desired({"id": "404", "connection_name": "gone"}))
    desired.pop(5)
    desired[5].record["id"] = "405"
    model = compared_model(desired, live)
    assert model["totals"] == {
        "in_sync": count - 6, "drifted": 3, "missing": 1, "recreated": 1, "unexpected": 1, "unverifiable": 1, "accepted": 0,
    }  # fmt: skip
    return model


def policy_model(count: int = 40) -> PolicyModel:
    """A report with hostile names, an exemption, and a rule that cannot be evaluated."""
    records = [{**make_connection(1, index), "password": None} for index in range(count)]
    for record, name in zip(records, NAMES):
        record["connection_name"] = name
    rules = make_rules([{"id": "errs", "severity": "low", "description": "<i>", "assert": "abs(connection_name)"}])
    exemption = {"rule": "no_inactive", "reason": NAMES[0], "expires": "2099-12-31"}
    inactive = next(record for record in records if not record["active"])
    exemptions = make_exemptions([{**exemption, "id": inactive["id"]}])
    result = evaluate(records, rules, exemptions, today=TODAY)
    assert result["accepted"]
    for violation in result["violations"][::2]:
        violation["source"] = {"file": "sub folder/base%line.yml", "line": 7}
    model = make_model("policy", URL, result=result, connections=count)
    assert model["check"] == "policy"
    return model


def accepted_model(check: str) -> Model:
    """A report with new, updated and accepted findings, and entries of each state; with links. That of policy is on a snapshot."""
    source = {"file": "accepted.yml", "line": 3}

    def entry(**values: object) -> Acceptance:
        return make_acceptance({"reason": f"| known {NAMES[0]}", **values}, "entry", source)  # type: ignore[arg-type]

    live = [make_connection(1, index) for index in range(8)]
    for record, name in zip(live, NAMES):
        record["connection_name"] = name
    ids = [str(record["id"]) for record in live]
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
        result: Any = evaluate(live, make_rules(), acceptances, today=TODAY)
    else:
        desired = [Desired(dict(record), "baseline.yml", 3 + place) for place, record in enumerate(live)]
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
        result = as_result(compare(desired, live), None, acceptances, today=TODAY)
        assert result["totals"]["accepted"] == 2
    states = {each["state"] for each in result["acceptances"]}
    assert states == {"used", "outdated", "unused", "expired"}
    add_links(result, "https://portal.example/#/connections/{id}")
    read_at = READ_AT if check == "policy" else None
    return make_model(
        check, URL, result=result, connections=len(live), accepted_files=["accepted.yml"], read_at=read_at
    )


def error_model(check: str) -> Model:
    """A report of a check that failed."""
    return make_model(check, None, error=TransportError("It is <down>.", "Wait."))


MODELS: list[Model] = [
    drift_model(),
    policy_model(),
    error_model("drift"),
    error_model("policy"),
    accepted_model("drift"),
    accepted_model("policy"),
]
each_model = pytest.mark.parametrize(
    "model", MODELS, ids=["drift", "policy", "drift-error", "policy-error", "drift-accepted", "policy-accepted"]
)
