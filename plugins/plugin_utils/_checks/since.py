# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is new and what is resolved since the previous complete report (pure functions)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .findings import Finding


@dataclass(frozen=True)
class Previous:
    """The previous complete report: when it was written (RFC 3339, UTC), its findings, and those that were accepted."""

    generated_at: str
    findings: Sequence[Finding]
    accepted: Sequence[Finding]


def since(
    findings: Sequence[Finding], accepted: Sequence[Finding], previous: Previous | None, now: str
) -> tuple[list[Finding], list[Finding], list[Finding]]:
    """Return the findings with ``first_seen`` and ``is_new``, the accepted ones with ``first_seen``, and those that are resolved.

    ``now`` is the time of this report (RFC 3339, UTC). A finding is new if the previous report does not have it, or has it among the
    accepted ones; without a previous report, each one is new. One that is accepted now is not resolved.
    """
    before = {each.fingerprint: each for each in previous.findings} if previous else {}
    seen = {each.fingerprint: each.first_seen for each in (*previous.accepted, *previous.findings)} if previous else {}
    still_there = {each.fingerprint for each in (*findings, *accepted)}

    def dated(finding: Finding, is_new: bool | None) -> Finding:
        return finding.changed(first_seen=seen.get(finding.fingerprint) or now, is_new=is_new)

    return (
        [dated(each, each.fingerprint not in before) for each in findings],
        [dated(each, None) for each in accepted],
        [each for fingerprint, each in before.items() if fingerprint not in still_there],
    )
