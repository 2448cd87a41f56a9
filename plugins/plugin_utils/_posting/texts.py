# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of an issue and its comments: Markdown for GitHub and GitLab, with a hidden comment that identifies the issue."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.markdown import escape, text_list
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.notify import LABEL_MAX, plain
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import status_words

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.reports import CheckReport

UNKNOWN = "-"

_MARKER = re.compile(
    r"<!-- siptrunk\.telnyx check=(?P<check>[a-z_]+) account=(?P<account>[0-9a-f]+|-)"
    r" findings=(?P<findings_hash>[0-9a-f]+|-) at=(?P<at>[0-9TZ:.+-]+) error=(?P<error>[01]) -->\s*"
)
_ERROR_BEGIN = "<!-- siptrunk.telnyx error -->"
_ERROR_END = "<!-- siptrunk.telnyx end of error -->"
_ERROR = re.compile(re.escape(_ERROR_BEGIN) + ".*?" + re.escape(_ERROR_END) + r"\s*", re.DOTALL)

# GitHub and GitLab look for mentions, references (#1, !1, GH-1), emoji (:x:) and addresses in the text that Markdown results
# in, so a character reference does not hide them. A space of no width after it does. Addresses of links stay as they are.
_REFERENCES = re.compile(
    r"(?P<link>\]\(<[^>\n]*>\))|&#(?:35|36|38|42|46|58|64|91|126);|[!%^]|\b(?:GH|GL)(?=-[0-9])|:(?=[a-z+_-])",
    re.IGNORECASE,
)
_NO_WIDTH = "&#8203;"


class Marker(NamedTuple):
    """What the hidden comment says about an issue, as of the last report that was posted.

    ``check`` and ``account``, a hash of the account label, identify the issue. ``findings_hash`` and ``at`` (UTC, RFC 3339) are
    those of the last complete run. ``error`` is whether the last run was not completed.
    """

    check: str
    account: str
    findings_hash: str = UNKNOWN
    at: str = UNKNOWN
    error: bool = False

    def same_issue(self, other: Marker) -> bool:
        """Return whether two markers are of the same check and account."""
        return (self.check, self.account) == (other.check, other.account)

    def after(self, report: CheckReport) -> Marker:
        """Return the marker after the report is posted: an error says nothing about the findings."""
        if not report.complete:
            return self._replace(error=True)
        return self._replace(findings_hash=report.findings_hash, at=report.generated_at, error=False)

    def __str__(self) -> str:
        fields = f"check={self.check} account={self.account} findings={self.findings_hash} at={self.at}"
        return f"<!-- siptrunk.telnyx {fields} error={int(self.error)} -->"


def new_marker(report: CheckReport) -> Marker:
    """Return the marker of a report whose issue does not exist yet."""
    account = UNKNOWN if not report.label else hashlib.sha256(report.label.encode("utf-8", "replace")).hexdigest()[:16]
    return Marker(report.check, account)


def parse_marker(body: str | None) -> Marker | None:
    """Return the marker at the beginning of a body, if it has one."""
    found = _MARKER.match(body or "")
    return Marker(**{**found.groupdict(), "error": found["error"] == "1"}) if found else None  # type: ignore[arg-type]


def issue_title(report: CheckReport) -> str:
    """Return the title of the issue: plain text, in which GitHub and GitLab see no mention and no reference."""
    of_account = f": {plain(report.label, LABEL_MAX)}" if report.label else ""
    return f"Telnyx {status_words(report.check)} check{of_account}"


def issue_body(report: CheckReport, marker: Marker, earlier: str, limit: int) -> str:
    """Return the body of an issue or comment, at most ``limit`` bytes: the report below its marker.

    ``earlier`` is the present body. If the check has no result, the last complete report in it stays, below the error.
    """
    text = neutral(report.markdown)
    if not report.complete:
        text = f"{_ERROR_BEGIN}\n{text}\n"
        last = _ERROR.sub("", _MARKER.sub("", earlier, count=1)) if marker.findings_hash != UNKNOWN else ""
        text += f"**The report of the last complete check ({marker.at}):**\n\n" if last else ""
        text += f"{_ERROR_END}\n\n{last}"
    return f"{marker}\n{cut(text, limit - len(str(marker)) - 1)}"


def news_comment(report: CheckReport, limit: int) -> str:
    """Return a comment for an issue: what is new and resolved, or the error; at most ``limit`` bytes.

    That of an overview also has a line for each account that is not ok.
    """
    notify = report.notify
    lines = [escape(report.summary), ""]
    if not report.complete:
        lines += ["Nothing is known about the findings until the check is completed again.", ""]
    elif notify and all(isinstance(notify.get(name), int) for name in ("new_total", "resolved_total", "total")):
        lines = [f"**{notify['new_total']} new, {notify['resolved_total']} resolved, {notify['total']} in all**", ""]
        lines += [escape(report.summary), ""]
    if report.complete:
        lines += [*text_list("Accounts", report.affected, len(report.affected)), *report.changes]
    if report.clean:
        lines += ["Nothing is left, so this issue is closed.", ""]
    if report.link and re.fullmatch(r"https?://[!-~]+", report.link):
        address = report.link.replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace(">", "%3E")
        lines += [f"[The report](<{address}>)"]
    return cut(neutral("\n".join(lines).rstrip() + "\n"), limit)


def neutral(markdown: str) -> str:
    """Return escaped Markdown in which GitHub and GitLab find no mention, reference, emoji or address either."""
    return _REFERENCES.sub(lambda found: found[0] if found["link"] else found[0] + _NO_WIDTH, markdown)


def cut(markdown: str, limit: int) -> str:
    """Return Markdown of at most ``limit`` bytes in UTF-8, cut between two lines; a row of a table is one line."""
    if len(markdown.encode("utf-8", "replace")) <= limit:
        return markdown
    note = "\n\nThis text is cut here; the reports of the run have the rest.\n"
    kept = markdown.encode("utf-8", "replace")[: limit - len(note)].decode("utf-8", "ignore")
    return kept.rpartition("\n")[0] + note
