# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A message about what changed since the last run, for chat and mail: ``notify.json`` and ``notify.txt``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ...module_utils._text import visible
from .model import (
    EXIT_CODES,
    model_findings,
    new_findings,
)
from .values import seen_finding_text, status_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .model import Model

LISTED_MAX = 100  # findings of each kind in notify.json
TEXT_MAX = 1500  # characters of notify.txt
LINE_MAX = 160  # characters of a name, or of a finding
LABEL_MAX = 60  # characters of the label of an account
# A longer link is refused (see _action_base), because a link that is cut leads nowhere.
LINK_MAX = 1000  # characters
# Characters with a meaning in the markup of chat programs, of which mentions and links are the worst; the fullwidth form of
# each looks alike and has no meaning.
_MARKUP = {ord(char): chr(ord(char) + 0xFEE0) for char in "<>@&`*~|[]\\#"}


def has_news(model: Model) -> bool:
    """Return whether a message is to be written: see ``_checks.history.is_news``. Without a history it is unknown, and there is none."""
    history = model["history"]
    return bool(history and history["news"])


def notify_data(model: Model) -> dict[str, Any]:
    """Return the content of ``notify.json``, see ``docs/notify.schema.json``."""
    history = model["history"]
    resolved = list((history and history["resolved"]) or ())
    findings = list(model_findings(model))
    new = new_findings(model)
    complete = model["error"] is None
    return {
        "check": model["check"],
        "account": model["account"]["label"],
        "status": model["status"],
        "exit_code": EXIT_CODES[model["status"]],
        "summary": model["summary"],
        "generated_at": model["generated_at"],
        "previous": history and history["previous"],
        "total": len(findings) if complete else None,
        "new_total": len(new) if complete else None,
        "resolved_total": len(resolved) if complete else None,
        "new": [
            {
                "fingerprint": each.fingerprint,
                "severity": each.severity,
                "kind": each.kind,
                "what": each.what,
                "id": each.id,
                "name": None if each.name is None else str(each.name),
            }
            for each in new[:LISTED_MAX]
        ],
        "resolved": resolved[:LISTED_MAX],
        "link": model["report_url"],
    }


def notify_text(data: Mapping[str, Any]) -> str:
    """Return the text of ``notify.txt`` for what :func:`notify_data` returned: at most ``TEXT_MAX`` characters.

    Text from the account is shown without control characters, and without characters by which chat programs would see a
    mention, a link or other markup in it.
    """
    label = f" of {plain(data['account'], LABEL_MAX)}" if data["account"] else ""
    lines = [f"{data['check'].capitalize()} check{label}: {status_words(data['status'])}"]
    link = ["", data["link"]] if data["link"] else []
    if data["total"] is None:
        lines.append(plain(data["summary"], 3 * LINE_MAX))
        return "\n".join([*lines, *link]) + "\n"
    lines.append(f"{data['new_total']} new, {data['resolved_total']} resolved, {data['total']} in all")
    left = TEXT_MAX - len("\n".join([*lines, *link])) - 1
    for title, entries, count in (
        ("New", data["new"], data["new_total"]),
        ("Resolved", data["resolved"], data["resolved_total"]),
    ):
        # The new ones may take two thirds of what is left, so that there is always room for what is resolved.
        room = left * 2 // 3 if title == "New" else left
        section = text_section(title, map(plain_finding, entries), count, room)
        left -= sum(len(line) + 1 for line in section)
        lines += section
    return "\n".join([*lines, *link]) + "\n"


def text_section(title: str, texts: Iterable[str], count: int, room: int) -> list[str]:
    """Return lines of at most ``room`` characters: a title and as many of the ``count`` texts as fit. The texts have no markup."""
    if not count:
        return []
    lines = ["", f"{title}:"]
    room -= len(title) + 3 + len(f"and {count} more") + 1
    shown = 0
    for text in texts:
        line = f"- {text}"
        if len(line) + 1 > room:
            break
        lines.append(line)
        room -= len(line) + 1
        shown += 1
    return [*lines, f"and {count - shown} more"] if shown < count else lines


def plain_finding(finding: Mapping[str, Any]) -> str:
    """Return a finding as one line for a message."""
    name = finding["name"] and plain(finding["name"], LINE_MAX)
    return _without_markup(seen_finding_text({**finding, "name": name}), LINE_MAX)


def plain(value: str, limit: int) -> str:
    """Return untrusted text as one line for a message, at most ``limit`` characters of it.

    Chat programs and mail programs make a link of all that looks like the name of a host, ``evil.example`` too, so a dot within
    a word becomes a one dot leader, which looks alike and is not part of any name of a host.
    """
    return _without_markup(re.sub(r"(?<=\S)[.\u3002\uff0e\uff61](?=\S)", "\N{ONE DOT LEADER}", visible(value)), limit)


def _without_markup(value: str, limit: int) -> str:
    """Return text without the markup of chat programs, in which names of hosts may still become links."""
    shown = visible(value).translate(_MARKUP).replace("://", ":\N{FULLWIDTH SOLIDUS}\N{FULLWIDTH SOLIDUS}")
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
