"""Which findings of a check fail the play."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.fail_on import OUTCOMES, failing_outcomes
from hypothesis import given
from hypothesis import strategies as st

EVERY_FINDING = sorted({finding for findings in OUTCOMES.values() for finding in findings})


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


@given(st.lists(st.sampled_from(EVERY_FINDING)), st.lists(st.sampled_from(EVERY_FINDING)))
def test_failing_findings_never_selects_less_when_fail_on_lists_more(findings: list[str], fail_on: list[str]) -> None:
    fewer = failing_outcomes(findings, fail_on[1:])
    assert set(fewer) <= set(failing_outcomes(findings, fail_on))
