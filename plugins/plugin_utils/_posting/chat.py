# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of incoming webhooks of chat programs (pure functions)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.reports import CheckReport


def _slack(report: CheckReport) -> dict[str, Any]:
    """Return a message of Slack, in which these three characters have to be escaped, and which has no other markup."""
    text = report.notify_text.strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": text, "mrkdwn": False}


def _text(report: CheckReport) -> dict[str, Any]:
    """Return a message of Mattermost, Rocket.Chat and others, which show ``text`` as Markdown; see ``notify.plain``."""
    return {"text": report.notify_text.strip()}


def _teams(report: CheckReport) -> dict[str, Any]:
    """Return an Adaptive Card, which a workflow of Microsoft Teams posts. A ``TextRun`` has no markup."""
    blocks: list[dict[str, Any]] = []
    spacing = "default"
    link = (report.notify or {}).get("link")
    lines = report.notify_text.strip().split("\n")
    for line in lines[:-1] if link else lines:
        if line:
            run = {"type": "TextRun", "text": line, "weight": "default" if blocks else "bolder"}
            blocks.append({"type": "RichTextBlock", "inlines": [run], "spacing": spacing})
        spacing = "small" if line else "medium"
    card: dict[str, Any] = {"type": "AdaptiveCard", "version": "1.4", "body": blocks}
    if link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Report", "url": link}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _json(report: CheckReport) -> dict[str, Any]:
    """Return ``notify.json`` itself, for a program."""
    return dict(report.notify or {})


CHAT_FORMATS: dict[str, Callable[[CheckReport], dict[str, Any]]] = {
    "slack": _slack,
    "text": _text,
    "teams": _teams,
    "json": _json,
}
