"""Entries of accepted findings to review, in every report."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.acceptance_notes import (
    entries_to_review,
    review_lines,
    review_text,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from report_models import accepted_report, every_status


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
def test_review_text(state: str, days: int | None, findings: int, text: str) -> None:
    entry: Any = {"state": state, "expires": "D", "expires_in_days": days, "findings": findings, "problem": None}
    assert review_text(entry) == text


@pytest.mark.parametrize("check", ["drift", "policy"])
def test_every_report_for_people_lists_the_entries_to_review(check: str) -> None:
    report = accepted_report(check)
    found = entries_to_review(report.acceptances)
    assert len(found) == 4
    assert review_lines(every_status().acceptances) == []
    for entry in found:
        for suffix in ("md", "html", "junit.xml"):
            assert entry.state in FORMATS[suffix](report)
