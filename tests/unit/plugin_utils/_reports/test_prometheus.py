"""The metrics, as both parsers of prometheus_client read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.results import FINDING_STATUSES
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import Report
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import openmetrics, parser
from prometheus_client.openmetrics import parser as openmetrics_parser
from report_models import PREVIOUS, REPORTS, each_report, error_report, every_status

PARSERS = [parser.text_string_to_metric_families, openmetrics_parser.text_string_to_metric_families]
PREFIX = "siptrunk_telnyx_check_"
PREVIOUS_SECONDS = 1_795_148_220
assert openmetrics


def samples(report: Report, parse: Callable[[str], Any]) -> dict[str, dict[str, float]]:
    """Return the value of each sample, by the metric's name and the label that only this metric has."""
    found: dict[str, dict[str, float]] = {}
    for family in parse(FORMATS["prom"](report)):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            assert sample.timestamp is None  # the textfile collector rejects them
            labels = dict(sample.labels)
            assert labels.pop("check") == report.check
            assert labels.pop("account") == (report.account.label or "")
            found.setdefault(sample.name.removeprefix(PREFIX), {})[next(iter(labels.values()), "")] = sample.value
    return found


@pytest.mark.parametrize("parse", PARSERS, ids=["text", "openmetrics"])
@each_report
def test_both_parsers_read_the_same(report: Report, parse: Callable[[str], Any]) -> None:
    found = samples(report, parse)
    assert found == samples(report, PARSERS[0])
    assert found["status"][report.status] == 1
    assert sum(found["status"].values()) == 1
    assert ("findings" in found) == (report.error is None)
    if report.error is None:
        assert sum(found["findings"].values()) == len(report.findings)
        assert found["accepted_findings"] == {"": len(report.accepted)}
    assert found.get("snapshot_timestamp_seconds") == ({"": 1_795_514_400} if report.account.read_at else None)


def test_numbers_of_a_complete_check_and_of_one_with_an_error() -> None:
    found = samples(replace(every_status(), generated_at=PREVIOUS), PARSERS[0])
    numbers = {"drifted": 4, **dict.fromkeys(set(FINDING_STATUSES) - {"drifted"}, 1)}
    assert found["findings"] == numbers
    assert (found["new_findings"], found["resolved_findings"]) == ({"": 1}, {"": 1})
    assert (found["connections"], found["exit_code"]) == ({"": 42}, {"": 2})
    assert found["last_run_timestamp_seconds"] == found["last_complete_run_timestamp_seconds"] == {"": PREVIOUS_SECONDS}
    failed = samples(replace(error_report("drift"), previous=PREVIOUS), PARSERS[0])
    assert failed["last_complete_run_timestamp_seconds"] == {"": PREVIOUS_SECONDS}
    assert failed["last_run_timestamp_seconds"][""] > PREVIOUS_SECONDS
    assert failed["exit_code"] == {"": 1}
    assert not {"findings", "accepted_findings", "new_findings", "resolved_findings", "connections"} & failed.keys()


def test_help_and_type_are_the_same_for_every_check() -> None:
    """The collector rejects a metric with another help in another file."""
    seen: dict[str, str] = {}
    for report in REPORTS.values():
        for line in FORMATS["prom"](report).splitlines():
            if line.startswith("# HELP"):
                assert seen.setdefault(line.split()[2], line) == line
    assert len(seen) == 10


@given(st.text() | st.text('"\\\n{},= n#'))
def test_any_label_is_escaped(label: str) -> None:
    report = REPORTS["in-sync"]
    report = replace(report, account=replace(report.account, label=label))
    for parse in PARSERS:
        values = {sample.labels["account"] for family in parse(FORMATS["prom"](report)) for sample in family.samples}
        assert len(values) == 1
        assert "\n" not in next(iter(values))
        if label.isascii() and label.isprintable():
            assert values == {label}
