# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The events of an event source, as plain data that is safe to use in a rulebook.

ansible-rulebook gives a matching event to a playbook as an extra variable, and Ansible templates extra variables: a
connection with the name ``{{ lookup('pipe', 'id') }}`` would run that command. No text in an event can begin a template,
therefore, see :func:`event_text`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .._connections.records import HIDDEN, without_secrets
from .._text import one_line, visible
from .changes import CHANGED, Change, FieldChange

if TYPE_CHECKING:
    from .._errors import TelnyxError

Event = dict[str, Any]

REACHABLE, UNREACHABLE = "reachable", "unreachable"

# What begins a template or a comment of Jinja, a line "#jinja2:" that sets other delimiters, or a text that ansible-rulebook
# decrypts. Every opening brace is replaced, because the texts of two events may be joined. Characters outside of the Basic
# Multilingual Plane come back from ansible-rulebook's rule engine as surrogates, with which ansible-playbook does not start
# (seen with 1.3.2).
_SPECIAL = re.compile(r"[{\U00010000-\U0010ffff]|\$(?=ANSIBLE_VAULT)|^#(?=jinja2:)")


def event_text(text: str) -> str:
    """Return text that neither ansible-rulebook nor Ansible interprets: ``<U+007B>`` in place of ``{``.

    Control characters and those that change the direction of text are replaced in the same way, see :func:`visible`.
    """
    return _SPECIAL.sub(lambda found: f"<U+{ord(found[0]):04X}>", visible(text))


def change_event(change: Change, *, include_values: bool, **common: str | None) -> Event:
    """Return the event for a change. ``common`` are further fields.

    ``include_values`` adds ``changes``, the values before and after a change, without secrets.
    """
    record = change.record
    event: Event = {
        "type": change.kind,
        "connection_id": record["id"],
        "connection_name": record.get("connection_name"),
        "user_name": record.get("user_name"),
        "updated_at": record.get("updated_at"),
        **common,
    }
    if change.kind == CHANGED:
        event["changed_fields"] = [".".join(each.path) for each in change.fields]
        if include_values:
            event["changes"] = [_with_values(each) for each in change.fields]
    return _safe(event)


def unreachable_event(error: TelnyxError, **common: str | None) -> Event:
    """Return the event for the first of several failed readings. ``status`` and ``code`` are null if the API sent no response.

    ``common`` are further fields.
    """
    described = error.as_dict()
    return _safe(
        {
            "type": UNREACHABLE,
            "kind": error.kind,
            "message": one_line(error, 1000),
            "status": described.get("status"),
            "code": described.get("code") or None,
            **common,
        }
    )


def reachable_event(**common: str | None) -> Event:
    """Return the event for the first complete reading after a failed one. ``common`` are further fields."""
    return _safe({"type": REACHABLE, **common})


def _with_values(change: FieldChange) -> Event:
    path = ".".join(change.path)
    before, after = (_shown(change.path[-1], each) for each in (change.before, change.after))
    return {"path": path, "before": before, "after": after}


def _shown(name: str, value: Any) -> Any:
    """Return a value without passwords, and a URL without what may be a secret: its user, password, query and fragment."""
    if not name.endswith("_url") or not isinstance(value, str):
        return without_secrets(value)
    try:
        parts = urlsplit(value)
    except ValueError:
        return HIDDEN
    _user, at, host = parts.netloc.rpartition("@")
    shown = parts._replace(netloc=f"{HIDDEN}@{host}" if at else host, query="", fragment="").geturl()
    return f"{shown}?{HIDDEN}" if parts.query or parts.fragment else shown


def _safe(event: Event) -> Event:
    """Return an event in which every text, keys included, is as :func:`event_text` returns it."""
    return {event_text(key): _safe_value(each) for key, each in event.items()}


def _safe_value(value: Any) -> Any:
    if isinstance(value, dict):
        return _safe(value)
    if isinstance(value, list):
        return [_safe_value(each) for each in value]
    return event_text(value) if isinstance(value, str) else value
