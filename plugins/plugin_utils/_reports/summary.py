# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people read first: ``summary.txt``, and the same as data in ``summary.json``.

The console and the Markdown report show the same text. It is plain: a message to a chat has to escape the markup of that chat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .values import LINE_MAX, finding_text, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .report import Report

TEXT_MAX = 1500  # characters of summary.txt
# A longer report_url is refused, because a link that is cut leads nowhere.
LINK_MAX = 1000  # characters
LABEL_MAX = 60  # characters of the label of an account
HEAD_MAX = 300  # characters of the first line
LINES_MAX = 10  # lines about findings
RESOLVED_MAX = 3  # lines about resolved findings
GROUPS_MAX = 100  # groups, and resolved findings, in summary.json


def summary_lines(report: Report, where: str = "") -> list[str]:
    """Return the summary as lines without control characters, at most ``TEXT_MAX`` characters with their line breaks.

    ``where`` is the file with the other findings, which is named unless there is a ``report_url``.
    """
    label = f" of {shortened(report.account.label, LABEL_MAX)}" if report.account.label else ""
    head = f"{report.check.capitalize()} check{label}: {report.message}"
    link = [f"Report: {report.report_url}"] if report.report_url else []
    if report.error is not None:
        return [shortened(head, _room(link) - 1), *link]
    lines = [shortened(head, HEAD_MAX)]
    if report.previous:
        lines.append(f"Since {report.previous}: {len(report.new)} new, {len(report.resolved)} resolved")
    groups = report.groups
    texts = [f"- {each.text(bool(report.previous))}" for each in groups[:LINES_MAX]]
    # A quarter is left for what is resolved.
    shown = _fitting(texts, _room([*lines, *link]) * 3 // 4 - LINE_MAX)
    left = sum(len(each.findings) for each in groups[len(shown) :])
    named = f", see {where}" if where and not link and len(where) < LINE_MAX // 2 else ""
    lines += [*shown, f"- and {left} more findings{named}"] if left else shown
    resolved = [f"- resolved: {finding_text(each)}" for each in report.resolved[:RESOLVED_MAX]]
    shown = _fitting(resolved, _room([*lines, *link]) - 40)
    left = len(report.resolved) - len(shown)
    return [*lines, *shown, *([f"- and {left} more resolved"] if left else []), *link]


def _room(lines: Iterable[str]) -> int:
    """Return how many characters are left beside these lines."""
    return TEXT_MAX - sum(len(line) + 1 for line in lines)


def _fitting(lines: Iterable[str], room: int) -> list[str]:
    """Return the first lines, as many as have ``room`` characters."""
    shown: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        shown.append(line)
    return shown


def summary_text(report: Report) -> str:
    """Return the text of ``summary.txt``."""
    return "\n".join(summary_lines(report, f"{report.check}.html")) + "\n"


def summary_data(report: Report) -> dict[str, Any]:
    """Return the content of ``summary.json``, see ``docs/summary.schema.json``."""
    groups = report.groups
    complete = report.error is None
    return {
        "check": report.check,
        "account": report.account.label,
        "status": report.status,
        "exit_code": report.exit_code,
        "news": report.news,
        "summary": report.message,
        "text": summary_text(report),
        "generated_at": report.generated_at,
        "previous": report.previous,
        "totals": report.totals,
        "new": len(report.new) if complete else None,
        "findings": [each.as_dict() for each in groups[:GROUPS_MAX]],
        "groups": len(groups),
        "resolved": [
            {"text": finding_text(each), "fingerprint": each.fingerprint, "first_seen": each.first_seen}
            for each in report.resolved[:GROUPS_MAX]
        ],
        "resolved_total": len(report.resolved) if complete else None,
        "error": report.error,
        "report_url": report.report_url,
    }
