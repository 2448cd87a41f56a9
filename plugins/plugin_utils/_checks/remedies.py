# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about a finding, as one sentence, and the link to the page of its connection (pure functions)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from ...module_utils._errors import OptionError
from .._records.records import HIDDEN, without_secrets
from .._records.url_secrets import without_url_secrets
from .acceptance import is_secret_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .results import DriftResult, PolicyResult
    from .rules import Rule

# What to do about a connection of each status.
STATUS_REMEDIES = {
    "drifted": "Revert the change at Telnyx, or update the desired state if the change was intended.",
    "missing": "Create the connection at Telnyx, or remove it from the desired state.",
    "recreated": "Write the new id into the desired state if the change was intended.",
    "unexpected": "Add the connection to the desired state, or delete it at Telnyx.",
    "unverifiable": "Compare the password by hand, or remove it from the desired state.",
}


def change_remedy(path: str, expected: Any) -> str:
    """Return what to do about a field that differs, as in ``Set active to true at Telnyx, or change the desired state``."""
    value = "the desired one" if is_secret_path(path) else _value(expected)
    return f"Set {path} to {value} at Telnyx, or change the desired state."


def violation_remedy(rule: Rule) -> str:
    """Return what to do about a violation of a rule: the values of its ``set_to``, or its help text if it has none."""
    if not rule.set_to:
        return rule.help
    shown = (f"{path} to {_shown_value(path, value)}" for path, value in rule.set_to.items())
    return f"Set {' and '.join(shown)}."


def _shown_value(path: str, value: Any) -> str:
    """Return a value of a rule as JSON, without passwords and the secrets of URLs."""
    if is_secret_path(path):
        return HIDDEN
    return _value(without_url_secrets(without_secrets(value), path.rpartition(".")[2]))


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


def portal_link(pattern: str, connection_id: str) -> str:
    """Return the address of a connection's page: the pattern with the id in place of ``{id}``."""
    return pattern.replace("{id}", quote(connection_id, safe="", errors="replace"))


def add_links(result: DriftResult | PolicyResult, pattern: str | None) -> None:
    """Add ``url`` to the connections or violations of a result, and to accepted findings, unless ``pattern`` is empty.

    A connection that the account does not have gets none.
    """
    if not pattern:
        return
    items: list[Mapping[str, Any]] = [
        *result["accepted"],
        *result.get("connections", ()),  # type: ignore[misc]
        *result.get("violations", ()),
    ]
    for each in items:
        if each["id"] and each.get("status") != "missing":
            each["url"] = portal_link(pattern, each["id"])  # type: ignore[index]


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
