# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit log as typed events, without passwords.

Source: the published API reference, "List audit events". The log is best-effort, so a part of an event may be missing or
malformed: what can be read is used, and an event without a time or a resource is left out.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._connections.fields import ALIASES
from .._connections.records import HIDDEN, harmless_keys
from .._connections.url_secrets import text_without_url_secrets, without_url_secrets
from .._text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .field_paths import Path

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?\s?([Zz]|[+-]\d\d:?\d\d)?)?", re.ASCII
)
# Levels. Values of connections have two; deeper ones cannot be processed by everything that a report passes through.
_DEPTH_MAX = 20
TEXT_MAX = 100  # characters of a text about an event, such as the role of a person
SECRET_WORD = "password"  # noqa: S105 - the part of a field's name by which it is secret


@dataclass(frozen=True)
class EventChange:
    """A field that an event changed. ``before`` and ``after`` are the values as logged: they may be passwords.

    ``missing`` names those of the two that the log does not have; they are ``None`` then.
    """

    path: Path
    before: Any
    after: Any
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class AuditEvent:
    """An event. ``time`` is its Unix time in seconds; ``resources`` are the ids of what it changed."""

    id: str | None
    time: float
    resources: tuple[str, ...]
    change_type: str
    change_made_by: str | None
    user_id: str | None
    changes: tuple[EventChange, ...]


def parse_time(text: str) -> float | None:
    """Return the Unix time in seconds of an RFC 3339 time or of the beginning of a day, or ``None``. UTC is the default."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        return None
    day, hour, minute, second, fraction, zone = found.groups()
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    zone = zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    try:
        moment = datetime.datetime.fromisoformat(f"{day}T{hour or '00'}:{minute or '00'}:{second or '00'}{zone}")
        return moment.timestamp() + float(f"0.{fraction or 0}")
    except (ValueError, OverflowError):
        return None


def format_time(time: float) -> str:
    """Return a Unix time in seconds as UTC, as in ``2026-11-20T14:03:00Z``."""
    moment = datetime.datetime.fromtimestamp(time, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def parse_events(records: Iterable[Any]) -> list[AuditEvent]:
    """Return the events, the oldest first, and each once: of several with one id, the one with the most changes."""
    by_id: dict[str, AuditEvent] = {}
    events = []
    for record in records:
        event = _parse_event(record)
        if event is None:
            continue
        if event.id is None:
            events.append(event)
        elif event.id not in by_id or len(by_id[event.id].changes) < len(event.changes):
            by_id[event.id] = event
    return sorted([*events, *by_id.values()], key=lambda event: event.time)


def may_be_secret(path: Path) -> bool:
    """Return whether the field at a path may hold a secret: whether a name in the path has the word password in it."""
    return any(SECRET_WORD in part.casefold() for part in path)


def without_logged_secrets(path: Path, value: Any) -> Any:
    """Return a logged value of the field at a path for output: secrets in it are hidden, by the names of fields, and in URLs."""
    shown = (
        HIDDEN if may_be_secret(path) else text_without_url_secrets(without_url_secrets(_hidden(value, 0), path[-1]))
    )
    return harmless_keys(shown) if isinstance(shown, (dict, list)) else shown


def _hidden(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        # An object may be logged as text.
        return HIDDEN if SECRET_WORD in value.casefold() else value
    if not isinstance(value, (dict, list)):
        return value
    if depth == _DEPTH_MAX:
        return HIDDEN
    if isinstance(value, list):
        # As objects of a name and a value, one of the elements may name the secret that another one is.
        named = any(isinstance(each, str) and SECRET_WORD in each.casefold() for each in value)
        return HIDDEN if named else [_hidden(each, depth + 1) for each in value]
    if any(isinstance(each, str) and SECRET_WORD in each.casefold() for each in value.values()):
        return HIDDEN
    return {key: HIDDEN if SECRET_WORD in key.casefold() else _hidden(each, depth + 1) for key, each in value.items()}


def _parse_event(record: Any) -> AuditEvent | None:
    if not isinstance(record, Mapping):
        return None
    time = parse_time(record["created_at"]) if isinstance(record.get("created_at"), str) else None
    resources = tuple(
        identity for name in ("resource_id", "alternate_resource_id") if (identity := _text(record.get(name)))
    )
    if time is None or not resources:
        return None
    changes = record.get("changes")
    return AuditEvent(
        id=_text(record.get("id")),
        time=time,
        resources=resources,
        change_type=_text(record.get("change_type")) or "",
        change_made_by=_text(record.get("change_made_by")),
        user_id=_text(record.get("user_id")),
        changes=tuple(
            EventChange(
                _canonical_path(change["field"]),
                change.get("from"),
                change.get("to"),
                tuple(name for name, key in (("before", "from"), ("after", "to")) if key not in change),
            )
            for change in (changes if isinstance(changes, list) else ())
            if isinstance(change, Mapping) and isinstance(change.get("field"), str) and change["field"]
        ),
    )


def _canonical_path(field: str) -> Path:
    parts = tuple(field.split("."))
    aliases = ALIASES.get(parts[0], {})
    return (parts[0], aliases.get(parts[1], parts[1]), *parts[2:]) if len(parts) > 1 else parts


def _text(value: Any) -> str | None:
    """Return a text, or a number as text, for output; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return one_line(value, TEXT_MAX) or None
