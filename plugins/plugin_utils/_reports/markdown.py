# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as Markdown, short enough for the summary page of a CI job."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ...module_utils._text import visible
from .acceptance_notes import (
    entries_to_review,
    review_text,
    selected_text,
    source_text,
)
from .attribution import (
    change_attribution,
    connection_attribution,
)
from .model import new_findings
from .trend import changes_summary
from .values import (
    STATUS_ORDER,
    sarif_limit_note,
    seen_finding_text,
    shown_changes,
    status_words,
    value_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .._checks.results import AcceptedBy
    from .model import (
        DriftModel,
        Model,
        PolicyModel,
        ReportItem,
    )

# GitHub accepts 1 MiB for the summary of a step.
ROWS_MAX = 200
CELL_MAX = 300  # characters
LISTED_MAX = 50  # texts of a list

# Characters that begin Markdown, inline HTML, formulas, mentions and automatic links. A single _ within a word is harmless.
_SPECIAL = re.compile(r"[\\`*{}\[\]<>#|~@&$]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.", re.IGNORECASE)


def markdown_report(model: Model) -> str:
    """Return the report as GitHub Flavored Markdown."""
    lines = [f"# {model['check'].capitalize()} check: {status_words(model['status'])}", ""]
    lines += [escape(model["summary"]), "", f"Generated at {model['generated_at']}.", ""]
    note = sarif_limit_note(model)
    lines += [escape(note), ""] if note else []
    if model["error"]:
        lines += table(["field", "value"], [[name, value] for name, value in model["error"].items() if value])
    elif model["totals"]:
        lines += table(list(model["totals"]), [list(model["totals"].values())])
        lines += _drift(model) if model["check"] == "drift" else _policy(model)
        lines += _entries_to_review(model)
    lines += _history(model)
    return "\n".join(lines).rstrip("\n") + "\n"


def _drift(model: DriftModel) -> list[str]:
    since = _since_heading(model)
    heading = [
        "connection",
        "id",
        "status",
        "field",
        "expected",
        "actual",
        *since,
        "updated_at",
        "what to do",
        "changed",
    ]
    rows = list(_drift_rows(model))
    shown = len(heading) if any(row[-1] for row in rows) else len(heading) - 1
    lines = table(heading[:shown], [row[:shown] for row in rows])
    rows = [
        [
            each["name"],
            _linked_id(each),
            each["status"],
            each["path"],
            value_text(each["actual"]) if each["path"] else "",
            *_accepted_by(each),
        ]
        for each in model["accepted"]
    ]
    columns = ["connection", "id", "status", "field", "actual", "reason", "who", "since", "expires"]
    return lines + (["## Accepted", "", *table(columns, rows)] if rows else [])


def _drift_rows(model: DriftModel) -> Iterator[list[Any]]:
    """Return a row for each change, and one for each other connection that is not in sync; the most severe first."""
    for connection in sorted(model["connections"], key=lambda each: STATUS_ORDER.index(each["status"])):
        start = [connection["name"], _linked_id(connection), connection["status"]]
        changes = shown_changes(connection)
        for change in changes:
            values = [change["path"], value_text(change["expected"]), value_text(change["actual"])]
            end = [*_since(model, change), connection["updated_at"], change["remedy"], change_attribution(change)]
            yield [*start, *values, *end]
        if not changes and connection["fingerprint"]:
            end = [*_since(model, connection), connection["updated_at"], connection["remedy"]]
            yield [*start, "", "", "", *end, connection_attribution(connection)]


def _policy(model: PolicyModel) -> list[str]:
    helps = {rule["id"]: rule["help"] for rule in model["rules"]}
    rows = [
        [
            each["severity"],
            each["rule"],
            each["name"],
            _linked_id(each),
            each["message"],
            *_since(model, each),
            each["remedy"] if each["remedy"] != helps.get(each["rule"]) else "",
        ]
        for each in model["violations"]
    ]
    lines = table(["severity", "rule", "name", "id", "message", *_since_heading(model), "what to do"], rows)
    violated = {each["rule"] for each in model["violations"]}
    for rule in model["rules"]:
        if rule["id"] in violated and rule["help"]:
            lines += [f"**{escape(rule['id'])}**: {escape(rule['help'])}", ""]
    if model["accepted"]:
        rows = [[each["rule"], each["name"], _linked_id(each), *_accepted_by(each)] for each in model["accepted"]]
        columns = ["rule", "name", "id", "reason", "who", "since", "expires"]
        lines += ["## Accepted", "", *table(columns, rows)]
    counts = Counter(each["rule"] for each in model["violations"])
    rows = [[rule["id"], rule["severity"], rule["applied_to"], counts[rule["id"]]] for rule in model["rules"]]
    return [*lines, "## Rules", "", *table(["rule", "severity", "applied to", "violations"], rows)]


def _accepted_by(accepted: AcceptedBy) -> list[Any]:
    return [accepted["reason"], accepted["who"], accepted["since"], accepted["expires"]]


def _entries_to_review(model: Model) -> list[str]:
    """Return a table of the entries of accepted findings that are unused, expired, or expire soon."""
    rows = [
        [selected_text(each), source_text(each), each["reason"], review_text(each)] for each in entries_to_review(model)
    ]
    columns = ["entry", "place", "reason", "state"]
    return ["## Entries of accepted findings to review", "", *table(columns, rows)] if rows else []


class Link(NamedTuple):
    """A text that leads to an address."""

    text: str
    url: str


def _linked_id(finding: ReportItem) -> Any:
    """Return the id of a connection, as a link if the address of its page is known."""
    return Link(str(finding["id"]), finding["url"]) if "url" in finding else finding["id"]


def _since_heading(model: Model) -> list[str]:
    return ["since"] if model["history"] else []


def _since(model: Model, finding: Mapping[str, Any]) -> list[str]:
    return [(finding["first_seen"] or "")[:10]] if model["history"] else []


def _history(model: Model) -> list[str]:
    """Return what the history says: warnings about it, which findings are new (except in a first run), and which are resolved."""
    history = model["history"]
    if not history:
        return []
    texts = [*history["warnings"], changes_summary(model)]
    lines = [line for text in texts if text for line in (escape(text), "")]
    new = [[seen_finding_text(each._asdict())] for each in new_findings(model)] if history["previous"] else []
    if new:
        lines += ["## New", "", *table(["finding"], new)]
    rows = [
        [seen_finding_text(each), each["first_seen"][:10], each["last_seen"][:10]] for each in history["resolved"] or ()
    ]
    return [*lines, "## Resolved", "", *table(["finding", "first seen", "last seen"], rows)] if rows else lines


def table(heading: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """Return the lines of a table of at most ``ROWS_MAX`` rows, or none; a cell is text, a :class:`Link` or a number."""
    if not rows:
        return []
    lines = [_row(heading), f"| {' | '.join(['---'] * len(heading))} |", *map(_row, rows[:ROWS_MAX]), ""]
    if len(rows) > ROWS_MAX:
        lines += [f"{len(rows) - ROWS_MAX} more rows are in the HTML and JSON reports.", ""]
    return lines


def text_list(heading: str, texts: Iterable[str], count: int) -> list[str]:
    """Return the lines of a list of at most ``LISTED_MAX`` of ``count`` texts, or none if there is no text."""
    if not count:
        return []
    shown = [f"- {escape(each, CELL_MAX)}" for each in itertools.islice(texts, LISTED_MAX)]
    more = [f"- and {count - len(shown)} more"] if count > len(shown) else []
    return [f"{heading}:", "", *shown, *more, ""]


def _row(cells: Sequence[Any]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(cell: Any) -> str:
    if isinstance(cell, Link):
        # The address has only characters that a link may have, except these; quote() encoded those of the id.
        address = cell.url.replace("(", "%28").replace(")", "%29").replace("|", "%7C")
        return f"[{escape(cell.text, CELL_MAX)}](<{address}>)"
    return escape("" if cell is None else str(cell), CELL_MAX)


def escape(value: str, limit: int | None = None) -> str:
    """Return text that is not read as Markdown, HTML, a link or a mention: it has character references instead.

    Text of more than ``limit`` characters is shortened.
    """
    shown = visible(value)
    if limit and len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", shown)
