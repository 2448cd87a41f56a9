# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several report formats share: the wording of statuses and values, and a finding, or equal ones, as one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ...module_utils._text import visible
from .._checks.remedies import STATUS_MESSAGES, value_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._checks.findings import Connection, Finding

STATUS_EXPLANATIONS = {
    **{status: f"{message}." for status, message in STATUS_MESSAGES.items()},
    "accepted": "All that differs is accepted.",
    "in_sync": "The connection matches the desired state.",
}
NO_NAME = "(no name)"
# GitHub rejects a run of more than 25,000 results and a file of more than 10 MB (compressed), and shows 5,000 results.
SARIF_RESULTS_MAX = 5000
LINE_MAX = 200  # characters of a line about a finding
NAMES_MAX = 10  # names of connections in summary.json


def status_words(status: str) -> str:
    """Return a status for people: ``in sync`` for ``in_sync``."""
    return status.replace("_", " ")


def shortened(text: str, limit: int) -> str:
    """Return text without control characters, at most ``limit`` characters of it."""
    shown = visible(text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def display_name(connection: Connection) -> str:
    """Return the name of the connection, or its user name, or a text that says that it has none."""
    return next((str(each) for each in (connection.name, connection.user_name) if each not in (None, "")), NO_NAME)


def _what_text(finding: Finding, value_max: int = 60) -> str:
    """Return what was found, without the connection: ``outbound.channel_limit 10 -> 500``, ``missing`` or ``srtp_required (high)``."""
    if finding.kind == "rule":
        return f"{shortened(str(finding.rule), 80)} ({finding.severity})" + (
            "" if finding.evaluated else ", not evaluated"
        )
    if finding.kind == "path":
        values = [shortened(value_text(each), value_max) for each in (finding.expected, finding.actual)]
        shown = " -> ".join(values) if finding.expected != finding.actual else "differs in what is hidden"
        return f"{shortened(str(finding.path), 80)} {shown}"
    return f"{finding.status}: password" if finding.path else str(finding.status)


def finding_text(finding: Finding, name_max: int = 60) -> str:
    """Return a finding as one line: ``Paris PBX: outbound.channel_limit 10 -> 500`` or ``missing: London Office``."""
    name, what = shortened(display_name(finding.connection), name_max), _what_text(finding)
    if finding.kind == "path":
        return f"{name}: {what}"
    if finding.status == "recreated":
        return f"{what}: {name} ({shortened(str(finding.expected), 40)} -> {shortened(str(finding.actual), 40)})"
    similar = f" (similar: {_names_text(finding.similar, 2)})" if finding.similar else ""
    return f"{what}: {name}{similar}"


def _names_text(connections: Sequence[Connection], limit: int, name_max: int = 40) -> str:
    """Return the names of connections, at most ``limit`` of them: ``A, B and 20 more``."""
    names = [shortened(display_name(each), name_max) for each in connections[:limit]]
    more = f" and {len(connections) - limit} more" if len(connections) > limit else ""
    return ", ".join(names) + more


def source_text(source: Any) -> str:
    """Return a place in a file, ``baseline.yml, line 3``, or an empty text."""
    if not source:
        return ""
    return str(source["file"]) + (f", line {source['line']}" if source["line"] else "")


def sarif_limit_note(count: int) -> str | None:
    """Return a sentence about the findings that the SARIF report leaves out, or ``None`` if it contains all of the ``count``."""
    if count <= SARIF_RESULTS_MAX:
        return None
    return (
        f"The SARIF report contains the {SARIF_RESULTS_MAX} most severe of {count} findings; "
        "the JSON and HTML reports contain all of them."
    )


class Group(NamedTuple):
    """Equal findings: of one rule, or of one field with the same values, or with one status."""

    findings: Sequence[Finding]

    @property
    def new(self) -> int:
        """The number of those that the previous report does not have."""
        return sum(bool(each.is_new) for each in self.findings)

    def text(self, mark_new: bool) -> str:
        """Return the group as one line; ``mark_new`` says whether what is new is marked."""
        first, count = self.findings[0], len(self.findings)
        text = finding_text(first) if count == 1 else f"{_what_text(first)}: {count} connections"
        if count > 1:
            text += f" ({_names_text([each.connection for each in self.findings], 3)})"
        mark = "" if not (mark_new and self.new) else " (new)" if self.new == count else f" ({self.new} new)"
        return shortened(text, LINE_MAX - len(mark)) + mark

    def as_dict(self) -> dict[str, Any]:
        """Return the group as plain data."""
        first = self.findings[0]
        values = {name: getattr(first, name) for name in ("status", "severity", "rule", "path", "expected", "actual")}
        return {
            **values,
            "text": self.text(mark_new=False),
            "connections": len(self.findings),
            "new": self.new,
            "names": [finding.connection.name for finding in self.findings[:NAMES_MAX]],
        }


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """Return equal findings as groups, in the order in which their first ones come."""
    groups: dict[Any, list[Finding]] = {}
    for each in findings:
        is_single = each.kind == "status" and each.similar  # which names are similar is what matters
        groups.setdefault(each.fingerprint if is_single else (each.rank, _what_text(each)), []).append(each)
    return list(map(Group, groups.values()))
