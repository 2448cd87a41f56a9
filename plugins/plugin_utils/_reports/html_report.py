# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one HTML page that makes no requests: its content security policy allows its own style and script alone.

The markup is in ``page.html.j2``. Jinja2 escapes every value there, and control characters are shown by their codes.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from ...module_utils._text import visible
from .._checks.remedies import value_text
from .._checks.results import RANKS, STATUSES
from .acceptance_notes import entries_to_review
from .report import GENERATOR, commit, findings_by_connection
from .values import STATUS_EXPLANATIONS, display_name, finding_text, source_text, status_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._checks.findings import Finding
    from .report import Report

EMPTY_MESSAGES = {
    "drift": "There is nothing to compare: neither the desired state nor the account has a connection.",
    "policy": "No connection violates a rule.",
}
# The CSS class of each kind of finding that is not bad.
COLOURS = {"unexpected": "warn", "medium": "warn", "unverifiable": "note", "low": "note"}
COLOURS.update(dict.fromkeys(("accepted", "in_sync"), "ok"))
# With more rows than these, the groups, and the rows of connections, are closed at first.
OPEN_GROUPS_MAX = 200
OPEN_ROWS_MAX = 20


def html_report(report: Report) -> str:
    """Return the report as an HTML page with its style and script in it."""
    style, script = _asset("report.css"), _asset("report.js")
    kinds = (*RANKS["policy"], "accepted") if report.check == "policy" else STATUSES
    totals = report.totals or {}
    page: str = (
        _environment()
        .get_template("page")
        .render(
            report=report,
            words=status_words(report.status),
            lead="The check did not complete." if report.error is not None else _lead(report),
            generator=GENERATOR,
            commit=commit(),
            style=Markup(style),  # noqa: S704 - a file of this collection
            script=Markup(script),  # noqa: S704 - a file of this collection
            security_policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)};"
            " base-uri 'none'; form-action 'none'",
            kinds=[(kind, totals.get(kind, 0)) for kind in kinds],
            chart=_chart([(kind, totals.get(kind, 0)) for kind in kinds]),
            groups=list(_rule_groups(report) if report.check == "policy" else _status_groups(report)),
            empty_message=EMPTY_MESSAGES[report.check],
            reviews=entries_to_review(report.acceptances),
            colours={kind: COLOURS.get(kind, "bad") for kind in kinds},
            explanations=STATUS_EXPLANATIONS,
        )
    )
    return page


def _lead(report: Report) -> str:
    """Return the numbers of findings and of connections, each under its own name."""
    with_findings = len({each.connection.key for each in report.findings})
    found = f"{_count(len(report.findings), 'finding')} in {_count(with_findings, 'connection')}"
    numbers = report.message.partition("; ")[2]
    since = (
        f"; {len(report.new)} new and {len(report.resolved)} resolved since {report.previous}"
        if report.previous
        else ""
    )
    return f"{found}; {numbers}{since}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _status_groups(report: Report) -> Iterator[dict[str, Any]]:
    """Yield a group of connections for each status; the groups of accepted ones and those in sync are closed at first."""
    found, accepted = findings_by_connection(report.sorted_findings), findings_by_connection(report.accepted)
    for status in STATUSES:
        rows = [
            {
                "anchor": f"c-{_anchor(':'.join(each.key))}",
                "connection": each,
                "findings": found.get(each.key, []),
                "accepted": accepted.get(each.key, []),
            }
            for each, of_connection in report.connections
            if of_connection == status
        ]
        if rows:
            is_open = status not in ("accepted", "in_sync")
            yield {
                "anchor": f"status-{status}",
                "kind": status,
                "rows": rows,
                "open": is_open,
                "open_rows": len(rows) <= OPEN_ROWS_MAX,
            }


def _rule_groups(report: Report) -> Iterator[dict[str, Any]]:
    """Yield a group for each rule with violations, accepted ones too; the most severe first."""
    rows: dict[str, list[Finding]] = {}
    for each in (*report.sorted_findings, *report.accepted):
        rows.setdefault(str(each.rule), []).append(each)
    is_open = len(report.findings) + len(report.accepted) <= OPEN_GROUPS_MAX
    rules = [rule for rule in report.rules if rule["id"] in rows]
    for rule in sorted(rules, key=lambda rule: RANKS["policy"].index(rule["severity"])):
        anchor = f"rule-{_anchor(rule['id'])}"
        yield {"anchor": anchor, "kind": rule["severity"], "rule": rule, "rows": rows[rule["id"]], "open": is_open}


def _chart(kinds: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    """Return the bars of a chart of 100 units: the part of each kind."""
    total, x, bars = sum(count for _kind, count in kinds), 0.0, []
    for kind, count in kinds:
        if count:
            width = 100 * count / total
            bars.append({"kind": kind, "count": count, "x": f"{x:.2f}", "width": f"{max(width - 0.3, 0.3):.2f}"})
            x += width
    return bars


def _difference(expected: Any, actual: Any) -> dict[str, Any]:
    """Return both values as markup and, for two lists, a note; in lists, elements that only one has are marked."""
    if not (isinstance(expected, list) and isinstance(actual, list)):
        return {"expected": value_text(expected), "actual": value_text(actual), "note": ""}
    before, after = list(map(value_text, expected)), list(map(value_text, actual))
    missing, added = Counter(before) - Counter(after), Counter(after) - Counter(before)
    parts = [("missing", missing), ("added", added)]
    notes = [f"{word}: {', '.join(sorted(values.elements()))}" for word, values in parts if values]
    return {
        "expected": _marked(before, missing, "<del>{}</del>"),
        "actual": _marked(after, added, "<ins>{}</ins>"),
        "note": "; ".join(notes or ["in another order"]),
    }


def _marked(values: Sequence[str], marked: Counter[str], markup: str) -> Markup:
    """Return a list as markup, with the ``marked`` elements in the element of ``markup``."""
    left = Counter(marked)
    parts = []
    for value in values:
        parts.append(Markup(markup if left[value] else "{}").format(visible(value)))  # noqa: S704 - constants
        left[value] -= 1
    return Markup("[{}]").format(Markup(", ").join(parts))


def _breakable(name: object) -> Markup:
    """Return a name such as ``inbound.channel_limit`` that a browser may break after a dot or an underscore."""
    return Markup(re.sub(r"(?<=[._])(?=\w)", "<wbr>", str(escape(visible(str(name))))))  # noqa: S704 - escaped


def _anchor(value: str) -> str:
    """Return an id for an HTML element: the value itself if it has no special characters, else a hash of it."""
    plain = re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value)
    return value if plain else hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:16]


def _shown(value: Any) -> Any:
    """Return what a template shows for a value: control characters by their codes, and nothing for null."""
    if value is None:
        return ""
    return value if isinstance(value, Markup) else visible(str(value))


@functools.cache
def _environment() -> Environment:
    template = Path(__file__).with_name("page.html.j2").read_text(encoding="utf-8")
    environment = Environment(
        loader=DictLoader({"page": template}),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        breakable=_breakable,
        name=display_name,
        place=source_text,
        words=status_words,
        finding=finding_text,
        value=value_text,
    )
    environment.globals["difference"] = _difference
    return environment


@functools.cache
def _asset(name: str) -> str:
    """Return the text of a file beside this one, with a line break before it: the content of its element, to which the hash applies."""
    return "\n" + Path(__file__).with_name(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """Return the source expression by which a content security policy allows this style or script alone."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
