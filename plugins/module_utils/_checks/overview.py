# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The overview of a check of several accounts (pure functions)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypedDict

from .._text import one_line, visible
from .fail_on import ERROR, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# The status of an account and of all of them by the exit code, the worst first.
STATUS_OF_EXIT_CODE = {1: ERROR, 2: "findings", 0: "ok"}
NAME_MAX = 60  # characters of a name in a line of text
ERROR_MAX = 300  # characters of an error in a line of text
AFFECTED_MAX = 5  # accounts that the summary names
_RANK = {status: rank for rank, status in enumerate(STATUS_OF_EXIT_CODE.values())}
_OUTCOMES = (*(outcome for outcomes in OUTCOMES.values() for outcome in outcomes if outcome != ERROR), ERROR)


class CheckRow(TypedDict):
    """A check of an account. What is unknown is null.

    ``status`` and ``exit_code`` are those of the check. ``total``, ``new`` and ``resolved`` count findings. ``findings`` are the
    outcomes, in the words of ``fail_on``, and ``failing`` those of them that fail the play. ``first_seen`` is that of the oldest
    finding. ``findings_hash`` identifies the set of the findings. ``report`` is the path of the page, relative to the folder of
    the overview. Times are UTC (RFC 3339).
    """

    check: str
    status: str
    exit_code: int
    summary: str
    generated_at: str | None
    connections: int | None
    total: int | None
    new: int | None
    resolved: int | None
    first_seen: str | None
    findings_hash: str | None
    findings: Sequence[str]
    failing: Sequence[str]
    news: bool
    error: Mapping[str, Any] | None
    report: str | None


class AccountRow(TypedDict):
    """An account with its checks. One that could not be checked at all has an ``error``, no ``folder`` and no checks."""

    name: str
    folder: str | None
    status: str
    exit_code: int
    error: Mapping[str, Any] | None
    checks: Sequence[CheckRow]


class Overview(TypedDict):
    """All accounts, the worst first.

    ``totals`` counts them by status. ``total``, ``new`` and ``resolved`` count findings, ``findings`` are the outcomes of all
    checks, and ``failing`` the names of the accounts that fail the play. With an ``error`` of the run, ``totals`` is null, and
    there are no accounts.
    """

    status: str
    exit_code: int
    summary: str
    totals: Mapping[str, int] | None
    total: int | None
    new: int | None
    resolved: int | None
    findings: Sequence[str]
    failing: Sequence[str]
    news: bool
    error: Mapping[str, Any] | None
    accounts: Sequence[AccountRow]


def account_row(
    name: str, folder: str | None, checks: Sequence[CheckRow], error: Mapping[str, Any] | None = None
) -> AccountRow:
    """Return an account with the status of its worst check; without any check, it is an error."""
    code = _worst([each["exit_code"] for each in checks]) if checks and error is None else 1
    return {
        "name": name,
        "folder": folder,
        "status": STATUS_OF_EXIT_CODE[code],
        "exit_code": code,
        "error": error,
        "checks": checks,
    }


def make_overview(accounts: Sequence[AccountRow], *, with_history: bool = False) -> Overview:
    """Return the overview of at least one account.

    An account that could not be checked at all (``error``) is always news if there is a history, because no history knows it.
    """
    ordered = sorted(accounts, key=lambda each: _RANK[each["status"]])
    code = _worst([each["exit_code"] for each in ordered])
    counts = Counter(each["status"] for each in ordered)
    totals = {"accounts": len(ordered), **{status: counts[status] for status in STATUS_OF_EXIT_CODE.values()}}
    checks = [check for each in ordered for check in each["checks"]]
    outcomes = {outcome for each in checks for outcome in each["findings"]}
    outcomes |= {ERROR} if counts[ERROR] else set()
    unchecked = any(each["error"] for each in ordered)
    return {
        "status": STATUS_OF_EXIT_CODE[code],
        "exit_code": code,
        "summary": _summary(ordered, totals),
        "totals": totals,
        "total": _sum(each["total"] for each in checks),
        "new": _sum(each["new"] for each in checks),
        "resolved": _sum(each["resolved"] for each in checks),
        "findings": [outcome for outcome in _OUTCOMES if outcome in outcomes],
        "failing": [each["name"] for each in ordered if is_failing(each)],
        "news": any(each["news"] for each in checks) or (with_history and unchecked),
        "error": None,
        "accounts": ordered,
    }


def failed_overview(error: Mapping[str, Any]) -> Overview:
    """Return the overview of a run that has no result; ``error`` has a ``message``."""
    return {
        "status": ERROR,
        "exit_code": 1,
        "summary": f"accounts check: error: {error['message']}",
        "totals": None,
        "total": None,
        "new": None,
        "resolved": None,
        "findings": [ERROR],
        "failing": [],
        "news": False,
        "error": error,
        "accounts": [],
    }


def is_failing(account: AccountRow) -> bool:
    """Return whether the account fails the play."""
    return bool(account["error"]) or any(each["failing"] for each in account["checks"])


def account_line(account: AccountRow) -> str:
    """Return one line about an account: ``berlin: drift: 2 findings; policy: ok``."""
    if account["error"]:
        return f"{short_name(account['name'])}: error: {one_line(account['error']['message'], ERROR_MAX)}"
    return f"{short_name(account['name'])}: " + "; ".join(map(_check_text, account["checks"]))


def short_name(name: str) -> str:
    """Return the name of an account as text for one line."""
    name = visible(name)
    return name if len(name) <= NAME_MAX else f"{name[: NAME_MAX - 1]}…"


def _check_text(check: CheckRow) -> str:
    if check["error"]:
        return f"{check['check']}: error: {one_line(check['error']['message'], ERROR_MAX)}"
    text = f"{check['check']}: {check['status'].replace('_', ' ')}"
    if check["total"]:
        text += f", {check['total']} finding{'' if check['total'] == 1 else 's'}"
    if check["new"]:
        text += f", {check['new']} new"
    return text


def _worst(codes: Iterable[int]) -> int:
    return min(codes, key=list(STATUS_OF_EXIT_CODE).index)


def _sum(numbers: Iterable[int | None]) -> int | None:
    """Return the sum of the numbers that are known, or ``None`` if none is."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _summary(accounts: Sequence[AccountRow], totals: Mapping[str, int]) -> str:
    words = {ERROR: "in error", "findings": "with findings", "ok": "ok"}
    counted = ", ".join(f"{totals[status]} {words[status]}" for status in words if totals[status])
    summary = f"accounts check: {totals['accounts']} account{'' if totals['accounts'] == 1 else 's'}: {counted}"
    affected = [short_name(each["name"]) for each in accounts if each["status"] != "ok"]
    if affected:
        more = f" and {len(affected) - AFFECTED_MAX} more" if len(affected) > AFFECTED_MAX else ""
        summary += f"; affected: {', '.join(affected[:AFFECTED_MAX])}{more}"
    return summary
