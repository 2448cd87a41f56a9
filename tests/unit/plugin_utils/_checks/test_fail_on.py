"""Which findings of a check fail the play."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.fail_on import failing_outcomes


@pytest.mark.parametrize(
    ("findings", "fail_on", "expected"),
    [
        ([], ["drift"], []),
        (["drift", "missing"], ["drift"], ["drift"]),
        (["drift", "missing"], ["missing", "unexpected"], ["missing"]),
        (["unverifiable"], ["drift", "error"], []),
        (["violations", "low"], ["violations"], ["violations"]),
        (["violations", "critical", "low"], ["high"], ["critical"]),
        (["violations", "high", "medium", "low"], ["critical", "medium"], ["high", "medium"]),
        (["violations", "low"], ["critical"], []),
        (["error"], [], ["error"]),
        (["error"], ["never"], []),
        (["violations", "critical"], ["never", "low"], []),
    ],
)
def test_failing(findings: list[str], fail_on: list[str], expected: list[str]) -> None:
    assert failing_outcomes(findings, fail_on) == expected
