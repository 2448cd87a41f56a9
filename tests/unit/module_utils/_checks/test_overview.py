"""The overview of several accounts: the worst status, the order, and what is unknown."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.overview import (
    AccountRow,
    CheckRow,
    account_line,
    account_row,
    is_failing,
    make_overview,
)
from hypothesis import given
from hypothesis import strategies as st

CODES = {"in_sync": 0, "ok": 0, "drift": 2, "violations": 2, "error": 1}
ERROR = {"kind": "option", "message": "It has\nno name.", "hint": ""}


def check(status: str, **values: Any) -> CheckRow:
    kinds = [] if CODES[status] == 0 else [status]
    failed = status == "error"
    row: Any = {"check": "drift", "status": status, "exit_code": CODES[status], "summary": "", "generated_at": None}
    row |= {"connections": None, "new": None, "resolved": None, "first_seen": None, "news": False, "report": None}
    row |= {"findings_hash": None}
    row |= {"findings": kinds, "failing": kinds, "error": ERROR if failed else None}
    row |= {"total": None if failed else len(kinds)}
    row |= values
    return row  # type: ignore[no-any-return]


def account(name: str, *statuses: str) -> AccountRow:
    return account_row(name, name, [check(status) for status in statuses])


ROWS = st.lists(st.lists(st.sampled_from(sorted(CODES)), max_size=2), min_size=1, max_size=6)


@given(ROWS)
def test_worst_status_decides_and_comes_first(statuses: list[list[str]]) -> None:
    rows = [account(f"account{number}", *each) for number, each in enumerate(statuses)]
    overview = make_overview(rows)
    errors = [row["name"] for row, each in zip(rows, statuses) if "error" in each or not each]
    findings = [
        row["name"] for row, each in zip(rows, statuses) if row["name"] not in errors and {2} & {CODES[s] for s in each}
    ]
    fine = [row["name"] for row in rows if row["name"] not in (*errors, *findings)]
    assert [each["name"] for each in overview["accounts"]] == [*errors, *findings, *fine]
    expected = ("error", 1) if errors else ("findings", 2) if findings else ("ok", 0)
    assert (overview["status"], overview["exit_code"]) == expected
    counts = {"accounts": len(rows), "error": len(errors), "findings": len(findings), "ok": len(fine)}
    assert overview["totals"] == counts
    assert ("error" in overview["findings"]) == bool(errors)


def test_numbers_are_those_of_the_checks_that_know_them() -> None:
    rows = [
        account_row("a", "a", [check("drift", total=3, new=2, resolved=0, news=True), check("error")]),
        account_row("b", "b", [check("ok")]),
    ]
    overview = make_overview(rows)
    assert (overview["total"], overview["new"], overview["resolved"], overview["news"]) == (3, 2, 0, True)
    overview = make_overview([account("a", "error")])
    assert (overview["total"], overview["new"], overview["news"]) == (None, None, False)


@pytest.mark.parametrize("with_history", [False, True])
def test_account_that_was_not_checked_is_an_error_and_news_with_a_history(with_history: bool) -> None:
    row = account_row("x", None, [], ERROR)
    overview = make_overview([account("a", "ok"), row], with_history=with_history)
    assert (overview["status"], overview["news"]) == ("error", with_history)
    assert overview["failing"] == ["x"]
    assert account_line(row) == "x: error: It has no name."


def test_account_fails_by_its_failing_findings_alone() -> None:
    assert is_failing(account("a", "drift"))
    assert not is_failing(account_row("a", "a", [check("drift", failing=[]), check("error", failing=[])]))


def test_line_and_summary_have_safe_and_short_names() -> None:
    rows = [account(f"\u202e{number}" + "x" * 100, "drift") for number in range(7)]
    rows[0]["checks"] = [check("drift", total=2, new=1), check("in_sync", check="policy")]
    overview = make_overview(rows)
    assert "\u202e" not in overview["summary"]
    assert overview["summary"].startswith("accounts check: 7 accounts: 7 with findings; affected: <U+202E>0xxx")
    assert overview["summary"].endswith("… and 2 more")
    assert account_line(rows[0]).endswith("…: drift: drift, 2 findings, 1 new; policy: in sync")
