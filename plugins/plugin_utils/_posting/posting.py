# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Post the report of a check: to a chat, and into its issue or comment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ansible_collections.siptrunk.telnyx.plugins.module_utils._api_url import check_secret_url
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import PostError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.chat import CHAT_FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.plans import find_entry, plan_comment, plan_issue
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.sending import Target
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.texts import issue_title

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.reports import CheckReport
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.sending import Sender
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.services import Service


def chat_target(url: str) -> Target:
    """Return the target of an incoming webhook, whose address is a secret except for its host. Raises :class:`OptionError`."""
    check_secret_url(
        url, "chat_url", "the message and the secret address", "https://chat.example.com/hooks/x", query=True
    )
    parts = urlsplit(url)
    gone = "Does the webhook still exist? Create another one, and set chat_url, or TELNYX_CHAT_URL in the environment."
    hints = {
        400: "Does chat_format fit the service?",
        **dict.fromkeys((401, 403, 404, 410), gone),
    }
    return Target(f"The chat webhook at {parts.hostname}", url, url.partition(parts.netloc)[2], {}, hints)


def post_chat(sender: Sender, target: Target, report: CheckReport, chat_format: str) -> dict[str, Any]:
    """Post a message if there is news, and return what was done. Raises :class:`PostError`."""
    if report.notify is None:
        return {"to": "chat", "action": "none", "url": ""}
    sender.send(target, "POST", "", CHAT_FORMATS[chat_format](report))
    return {"to": "chat", "action": "posted", "url": ""}


def post_issue(service: Service, report: CheckReport) -> dict[str, Any]:
    """Create or change the report's issue or comment, and return what was done. Raises :class:`PostError`.

    If it is unknown whether the service has created it, it is looked for again before it is created a second time.
    """
    make_plan = plan_comment if service.merge_request else plan_issue
    kind = "comment" if service.merge_request else "issue"
    attempt = 0
    while True:
        found = find_entry(report, service.entries())
        plan = make_plan(report, found, service.body_limit)
        if found is None and plan.create and plan.body is not None:
            try:
                return {"to": kind, "action": "created", "url": service.create(issue_title(report), plan.body)}
            except PostError as exc:
                if not exc.uncertain or attempt >= service.sender.retries:
                    raise
            service.sender.sleep(2**attempt)
            attempt += 1
            continue
        if found is None or plan.body is None:
            return {"to": kind, "action": "none", "url": found.url if found else ""}
        service.update(found, plan)
        action = {None: "updated", True: "reopened", False: "closed"}[plan.set_open]
        return {"to": kind, "action": "commented" if plan.comment and action == "updated" else action, "url": found.url}
