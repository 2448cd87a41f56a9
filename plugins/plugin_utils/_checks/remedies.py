# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a finding says and what to do about it, as sentences, and the link to the page of its connection (pure functions)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from ...module_utils._errors import OptionError
from ...module_utils._text import one_line
from .._records.records import HIDDEN, is_secret_path, without_secrets
from .._records.url_secrets import without_url_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .findings import Connection
    from .rules import Rule

# What each status means, and what to do about it.
STATUS_MESSAGES = {
    "drifted": "The connection differs from the desired state",
    "missing": "The connection is in the desired state, but not in the account",
    "recreated": "The connection was deleted and created again: the account has its name under another id",
    "unexpected": "The connection is in the account, but not in the desired state",
    "ambiguous": "Several connections of the account have the name of the desired one",
    "unverifiable": "The API masks the password, so it could not be compared",
}
STATUS_REMEDIES = {
    "drifted": "Revert the change at Telnyx, or update the desired state if the change was intended.",
    "missing": "Create the connection at Telnyx, or remove it from the desired state.",
    "recreated": "Write the new id into the desired state if the change was intended.",
    "unexpected": "Add the connection to the desired state, or delete it at Telnyx.",
    "ambiguous": "Give the desired connection the id of the one that is meant.",
    "unverifiable": "Compare the password by hand, or remove it from the desired state.",
}
# Where a name on the other side is similar: what to do depends on whether both are the same connection, which is not known.
SIMILAR_REMEDY = "If it is the same connection, correct the name in the desired state. If not, both findings stand."


def shown_value(path: str, value: Any) -> Any:
    """Return the value of a field as output has it: without passwords and the secrets of URLs."""
    if is_secret_path(path):
        return HIDDEN
    return without_url_secrets(without_secrets(value), path.rpartition(".")[2])


def values_at(record: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Return the values that a record has at some paths, as output has them; ``None`` where it has none."""
    values = {}
    for path in paths:
        value: Any = record
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        values[path] = shown_value(path, value)
    return values


def value_text(value: Any) -> str:
    """Return the value of a field as JSON, in which ``"10"`` and ``10`` differ."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def change_remedy(path: str, expected: Any) -> str:
    """Return what to do about a field that differs, as in ``Set active to true at Telnyx, or change the desired state``."""
    value = "the desired one" if is_secret_path(path) else value_text(expected)
    return f"Set {path} to {value} at Telnyx, or change the desired state."


def similar_question(status: str, similar: Sequence[Connection]) -> str:
    """Return a sentence about similar names: ``the account has 'Madrid PBX': another spelling, or renamed?``."""
    names = " and ".join(f"{one_line(each.name or each.user_name or each.id, 100)!r}" for each in similar)
    side = "the account" if status == "missing" else "the desired state"
    return f"{side} has {names}: another spelling, or renamed?"


def violation_remedy(rule: Rule) -> str:
    """Return what to do about a violation of a rule: the values of its ``set_to``, or its help text if it has none."""
    if not rule.set_to:
        return rule.help
    shown = (f"{path} to {_setting(path, value)}" for path, value in rule.set_to.items())
    return f"Set {' and '.join(shown)}."


def _setting(path: str, value: Any) -> str:
    return HIDDEN if is_secret_path(path) else value_text(shown_value(path, value))


# There is no default for the address: Telnyx's documentation only links to the list, https://portal.telnyx.com/#/voice/connections.
def check_portal_url(pattern: str) -> None:
    """Raise :class:`OptionError` if the option ``portal_url`` is not an address of http or https with ``{id}`` in it."""
    try:
        parts = urlsplit(pattern)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and "{id}" not in parts.netloc
    except ValueError:
        valid = False
    if not valid or "{id}" not in pattern or not all("!" <= char <= "~" and char not in "\"'<>\\" for char in pattern):
        raise OptionError("portal_url", "must be an address such as https://portal.example/connections/{id}.")


def portal_link(pattern: str | None, connection_id: str | None) -> str | None:
    """Return the address of a connection's page: the pattern with the id in place of ``{id}``; ``None`` without either."""
    if not pattern or not connection_id:
        return None
    return pattern.replace("{id}", quote(connection_id, safe="", errors="replace"))
