# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as Markdown, short enough for the summary page of a CI job. It begins with the text of the summary."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from .._checks.remedies import value_text
from .acceptance_notes import entries_to_review
from .summary import summary_lines
from .values import finding_text, sarif_limit_note, shortened, source_text, status_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._checks.findings import Finding
    from .report import Report

# GitHub accepts 1 MiB for the summary of a step.
ROWS_MAX = 200
CELL_MAX = 300  # characters

# Characters that begin Markdown, inline HTML, formulas, mentions and automatic links. A single _ within a word is harmless.
_SPECIAL = re.compile(r"[\\`*{}\[\]<>#|~@&$]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.", re.IGNORECASE)


class Link(NamedTuple):
    """A text that leads to an address."""

    text: str
    url: str


def markdown_report(report: Report) -> str:
    """Return the report as GitHub Flavored Markdown."""
    lines = [f"# {report.check.capitalize()} check: {status_words(report.status)}", ""]
    lines += [*_summary(report), "", f"Generated at {report.generated_at}.", ""]
    lines += _rules(report)
    note = sarif_limit_note(len(report.findings) + len(report.accepted))
    lines += [escape(note), ""] if note else []
    if report.error is not None:
        lines += _table(["field", "value"], [[name, value] for name, value in report.error.items() if value])
        return "\n".join(lines).rstrip("\n") + "\n"
    lines += _section("Findings", _finding_table(report, report.sorted_findings))
    lines += _section("Accepted", _finding_table(report, report.accepted))
    resolved = [[finding_text(each), (each.first_seen or "")[:10]] for each in report.resolved]
    lines += _section("Resolved", _table(["finding", "since"], resolved))
    reviews = _table(["entry", "place", "reason", "state"], entries_to_review(report.acceptances))
    lines += _section("Entries of accepted findings to review", reviews)
    return "\n".join(lines).rstrip("\n") + "\n"


def _summary(report: Report) -> list[str]:
    """Return the text of the summary, with its own lists."""
    lines: list[str] = []
    for line in summary_lines(report, f"{report.check}.html"):
        lines += [f"- {escape(line[2:])}"] if line.startswith("- ") else ["", escape(line), ""]
    return lines[1:]


def _section(heading: str, lines: list[str]) -> list[str]:
    return [f"## {heading}", "", *lines] if lines else []


def _rules(report: Report) -> list[str]:
    """Return the _table of rules: those with violations first, the most severe before others."""
    counts = Counter(each.rule for each in report.findings)
    rules = sorted(report.rules, key=lambda rule: not counts[rule["id"]])
    rows = [
        [
            rule["id"],
            rule["severity"],
            rule["applied_to"],
            counts[rule["id"]],
            rule["help"] if counts[rule["id"]] else rule["holds"],
        ]
        for rule in rules
    ]
    return _table(["rule", "severity", "applies to", "findings", "why, or what holds"], rows)


def _finding_table(report: Report, findings: Sequence[Finding]) -> list[str]:
    helps = {rule["id"]: rule["help"] for rule in report.rules}
    columns: dict[str, list[Any]] = {
        "severity": [each.rank for each in findings],
        "rule": [each.rule for each in findings],
        "connection": [each.connection.name for each in findings],
        "id": [_linked_id(each) for each in findings],
        "user name": [
            each.connection.user_name if each.status in ("missing", "unexpected") else None for each in findings
        ],
        "field": [each.path for each in findings],
        "expected": [value_text(each.expected) if each.kind == "path" else None for each in findings],
        "actual": [value_text(each.actual) if each.kind == "path" else None for each in findings],
        "message": [None if each.kind == "path" else each.message for each in findings],
        "since": [(each.first_seen or "")[:10] for each in findings],
        "updated_at": [each.updated_at for each in findings],
        "place": [source_text(each.source) for each in findings],
        "what to do": [
            None if each.accepted or each.remedy == helps.get(each.rule or "") else each.remedy for each in findings
        ],
    }
    for name in ("reason", "who", "expires"):
        columns[name] = [each.accepted[name] if each.accepted else None for each in findings]
    shown = {name: values for name, values in columns.items() if any(values)}
    return _table(list(shown), list(zip(*shown.values())))


def _linked_id(finding: Finding) -> Any:
    """Return the id of a connection, as a link if the address of its page is known."""
    identity = finding.connection.id
    return Link(str(identity), finding.url) if finding.url else identity


def _table(heading: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """Return the lines of a _table of at most ``ROWS_MAX`` rows, or none; a cell is text, a :class:`Link` or a number."""
    if not rows:
        return []
    lines = [_row(heading), f"| {' | '.join(['---'] * len(heading))} |", *map(_row, rows[:ROWS_MAX]), ""]
    if len(rows) > ROWS_MAX:
        lines += [f"{len(rows) - ROWS_MAX} more rows are in the HTML and JSON reports.", ""]
    return lines


def _row(cells: Sequence[Any]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(cell: Any) -> str:
    if isinstance(cell, Link):
        # The address has only characters that a link may have, except these; quote() encoded those of the id.
        address = cell.url.replace("(", "%28").replace(")", "%29").replace("|", "%7C")
        return f"[{escape(cell.text, CELL_MAX)}](<{address}>)"
    return escape("" if cell is None else str(cell), CELL_MAX)


def escape(value: str, limit: int = 2000) -> str:
    """Return text that is not read as Markdown, HTML, a link or a mention: it has character references instead.

    Text of more than ``limit`` characters is shortened.
    """
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", shortened(value, limit))
