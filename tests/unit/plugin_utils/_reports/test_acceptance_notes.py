"""Entries of accepted findings to review, in every report."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.acceptance_notes import entries_to_review
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from report_models import accepted_report


@pytest.mark.parametrize(
    ("state", "days", "findings", "text"),
    [
        ("used", None, 1, ""),
        ("used", 31, 1, ""),
        ("used", 30, 1, "expires in 30 days, on D; 1 finding"),
        ("used", 1, 2, "expires in 1 day, on D; 2 findings"),
        ("used", 0, 2, "expires today, on D; 2 findings"),
        ("outdated", None, 0, "the finding changed after it was accepted"),
        ("unused", 300, 0, "no finding needs it any more, so it can be removed"),
        ("expired", -1, 0, "expired on D; no finding needs it any more: remove it"),
        ("expired", -1, 3, "expired on D; 3 findings not accepted"),
    ],
)
def test_what_is_the_matter_with_an_entry(state: str, days: int | None, findings: int, text: str) -> None:
    entry: Any = {"state": state, "expires": "D", "expires_in_days": days, "findings": findings, "problem": None}
    entry.update(selects={"rule": "x"}, source=None, reason="r")
    expected = [("rule x", "option exemptions", "r", text)] if text else []
    assert entries_to_review([entry]) == expected


@pytest.mark.parametrize("check", ["drift", "policy"])
def test_every_report_for_people_lists_the_entries_to_review(check: str) -> None:
    report = accepted_report(check)
    found = entries_to_review(report.acceptances)
    assert len(found) == 4
    for entry in found:
        for suffix in ("md", "html", "junit.xml"):
            assert entry.state in FORMATS[suffix](report)
