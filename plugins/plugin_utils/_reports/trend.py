# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the HTML report about earlier runs: the trend, what is new, and what is resolved."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.history import FINDING_SEVERITIES
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import visible
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import new_findings
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import seen_finding_text, status_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import History, Model, TrendPoint

# Columns of the chart, and its height, in the units of its coordinates.
COLUMNS = 90
HEIGHT = 40
# Findings that a list of the new or of the resolved ones has.
LISTED_MAX = 200


def history_section(model: Model, colours: Mapping[str, str]) -> Iterator[str]:
    """Yield the section, or nothing for a report without history. ``colours`` are the CSS classes of the severities."""
    history = model["history"]
    if not history:
        return
    yield '<section class="history" aria-label="Earlier runs">\n'
    for warning in history["warnings"]:
        yield f'<p class="warn">{_escape(warning)}</p>\n'
    summary = changes_summary(model)
    if summary:
        yield f"<p>{_escape(summary)}</p>\n"
    yield from _new(model)
    yield from _resolved(history)
    if len(history["trend"]) > 1:
        severities = FINDING_SEVERITIES[model["check"]]
        yield _chart(history["trend"], severities, colours)
        yield from _table(history["trend"], severities)
    yield "</section>\n"


def changes_summary(model: Model) -> str:
    """Return a sentence about what is new and what is resolved, or an empty text if that is unknown."""
    history = model["history"]
    if not history or history["new"] is None or history["resolved"] is None:
        return ""
    if not history["previous"]:
        return "This is the first complete run of the history."
    return f"Since {history['previous']}: {len(history['new'])} new, {len(history['resolved'])} resolved."


def _new(model: Model) -> Iterator[str]:
    """Yield the new findings, with links to their places in the page; in a first run, all of them are new."""
    new = new_findings(model) if model["history"] and model["history"]["previous"] else []
    if new:
        yield f"<details open><summary>New: {len(new)}</summary>\n<ul>\n"
        for each in new[:LISTED_MAX]:
            text = seen_finding_text(each._asdict())
            yield f'<li><a href="#f-{each.fingerprint}"><bdi>{_escape(text)}</bdi></a></li>\n'
        yield from _more(len(new))
        yield "</ul></details>\n"


def _more(count: int) -> Iterator[str]:
    if count > LISTED_MAX:
        yield f"<li>{count - LISTED_MAX} more are in the JSON report.</li>\n"


def _resolved(history: History) -> Iterator[str]:
    resolved = history["resolved"] or ()
    if resolved:
        yield f"<details><summary>Resolved: {len(resolved)}</summary>\n<ul>\n"
        for each in resolved[:LISTED_MAX]:
            dates = f"{each['first_seen'][:10]} to {each['last_seen'][:10]}"
            yield f'<li><bdi>{_escape(seen_finding_text(each))}</bdi> <span class="soft">{dates}</span></li>\n'
        yield from _more(len(resolved))
        yield "</ul></details>\n"


def _chart(trend: Sequence[TrendPoint], severities: Sequence[str], colours: Mapping[str, str]) -> str:
    """Draw a column for each run, the newest at the right; a run with an error is a grey column of full height."""
    highest = max(1, *(sum(point["findings"].values()) for point in trend))
    columns = ""
    for x, point in enumerate(trend, COLUMNS - len(trend)):
        columns += f"<g><title>{_escape(_point_text(point))}</title>"
        if point["status"] == "error":
            columns += f'<rect class="unknown" x="{x}" y="0" width="0.8" height="{HEIGHT}"/>'
        bottom = float(HEIGHT)
        for severity in severities:
            height = HEIGHT * point["findings"].get(severity, 0) / highest
            bottom -= height
            if height:
                kind = f"{colours[severity]} {severity}"
                columns += f'<rect class="{kind}" x="{x}" y="{bottom:.3f}" width="0.8" height="{height:.3f}"/>'
        columns += "</g>"
    first, last = trend[0], trend[-1]
    description = f"At most {highest} in a run. First: {_point_text(first)}. Last: {_point_text(last)}."
    return (
        '<svg class="chart trend" role="img" aria-labelledby="trend-title" aria-describedby="trend-description" '
        f'viewBox="0 0 {COLUMNS} {HEIGHT}" preserveAspectRatio="none">'
        f'<title id="trend-title">Findings of the last {len(trend)} runs</title>'
        f'<desc id="trend-description">{_escape(description)}</desc>{columns}</svg>\n'
    )


def _point_text(point: TrendPoint) -> str:
    counts = ", ".join(f"{count} {status_words(severity)}" for severity, count in point["findings"].items() if count)
    words = "error" if point["status"] == "error" else counts or "no findings"
    return f"{point['generated_at']}: {words}"


def _table(trend: Sequence[TrendPoint], severities: Sequence[str]) -> Iterator[str]:
    """Yield the trend as a table, the newest run first."""
    yield f"<details><summary>Trend of the last {len(trend)} runs as a table</summary>\n"
    yield '<table class="runs"><thead><tr><th scope="col">Run</th>'
    for severity in severities:
        yield f'<th scope="col">{_escape(status_words(severity))}</th>'
    yield "</tr></thead><tbody>\n"
    for point in reversed(trend):
        yield f'<tr><th scope="row">{_escape(point["generated_at"])}</th>'
        if point["status"] == "error":
            yield f'<td colspan="{len(severities)}">error</td>'
        else:
            yield "".join(f"<td>{point['findings'].get(severity, 0)}</td>" for severity in severities)
        yield "</tr>\n"
    yield "</tbody></table></details>\n"


def _escape(value: str) -> str:
    return html.escape(visible(value))
