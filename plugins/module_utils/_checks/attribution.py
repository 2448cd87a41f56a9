# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who made the change behind a finding of the drift check, when, and from which value, by the audit log.

Nothing is guessed. The log may lack events, so the newest event that it has for a field is the one that made the live value
only if it leads to that value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .._connections.records import HIDDEN, SECRET_FIELDS
from .audit_log import AuditEvent, format_time, may_be_secret, without_logged_secrets
from .equivalence import fields_equal, passwords_equal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .audit_log import EventChange
    from .drift import Comparison
    from .field_paths import Path
    from .results import Attribution, DriftResult

NO_EVENT = "The audit log has no event for it since {since}."
NO_ID = "The desired connection has no id by which the audit log could name it."
LATER_EVENT_MISSING = (
    "The last event in the audit log does not lead to the present state: a later one is missing there."
)
AMBIGUOUS = "The audit log has events of several people at the same time."
NO_EARLIER_VALUE = "The audit log does not have the earlier value."
NOT_COMPARABLE = "The API masks the password, so it is not known whether this event set it."

# The API's reference gives no list of change types.
_DELETION = re.compile("delet|destroy|remov", re.IGNORECASE)
_CREATION = re.compile("creat|insert", re.IGNORECASE)


def add_attribution(  # noqa: PLR0913 - the findings, and what was read of the log
    result: DriftResult,
    comparisons: Sequence[Comparison],
    events: Sequence[AuditEvent],
    note: str = "",
    *,
    since: str,
    may_lack_newer: bool = False,
) -> None:
    """Set ``attribution`` of each finding in ``result``, which ``drift.as_result`` made of the comparisons.

    ``events`` are sorted, the oldest first, as :func:`audit_log.parse_events` returns them. ``since`` is the time from
    which on the log was read, for a sentence. ``note`` is a sentence about events that
    were not read. With ``may_lack_newer``, one of these may be newer than one of ``events``, so every finding is ``unknown``.
    """

    def with_note(attribution: Attribution) -> Attribution:
        if may_lack_newer:
            attribution["state"] = "unknown"
        if note:
            attribution["reason"] = f"{attribution['reason']} {note}" if attribution["reason"] else note
        return attribution

    by_resource: dict[str, list[AuditEvent]] = {}
    for event in events:
        for resource in dict.fromkeys(event.resources):
            by_resource.setdefault(resource, []).append(event)
    for connection, comparison in zip(result["connections"], comparisons):
        own = by_resource.get(connection["id"] or "", [])
        if connection["fingerprint"]:
            connection["attribution"] = with_note(_of_connection(comparison, connection["id"], own, since))
        paths = {".".join(difference.path): difference.path for difference in comparison.changes}
        for change in connection["changes"]:  # without the accepted ones
            change["attribution"] = with_note(_of_field(comparison.live or {}, paths[change["path"]], own, since))


def add_unavailable(result: DriftResult, reason: str) -> None:
    """Set ``attribution`` of each finding to ``unavailable``: ``reason`` says why the log could not be read."""
    for connection in result["connections"]:
        if connection["fingerprint"]:
            connection["attribution"] = _attribution("unavailable", None, None, reason)
        for change in connection["changes"]:
            change["attribution"] = _attribution("unavailable", None, None, reason)


def _of_connection(
    comparison: Comparison, connection_id: str | None, events: Sequence[AuditEvent], since: str
) -> Attribution:
    status = comparison.status
    if connection_id is None:
        return _attribution("unknown", None, None, NO_ID)
    if status == "unverifiable":
        secrets = [event for event in events if any(may_be_secret(change.path) for change in event.changes)]
        return _attribution("unknown", secrets[-1], HIDDEN, NOT_COMPARABLE) if secrets else _unknown(since)
    if not events:
        return _unknown(since)
    if status == "missing":
        newest = [event for event in events if event.time == events[-1].time]
        deletions = [event for event in newest if _DELETION.search(event.change_type)]
        return _of_simultaneous(deletions, newest[-1], None)
    creations = [event for event in events if _CREATION.search(event.change_type)]
    newest = [event for event in creations if event.time == creations[-1].time]
    return _of_simultaneous(newest, events[-1], None, "The audit log does not have its creation.")


