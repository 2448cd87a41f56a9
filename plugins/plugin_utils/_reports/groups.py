# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Equal findings as one line: what the summary is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .values import finding_text, names_text, shortened, what_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._checks.findings import Finding

LINE_MAX = 200  # characters of a line about a finding
NAMES_MAX = 10  # names of connections in summary.json


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
        text = finding_text(first) if count == 1 else f"{what_text(first)}: {count} connections"
        if count > 1:
            text += f" ({names_text([each.connection for each in self.findings], 3)})"
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
        groups.setdefault(each.fingerprint if is_single else (each.rank, what_text(each)), []).append(each)
    return list(map(Group, groups.values()))
