# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The overview of several accounts as Markdown, and as a message for chat and mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.overview import short_name
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import one_line
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.markdown import Link, escape, table
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.notify import (
    LINE_MAX,
    TEXT_MAX,
    plain,
    plain_finding,
    text_section,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import status_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.overview import AccountRow

SUMMARY_MAX = 400  # characters of the summary, and of an error


def overview_markdown(document: Mapping[str, Any], *, links: bool = True) -> str:
    """Return the overview as GitHub Flavored Markdown, for what ``overview.json`` has.

    ``links`` are those to the pages of the accounts, which lead somewhere only beside these pages.
    """
    lines = [f"# Accounts check: {document['status']}", "", escape(document["summary"]), ""]
    lines += [f"Generated at {document['generated_at']}.", ""]
    columns = ["account", "check", "status", "findings", "new", "resolved", "oldest", "what is wrong"]
    rows = [row for account in document["accounts"] for row in _rows(account, links)]
    return "\n".join([*lines, *table(columns, rows)]).rstrip("\n") + "\n"


def _rows(account: AccountRow, links: bool) -> Iterator[list[Any]]:
    name = short_name(account["name"])
    if account["error"]:
        yield [name, "", "error", None, None, None, None, account["error"]["message"]]
    for check in account["checks"]:
        yield [
            name,
            Link(check["check"], check["report"]) if links and check["report"] else check["check"],
            status_words(check["status"]),
            check["total"],
            check["new"],
            check["resolved"],
            (check["first_seen"] or "")[:10],
            one_line(check["error"]["message"], SUMMARY_MAX) if check["error"] else "",
        ]


def overview_notify_text(data: Mapping[str, Any]) -> str:
    """Return the text of ``notify.txt`` for the content of ``notify.json``: at most ``TEXT_MAX`` characters."""
    summary = plain(data["summary"], SUMMARY_MAX)
    lines = [summary[:1].upper() + summary[1:]]
    if data["new_total"] is not None:
        lines.append(f"{data['new_total']} new, {data['resolved_total']} resolved, {data['total']} in all")
    link = ["", data["link"]] if data["link"] else []
    affected = [plain(each["text"], LINE_MAX) for each in data["accounts"] if each["status"] != "ok"]
    left = TEXT_MAX - len("\n".join([*lines, *link])) - 1
    # The part of what is left that each section may take at most, so that there is room for the ones after it.
    for title, texts, count, part in (
        ("Accounts", affected, len(affected), 0.5),
        ("New", map(_finding_text, data["new"]), data["new_total"], 0.66),
        ("Resolved", map(_finding_text, data["resolved"]), data["resolved_total"], 1),
    ):
        section = text_section(title, texts, count or 0, int(left * part))
        left -= sum(len(line) + 1 for line in section)
        lines += section
    return "\n".join([*lines, *link]) + "\n"


def _finding_text(finding: Mapping[str, Any]) -> str:
    return f"{plain(finding['account'], 40)}, {finding['check']}: {plain_finding(finding)}"
