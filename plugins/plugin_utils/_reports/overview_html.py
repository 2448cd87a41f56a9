# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The overview of several accounts as one HTML page without a script, which links to the page of each check."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import visible
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.html_page import page_start
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import status_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.overview import AccountRow, CheckRow

COLOURS = {0: "ok", 1: "bad", 2: "warn"}  # the CSS class of each exit code
COLUMNS = ("Account", "Check", "Status", "Findings", "New", "Resolved", "Oldest finding", "Connections")


def overview_page(document: Mapping[str, Any]) -> str:
    """Return the page for what ``overview.json`` has."""
    return "".join(_page(document))


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    status, time, generator = document["status"], document["generated_at"], document["generator"]
    yield page_start(f"Accounts check: {status}")
    yield '<a class="skip" href="#main">Skip to the accounts</a>\n<header>\n'
    yield f'<h1>Accounts check: <span class="{COLOURS[document["exit_code"]]}">{status}</span></h1>\n'
    summary = document["summary"].removeprefix("accounts check: ").removeprefix("error: ")
    yield f'<p class="lead">{_escape(summary)}</p>\n'
    facts = [f"Commit <code>{_escape(document['commit'][:12])}</code>"] if document["commit"] else []
    facts.append(f'<time datetime="{time}">{time}</time>')
    facts.append(f"{_escape(generator['name'])} {_escape(generator['version'])}")
    yield f'<p class="soft">{" · ".join(facts)}</p>\n</header>\n<main id="main" tabindex="-1">\n'
    if document["error"]:
        yield f"<p>{_escape(document['error'].get('hint') or '')}</p>\n"
    else:
        yield '<table class="changes accounts"><thead><tr>'
        yield "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
        yield "</tr></thead><tbody>\n"
        for account in document["accounts"]:
            yield from _rows(account)
        yield "</tbody></table>\n"
    yield "</main>\n</body>\n</html>\n"


def _rows(account: AccountRow) -> Iterator[str]:
    name = f"<bdi>{_escape(account['name'])}</bdi>"
    if account["error"]:
        yield f'<tr><th scope="row"><b>{name}</b></th><td data-label="Check">none</td>'
        yield _error_cell(account["error"])
    for check in account["checks"]:
        yield f'<tr><th scope="row"><b>{name}</b></th><td data-label="Check">{_link(check)}</td>'
        if check["error"]:
            yield _error_cell(check["error"])
            continue
        yield f'<td data-label="Status">{_status(check["status"], check["exit_code"])}</td>'
        numbers = (check["total"], check["new"], check["resolved"], _day(check), check["connections"])
        for column, value in zip(COLUMNS[3:], numbers):
            yield f'<td data-label="{column}">{"–" if value is None else value}</td>'
        yield "</tr>\n"


def _link(check: CheckRow) -> str:
    if not check["report"]:
        return check["check"]
    return f'<a href="{_escape(check["report"])}">{check["check"]}</a>'


def _status(status: str, exit_code: int) -> str:
    return f'<span class="tag {COLOURS[exit_code]}">{_escape(status_words(status))}</span>'


def _error_cell(error: Mapping[str, Any]) -> str:
    """Return the last cell of a row: there are no numbers."""
    texts = [error["message"], error.get("hint") or ""]
    lines = "".join(f'<span class="soft list-changes"><bdi>{_escape(each)}</bdi></span>' for each in texts if each)
    return f'<td colspan="{len(COLUMNS) - 2}" data-label="Status">{_status("error", 1)}{lines}</td></tr>\n'


def _day(check: CheckRow) -> str | None:
    time = check["first_seen"]
    return f'<time datetime="{_escape(time)}" title="{_escape(time)}">{_escape(time[:10])}</time>' if time else None


def _escape(value: str) -> str:
    return html.escape(visible(value))
