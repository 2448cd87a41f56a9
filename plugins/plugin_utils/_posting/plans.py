# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report changes in an issue, or in a comment of a pull request or merge request (pure functions)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.texts import (
    Marker,
    issue_body,
    new_marker,
    news_comment,
    parse_marker,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.reports import CheckReport


@dataclass(frozen=True)
class Entry:
    """An issue, or the comment of a pull request or merge request, that exists.

    ``number`` is what its address in the API ends with. A comment is always open.
    """

    number: int
    body: str
    url: str
    is_open: bool = True


@dataclass(frozen=True)
class Plan:
    """What to do: create an entry, or update one; nothing if ``body`` is ``None``.

    ``comment`` is one that is added to an issue, or ``None``. ``set_open`` opens or closes the issue; with ``None`` it stays as it is.
    """

    create: bool = False
    body: str | None = None
    comment: str | None = None
    set_open: bool | None = None


def find_entry(report: CheckReport, entries: Iterable[Entry]) -> Entry | None:
    """Return the entry of the report's check and account: the oldest open one, else the oldest one."""
    wanted = new_marker(report)
    found = [
        each
        for each in entries
        for marker in [parse_marker(each.body)]
        if marker is not None and marker.same_issue(wanted)
    ]
    return min(found, key=lambda each: (not each.is_open, each.number), default=None)


def plan_issue(report: CheckReport, found: Entry | None, limit: int) -> Plan:
    """Return what the report changes in its issue; its body and a comment may each have ``limit`` bytes."""
    if found is None:
        if report.clean:
            return Plan()
        return Plan(create=True, body=issue_body(report, new_marker(report).after(report), "", limit))
    old = parse_marker(found.body) or new_marker(report)
    marker = old.after(report)
    text = issue_body(report, marker, found.body, limit)
    if report.clean:
        if found.is_open:
            return Plan(body=text, comment=news_comment(report, limit), set_open=False)
        # A person has closed it. The same findings are news if they come back.
        return Plan(body=text) if (old.findings_hash, old.error) != (marker.findings_hash, marker.error) else Plan()
    news = is_news_since(report, old)
    if not news:
        return Plan(body=text) if found.is_open else Plan()  # A person who closes an issue has seen it.
    return Plan(body=text, comment=news_comment(report, limit), set_open=None if found.is_open else True)


def plan_comment(report: CheckReport, found: Entry | None, limit: int) -> Plan:
    """Return what the report changes in its comment of a pull request or merge request, which may have ``limit`` bytes."""
    if found is None and report.clean:
        return Plan()
    earlier = found.body if found else ""
    marker = (parse_marker(earlier) or new_marker(report)).after(report)
    return Plan(create=found is None, body=issue_body(report, marker, earlier, limit))


def is_news_since(report: CheckReport, old: Marker) -> bool:
    """Return whether people should read about the report, if the marker ``old`` says what they know.

    They should if the check begins or ceases to fail with an error, or if the set of findings is another one. If the history
    of the report compares with the run that the marker is of, it decides instead: a finding that is now accepted is no news.
    """
    if not report.complete or old.error:
        return report.complete or not old.error
    if report.findings_hash == old.findings_hash:
        return False
    history = report.history
    return not (history and history.get("previous") == old.at and not history.get("news"))
