# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as Markdown, short enough for the summary page of a CI job."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import visible
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import (
    STATUS_ORDER,
    left_out_of_sarif,
    value_text,
)

# GitHub takes 1 MiB for a step; a page of more rows is read by nobody.
ROWS_MAX = 200
CELL_MAX = 300

# What Markdown, HTML in it, formulas, mentions and automatic links begin with; a lone _ within a word is none of them.
_SPECIAL = re.compile(r"[\\`*{}\[\]<>#|~@&$]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.", re.IGNORECASE)


def markdown_report(model: Mapping[str, Any]) -> str:
    """Return the report as GitHub-flavoured Markdown."""
    lines = [f"# {model['check'].capitalize()} check: {model['status'].replace('_', ' ')}", ""]
    lines += [text(model["summary"]), "", f"Made at {model['generated_at']}.", ""]
    note = left_out_of_sarif(model)
    lines += [text(note), ""] if note else []
    if model["error"]:
        lines += _table(["what", "value"], [[name, value] for name, value in model["error"].items() if value])
    elif model["check"] == "drift":
        lines += _table(list(model["totals"]), [list(model["totals"].values())])
        lines += _table(["connection", "id", "status", "field", "expected", "actual"], list(_drift_rows(model)))
    else:
        lines += _table(list(model["totals"]), [list(model["totals"].values())])
        columns = ["severity", "rule", "name", "id", "message"]
        lines += _table(columns, [[each[column] for column in columns] for each in model["violations"]])
        broken = {each["rule"] for each in model["violations"]}
        for rule in model["rules"]:
            if rule["id"] in broken and rule["help"]:
                lines += [f"**{text(rule['id'])}**: {text(rule['help'])}", ""]
        if model["exempted"]:
            columns = ["rule", "name", "id", "reason", "expires"]
            lines += ["## Exempted", ""]
            lines += _table(columns, [[each[column] for column in columns] for each in model["exempted"]])
    return "\n".join(lines).rstrip("\n") + "\n"


def _drift_rows(model: Mapping[str, Any]) -> Iterator[list[Any]]:
    for each in sorted(model["connections"], key=lambda each: STATUS_ORDER.index(each["status"])):
        start = [each["name"], each["id"], each["status"]]
        for change in each["changes"]:
            yield [*start, change["path"], value_text(change["expected"]), value_text(change["actual"])]
        if not each["changes"] and each["status"] != "in_sync":
            yield [*start, "", "", ""]


def _table(heading: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    if not rows:
        return []
    lines = [_row(heading), _row(["---"] * len(heading), raw=True), *map(_row, rows[:ROWS_MAX]), ""]
    if len(rows) > ROWS_MAX:
        lines += [f"{len(rows) - ROWS_MAX} more rows are in the HTML and JSON reports.", ""]
    return lines


def _row(cells: Sequence[Any], raw: bool = False) -> str:
    return (
        "| "
        + " | ".join(str(cell) if raw else text("" if cell is None else str(cell), CELL_MAX) for cell in cells)
        + " |"
    )


def text(value: str, limit: int | None = None) -> str:
    """Text that Markdown, HTML in it, and automatic links and mentions leave alone: by character references."""
    shown = visible(value)
    if limit and len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", shown)
