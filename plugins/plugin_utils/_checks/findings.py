# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of a result, one by one, in one form for both checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .results import DriftResult, PolicyResult


class Finding(NamedTuple):
    """One finding.

    ``kind`` is ``path``, ``status`` or ``rule``, and ``what`` the path, the status, or the rule's id. ``severity`` is the
    status of the connection (drift) or the severity of the rule (policy). ``id`` and ``name`` are those of the connection.
    ``expected`` and ``actual`` are the values of a path, and ``None`` for the other kinds.
    """

    fingerprint: str
    kind: str
    what: str
    severity: str
    id: str | None
    name: Any
    expected: Any = None
    actual: Any = None


def drift_findings(result: DriftResult) -> Iterator[Finding]:
    """Yield the findings of a drift check, without the accepted ones, in the order of its result."""
    for each in result["connections"]:
        status, connection = each["status"], (each["id"], each["name"])
        if each["fingerprint"]:
            yield Finding(each["fingerprint"], "status", status, status, *connection)
        for change in each["changes"]:
            values = (change["expected"], change["actual"])
            yield Finding(change["fingerprint"], "path", change["path"], status, *connection, *values)


def policy_findings(result: PolicyResult) -> Iterator[Finding]:
    """Yield the violations of a policy check, without the accepted ones, in the order of its result."""
    for each in result["violations"]:
        yield Finding(each["fingerprint"], "rule", each["rule"], each["severity"], each["id"], each["name"])
