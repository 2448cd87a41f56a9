# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several report formats share: the order and the wording of statuses, the text of values, and findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ...module_utils._checks.overview import short_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._checks.results import Change, ComparedConnection
    from .model import Model, ReportItem

# The statuses of a compared connection, the most severe first.
STATUS_ORDER = ("drifted", "missing", "recreated", "unexpected", "unverifiable", "accepted", "in_sync")
STATUS_EXPLANATIONS = {
    "drifted": "The connection differs from the desired state.",
    "missing": "The connection is in the desired state, but not in the account.",
    "recreated": "The connection was deleted and created again: the account has its name under another id.",
    "unexpected": "The connection is in the account, but not in the desired state.",
    "unverifiable": "The API masks the password, so it could not be compared.",
    "accepted": "All that differs is accepted.",
    "in_sync": "The connection matches the desired state.",
}
NO_NAME = "(no name)"
# GitHub rejects a run of more than 25,000 results and a file of more than 10 MB (compressed), and shows 5,000 results.
SARIF_RESULTS_MAX = 5000


def status_words(status: str) -> str:
    """Return a status for people: ``in sync`` for ``in_sync``."""
    return status.replace("_", " ")


def value_text(value: Any) -> str:
    """Return the value of a field as JSON, in which ``"10"`` and ``10`` differ."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def change_text(change: Change) -> str:
    """Return one line about a field that differs: ``active: expected true, actual false``."""
    return f"{change['path']}: expected {value_text(change['expected'])}, actual {value_text(change['actual'])}"


def shown_changes(connection: ComparedConnection) -> list[Change]:
    """Return the fields that a report lists: those that differ, and first the id of a connection that was created again."""
    if "old_id" not in connection:
        return connection["changes"]
    new_id: Change = {
        "fingerprint": connection["fingerprint"] or "",
        "first_seen": connection["first_seen"],
        "state": connection["state"] or "new",
        "path": "id",
        "expected": connection["old_id"],
        "actual": connection["id"],
        "attribution": connection["attribution"],
        "remedy": connection["remedy"] or "",
    }
    return [new_id, *connection["changes"]]


def display_name(finding: ReportItem) -> str:
    """Return the name of the connection, or a text that says that it has none."""
    return NO_NAME if finding["name"] in (None, "") else str(finding["name"])


def first_seen(connection: ComparedConnection) -> str | None:
    """Return when the oldest of the connection's findings was first seen, or ``None`` if that is unknown."""
    times = (each["first_seen"] for each in (connection, *connection["changes"]))
    return min((time for time in times if time), default=None)


def seen_finding_text(finding: Mapping[str, Any]) -> str:
    """Return a finding of a run as one line: ``drifted: Berlin PBX (1700000001): inbound.codecs``."""
    name = str(finding["name"] or NO_NAME)  # a desired name may be any JSON value
    name += f" ({finding['id']})" if finding["id"] else ""
    what = "" if finding["kind"] == "status" else f": {finding['what']}"
    return f"{status_words(finding['severity'])}: {name}{what}"


def account_finding_text(finding: Mapping[str, Any]) -> str:
    """Return a finding of one of several accounts as one line: ``berlin, drift: drifted: Berlin PBX (1700000001): inbound.codecs``."""
    return f"{short_name(finding['account'])}, {finding['check']}: {seen_finding_text(finding)}"


def all_findings(model: Model) -> Sequence[ReportItem]:
    """Return the connections with findings (drift) or the violations (policy), and then the accepted findings."""
    if model["check"] == "drift":
        return [
            *(each for each in model["connections"] if each["status"] not in ("in_sync", "accepted")),
            *model["accepted"],
        ]
    return [*model["violations"], *model["accepted"]]


def finding_count(model: Model) -> int:
    """Return the number of findings, accepted ones too: fields that differ and connections with another status, or violations."""
    if model["check"] == "drift":
        found = sum(1 if each["fingerprint"] else len(each["changes"]) for each in model["connections"])
        return found + len(model["accepted"])
    return len(all_findings(model))


def sarif_limit_note(model: Model) -> str | None:
    """Return a sentence about the findings that the SARIF report leaves out, or ``None`` if it contains all of them."""
    count = finding_count(model)
    if count <= SARIF_RESULTS_MAX:
        return None
    return (
        f"The SARIF report contains the {SARIF_RESULTS_MAX} most severe of {count} findings; "
        "the JSON and HTML reports contain all of them."
    )
