"""The history of a check: since when a finding is there, what is new, and what is resolved."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.findings import Finding
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.history import (
    NAME_MAX,
    Run,
    RunComparison,
    compare_runs,
    is_news,
    make_run,
)
from hypothesis import given
from hypothesis import strategies as st

SEVERITIES = ("low", "high", "critical")


def finding(number: int) -> Finding:
    """One of many findings, of a severity that depends on its number."""
    return Finding(f"{number:032x}", "rule", f"rule{number}", SEVERITIES[number % 3], str(number), f"name {number}")


def night(number: int, found: set[int] | None, previous: Run | None = None) -> Run:
    """The run of a night, with these findings or, for ``None``, an error."""
    status = "error" if found is None else "violations" if found else "ok"
    time = f"2026-11-{number:02}T03:00:00Z"
    findings = [finding(each) for each in sorted(found or ())]
    return make_run("policy", None, time, status, totals=None, findings=findings, previous=previous)


def numbers(findings: list[dict[str, object]]) -> set[int]:
    return {int(str(each["fingerprint"]), 16) for each in findings}


def compared(comparison: RunComparison) -> tuple[set[int], set[int], set[int]]:
    new, resolved, still_there = (numbers([dict(each) for each in part]) for part in comparison)
    return new, resolved, still_there


def test_finding_keeps_its_first_time_while_it_is_there() -> None:
    first = night(1, {1, 2})
    second = night(2, {2, 3}, first)
    third = night(3, {1, 2}, second)
    seen = {int(each["fingerprint"], 16): each["first_seen"][:10] for each in third.findings.values()}
    assert seen == {1: "2026-11-03", 2: "2026-11-01"}  # the first one came back


def test_comparison_says_what_is_new_resolved_and_still_there() -> None:
    first = night(1, {1, 2})
    second = night(2, {2, 3}, first)
    comparison = compare_runs(first, second)
    assert compared(comparison) == ({3}, {1}, {2})
    assert comparison.resolved[0]["first_seen"] == comparison.resolved[0]["last_seen"] == "2026-11-01T03:00:00Z"
    assert compared(compare_runs(None, first)) == ({1, 2}, set(), set())


def test_run_counts_by_severity_and_lists_the_most_severe_first() -> None:
    run = night(1, {0, 1, 2, 3})
    assert run.head["findings"] == {"critical": 1, "high": 1, "medium": 0, "low": 2}
    assert [each["severity"] for each in run.findings.values()] == ["critical", "high", "low", "low"]
    assert run.complete
    error = night(1, None)
    assert (error.complete, error.head["findings"], error.findings) == (False, {}, {})


@pytest.mark.parametrize(("name", "kept"), [(None, None), ("", ""), (5, "5"), ("é" * 200, "é" * NAME_MAX)])
def test_run_keeps_a_short_name(name: object, kept: str | None) -> None:
    run = make_run(
        "policy", None, "t", "violations", totals={}, findings=[finding(0)._replace(name=name)], previous=None
    )
    assert [each["name"] for each in run.findings.values()] == [kept]


@pytest.mark.parametrize(
    ("last_status", "status", "before", "after", "news"),
    [
        (None, "ok", None, set(), False),
        (None, "violations", None, {1}, True),
        (None, "error", None, None, True),
        ("violations", "violations", {1}, {1}, False),
        ("violations", "violations", {1}, {2}, True),
        ("violations", "violations", {1}, {1, 2}, True),
        ("violations", "ok", {1}, set(), True),
        ("violations", "error", {1}, None, True),
        ("error", "error", {1}, None, False),
        ("error", "violations", {1}, {1}, True),
        ("error", "ok", None, set(), True),
    ],
)
def test_news_is_a_change_of_the_findings_or_of_whether_the_check_works(
    last_status: str | None, status: str, before: set[int] | None, after: set[int] | None, news: bool
) -> None:
    older = None if before is None else night(1, before)
    comparison = None if after is None else compare_runs(older, night(2, after, older))
    assert is_news(last_status, status, comparison) is news


@given(st.lists(st.none() | st.sets(st.integers(0, 9)), min_size=30, max_size=30))
def test_thirty_nights_with_errors_in_between(nights: list[set[int] | None]) -> None:
    since: dict[int, str] = {}  # what is known, kept the simplest way
    before: set[int] = set()
    complete: Run | None = None
    for number, found in enumerate(nights, 1):
        run = night(number, found, complete)
        if found is None:
            assert not run.complete
            continue
        since = {each: since.get(each, run.head["generated_at"]) for each in found}
        assert {int(each["fingerprint"], 16): each["first_seen"] for each in run.findings.values()} == since
        assert compared(compare_runs(complete, run)) == (found - before, before - found, found & before)
        before, complete = found, run
