"""Findings as plain data, and back."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.findings import Finding
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import Report
from report_models import CANARY, each_report


@each_report
def test_finding_comes_back_from_plain_data_without_secrets(report: Report) -> None:
    for each in (*report.findings, *report.accepted, *report.resolved):
        values = each.as_dict()
        assert Finding.from_dict(values) == each
        assert Finding.from_dict(values).as_dict() == values
        assert CANARY not in str(values)
        assert "compared" not in values
        with pytest.raises(dataclasses.FrozenInstanceError):
            each.status = "in_sync"  # type: ignore[misc]


@each_report
def test_each_finding_has_a_fingerprint_of_its_own(report: Report) -> None:
    fingerprints = [each.fingerprint for each in (*report.findings, *report.accepted)]
    assert len(set(fingerprints)) == len(fingerprints)
