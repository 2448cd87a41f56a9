"""The findings of a result, one by one."""

from __future__ import annotations

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import as_result, compare
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.findings import drift_findings, policy_findings
from report_models import policy_model


def test_each_change_and_each_connection_with_another_status_is_a_finding() -> None:
    live = [{"id": str(number), "connection_name": f"n{number}", "active": True, "tags": []} for number in range(3)]
    desired = [Desired({"id": "0", "connection_name": "n0", "active": False, "tags": ["x"]}), Desired(live[1])]
    found = list(drift_findings(as_result(compare(desired, live))))
    assert [(each.kind, each.what, each.severity, each.id) for each in found] == [
        ("path", "active", "drifted", "0"),
        ("path", "tags", "drifted", "0"),
        ("status", "unexpected", "unexpected", "2"),
    ]
    assert (found[0].expected, found[0].actual) == (False, True)
    assert len({each.fingerprint for each in found}) == 3


def test_each_violation_is_a_finding_and_an_accepted_one_is_not() -> None:
    model = policy_model()
    found = list(policy_findings({**model, "status": "violations", "totals": {}}))  # type: ignore[typeddict-item]
    assert [each.fingerprint for each in found] == [each["fingerprint"] for each in model["violations"]]
    assert model["accepted"][0]["fingerprint"] not in {each.fingerprint for each in found}
