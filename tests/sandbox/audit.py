"""The audit log of the sandbox: an event for each change that a test makes to the account."""

from __future__ import annotations

import copy
import re
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

Event = dict[str, Any]
OWNER = {"change_made_by": "account_owner", "user_id": "1234"}
PARAMETERS = {"filter[created_after]", "filter[created_before]", "sort", "page[number]", "page[size]"}


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def make_event(change_type: str, resource_id: str, changes: list[dict[str, Any]], /, **fields: Any) -> Event:
    """Return an event, now. ``fields`` replace its other fields."""
    return {
        "id": str(uuid.uuid4()),
        "record_type": "credential_connection",
        "resource_id": resource_id,
        "alternate_resource_id": None,
        "change_type": change_type,
        "organization_id": "9f0c6a3e-0000-4000-8000-000000000001",
        "created_at": now(),
        "changes": changes,
        **OWNER,
        **fields,
    }


def differences(before: dict[str, Any], after: dict[str, Any], above: str = "") -> list[dict[str, Any]]:
    """Return the fields that differ, in the form of the log."""
    found = []
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            found += differences(old, new, f"{above}{name}.")
        elif old != new:
            found.append({"field": above + name, "from": copy.deepcopy(old), "to": copy.deepcopy(new)})
    return found


def listed(events: list[Event], query: dict[str, str], faults: list[dict[str, Any]]) -> list[Event]:
    """Return the events that a query asks for, as a log with these faults has them.

    late: the newest ``count`` events are missing. partial: the events have no ``field`` (default: changes). reverse: the order is the
    opposite. duplicates: each event is there twice. unfiltered: the filters have no effect.
    """
    kinds = {fault["kind"]: fault for fault in faults}
    found = [dict(event) for event in sorted(events, key=lambda event: str(event.get("created_at")))]
    if "late" in kinds:
        found = found[: -kinds["late"].get("count", 1)]
    for event in found if "partial" in kinds else ():
        event.pop(kinds["partial"].get("field", "changes"), None)
    if "unfiltered" not in kinds:
        after = query.get("filter[created_after]", "")
        before = query.get("filter[created_before]", "9999")
        found = [event for event in found if after <= str(event.get("created_at")) <= before]
    if "duplicates" in kinds:
        found = [event for event in found for _time in range(2)]
    return found[::-1] if (query.get("sort") == "desc") != ("reverse" in kinds) else found


def days_ago(days: float) -> str:
    return (datetime.now(timezone.utc) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def is_time(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?", text))


LOG_FAULTS = ("late", "partial", "reverse", "duplicates", "unfiltered")