def _of_field(live: Mapping[str, Any], path: Path, events: Sequence[AuditEvent], since: str) -> Attribution:
    """Return the attribution of a field that differs."""
    touching = [(event, found) for event in events if (found := _touching(event, path))]
    if not touching:
        return _unknown(since)
    newest = [each for each in touching if each[0].time == touching[-1][0].time]
    actual = _value_at(live, path)
    consistent = [event for event, changes in newest if all(_leads_to(change, path, actual) for change in changes)]
    last_event, last_changes = newest[-1]
    for event, changes in newest:
        if consistent and event is consistent[-1]:
            last_event, last_changes = event, changes
    attribution = _of_simultaneous(consistent, last_event, _before(last_changes, path))
    if attribution["state"] == "known" and any("before" in change.missing for change in last_changes):
        attribution["reason"] = NO_EARLIER_VALUE
    return attribution


def _of_simultaneous(
    events: Sequence[AuditEvent], last: AuditEvent, before: Any, otherwise: str = LATER_EVENT_MISSING
) -> Attribution:
    """Return the attribution to the last of ``events``, which are all of the same time and led to the present state.

    If there is none, the state is unknown: ``last`` is the event to show then, and ``otherwise`` the reason.
    """
    if not events:
        return _attribution("unknown", last, before, otherwise)
    if len({(event.change_made_by, event.user_id) for event in events}) > 1:
        return _attribution("unknown", events[-1], before, AMBIGUOUS)
    return _attribution("known", events[-1], before)


def _touching(event: AuditEvent, path: Path) -> list[EventChange]:
    """Return the changes of an event to the field at a path, to a parent of it, or to a field below it."""
    return [change for change in event.changes if _touches(change, path)]


def _touches(change: EventChange, path: Path) -> bool:
    if change.path != path[: len(change.path)] and change.path[: len(path)] != path:
        return False
    if may_be_secret(path) or change.missing:
        return True  # masked passwords are equal, though the password changed
    rest = path[len(change.path) :]
    # An object may be logged as a whole where another field of it changed.
    return not fields_equal(
        max(change.path, path, key=len), _value_at(change.before, rest), _value_at(change.after, rest)
    )


def _leads_to(change: EventChange, path: Path, actual: Any) -> bool:
    """Return whether a change led to the live value ``actual`` of the field at ``path``, as far as that can be compared."""
    if "after" in change.missing:
        return False
    after = _value_at(change.after, path[len(change.path) :])
    actual = _value_at(actual, change.path[len(path) :])
    deepest = max(change.path, path, key=len)
    if deepest[-1] in SECRET_FIELDS:
        return passwords_equal(after, actual) is not False
    return fields_equal(deepest, after, actual)


def _before(changes: Sequence[EventChange], path: Path) -> Any:
    """Return the earlier value of the field at a path, for output. Of fields below it, only those that changed are known."""
    result: Any = None
    for change in changes:
        below = change.path[len(path) :]
        value = _value_at(change.before, path[len(change.path) :])
        value = without_logged_secrets((*path, *below), value)
        if not below:
            return value
        for part in reversed(below):
            value = {part: value}
        result = {**result, **value} if isinstance(result, dict) else value
    return result


def _value_at(value: Any, path: Path) -> Any:
    """Return the value at a path within a value, or ``None`` if there is none."""
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isascii() and part.isdigit() and int(part[:9]) < len(value):
            value = value[int(part[:9])]
        else:
            return None
    return value


def _unknown(since: str) -> Attribution:
    return _attribution("unknown", None, None, NO_EVENT.format(since=since))


def _attribution(state: str, event: AuditEvent | None, before: Any, reason: str | None = None) -> Attribution:
    return {
        "state": state,
        "who": None if event is None else {"change_made_by": event.change_made_by, "user_id": event.user_id},
        "when": None if event is None else format_time(event.time),
        "from": before,
        "event": None if event is None else event.id,
        "reason": reason,
    }
