# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a connection was updated, and who made a finding, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import HIDDEN
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import value_text

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.results import (
        Attribution,
        Change,
        ComparedConnection,
        Who,
    )

VERBS = {"missing": "deleted", "unexpected": "created", "recreated": "created", "unverifiable": "changed"}


def change_attribution(change: Change) -> str:
    """Return who changed a field, or an empty string if the audit log was not asked for."""
    return _text(change["attribution"], VERBS["recreated"] if change["path"] == "id" else "changed")


def connection_attribution(connection: ComparedConnection) -> str:
    """Return who deleted or created a connection, or an empty string if that is no finding or the log was not asked for."""
    return _text(connection["attribution"], VERBS.get(connection["status"], "changed"))


def properties(connection: ComparedConnection, attribution: Attribution | None) -> dict[str, Any]:
    """Return what a format for programs has besides a finding."""
    return {"updated_at": connection["updated_at"], **({"attribution": attribution} if attribution else {})}


def _text(attribution: Attribution | None, verb: str) -> str:
    """Return a phrase: ``changed by account_owner (user 1234) on 2026-11-20 14:03 UTC, from ["G722"]``."""
    if attribution is None:
        return ""
    reason = f" ({attribution['reason'].rstrip('.')})" if attribution["reason"] else ""
    if attribution["state"] == "known":
        return f"{verb} {_event(attribution, verb)}{reason}"
    last = f"; last known event: {_event(attribution, verb)}" if attribution["when"] else ""
    return f"{verb} by: {attribution['state']}{reason}{last}"


def _event(attribution: Attribution, verb: str) -> str:
    when = str(attribution["when"])
    # Whoever created or deleted a connection changed no value of a field; and null may mean that the log has no value.
    is_value = verb == "changed" and (attribution["from"] is not None or not attribution["reason"])
    before = f", from {value_text(attribution['from'])}" if is_value and attribution["from"] != HIDDEN else ""
    return f"by {_who(attribution['who'])} on {when[:10]} {when[11:16]} UTC{before}"


def _who(who: Who | None) -> str:
    role, user = (who["change_made_by"], who["user_id"]) if who else (None, None)
    return f"{role or 'someone'} (user {user})" if user else role or "someone"
