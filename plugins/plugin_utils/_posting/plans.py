# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report changes in an issue, or in a comment of a pull request or merge request (pure functions)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.texts import (
    Marker,
    body,
    comment,
    new_marker,
    parse_marker,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.reports import CheckReport


@dataclass(frozen=True)
class Entry:
    """An issue or comment that exists. ``number`` is what its address in the API ends with; a comment is always open."""

    number: int
    body: str
    url: str
    is_open: bool = True


@dataclass(frozen=True)
class Plan:
    """What to do. ``body`` and ``comment`` are ``None`` if there is none to write; ``set_open`` if the state stays."""

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
    """Return what the report changes in its issue, whose body may have ``limit`` bytes."""
    if found is None:
        if report.clean:
            return Plan()
        return Plan(create=True, body=body(report, new_marker(report).after(report), "", limit))
    old = parse_marker(found.body) or new_marker(report)
    marker = old.after(report)
    text = body(report, marker, found.body, limit)
    if report.clean:
        if found.is_open:
            return Plan(body=text, comment=comment(report, limit), set_open=False)
        # A person has closed it. The same findings are news if they come back.
        return Plan(body=text) if (old.state, old.error) != (marker.state, marker.error) else Plan()
    news = is_news(report, old)
    if not news:
        return Plan(body=text) if found.is_open else Plan()  # A person who closes an issue has seen it.
    return Plan(body=text, comment=comment(report, limit), set_open=None if found.is_open else True)


def plan_comment(report: CheckReport, found: Entry | None, limit: int) -> Plan:
    """Return what the report changes in its comment of a pull request or merge request."""
    if found is None and report.clean:
        return Plan()
    earlier = found.body if found else ""
    marker = (parse_marker(earlier) or new_marker(report)).after(report)
    return Plan(create=found is None, body=body(report, marker, earlier, limit))


def is_news(report: CheckReport, old: Marker) -> bool:
    """Return whether people should read about the report, if the marker ``old`` says what they know.

    They should if the check begins or ceases to fail with an error, or if the set of findings is another one. If the history
    compares with the same run as the marker, it knows better: that a finding is now accepted is no news.
    """
    if not report.complete or old.error:
        return report.complete or not old.error
    if report.state == old.state:
        return False
    history = report.history
    return not (history and history.get("previous") == old.at and not history.get("news"))
