"""The report as Markdown, as GitHub renders it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.markdown import CELL_MAX, ROWS_MAX, escape
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import Report
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.summary import summary_lines
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report_models import drift_report, each_report, every_status, policy_report
from sandbox.account import make_connection


def rendered(markdown: str) -> list[Any]:
    parser = MarkdownIt("gfm-like", {"html": True})
    assert parser.linkify
    parser.linkify.set({"fuzzy_link": False})  # GitHub makes no link of 0.al
    tokens = parser.parse(markdown)
    return [token for outer in tokens for token in (outer, *(outer.children or []))]


@each_report
def test_markdown_shows_names_as_text(report: Report) -> None:
    tokens = rendered(FORMATS["md"](report))
    kinds = {token.type for token in tokens}
    links = [token.attrs["href"] for token in tokens if token.type == "link_open"]
    assert all(str(link).startswith("https://portal.example/#/connections/1") for link in links)
    assert bool(links) == bool(report.accepted_files)
    assert not kinds & {"html_block", "html_inline", "image", "code_inline", "em_open", "s_open", "fence"}
    heads = [sum(each.type == "th_open" for each in tokens[start:stop]) for start, stop in _tables(tokens)]
    cells = sum(token.type == "td_open" for token in tokens)
    rows = sum(token.type == "tr_open" for token in tokens) - len(heads)
    assert cells >= rows * 2 >= 2 * (len(report.findings) > 0)


def _tables(tokens: list[Any]) -> list[tuple[int, int]]:
    starts = [place for place, token in enumerate(tokens) if token.type == "table_open"]
    stops = [place for place, token in enumerate(tokens) if token.type == "table_close"]
    return list(zip(starts, stops))


@given(st.text(max_size=40) | st.text("_*~`a0 .!(", max_size=12))
@example("__0__")
@example("a__b_c__ d_")
@example("WWW.evil.example")
def test_escape_leaves_only_text(value: str) -> None:
    tokens = rendered(f"| a |\n| --- |\n| x {escape(value)} x |\n")
    inline = [token for token in tokens if token.type == "inline"]
    assert len(inline) == 2
    assert {child.type for child in inline[1].children} <= {"text", "text_special"}
    assert "www." not in escape(value).lower()  # GitHub makes a link of it


def test_markdown_begins_with_the_summary_and_lists_the_most_severe_first() -> None:
    report = every_status()
    text = FORMATS["md"](report)
    head, table = text.split("## Findings")[:2]
    for line in summary_lines(report, "drift.html"):
        assert escape(line.removeprefix("- ")) in head
    ranks = re.findall(r"^\| (\w+) \|", table.split("## ")[0], re.MULTILINE)[1:]
    assert list(dict.fromkeys(ranks)) == [
        "missing", "recreated", "ambiguous", "drifted", "unexpected", "unverifiable",
    ]  # fmt: skip
    assert "## Resolved" in text


def test_markdown_limits_rows_and_counts_the_others() -> None:
    live = [make_connection(1, index) for index in range(2000)]
    report = FORMATS["md"](drift_report([], live))
    assert f"{2000 - ROWS_MAX} more rows are in the HTML and JSON reports." in report
    assert len(report.encode()) < 2**20


def test_markdown_of_a_policy_check_begins_with_the_table_of_rules() -> None:
    report = policy_report()
    rules = [replace_number(rule, 1000 + place) for place, rule in enumerate(report.rules)]
    text = FORMATS["md"](replace(report, rules=rules))
    table = text.partition("## Findings")[0]
    assert text.index("| rule | severity | applies to |") < text.index("## Findings")
    for rule in rules:
        count = sum(each.rule == rule["id"] for each in report.findings)
        why = rule["help"] if count else rule["holds"]
        assert (
            f"| {rule['id']} | {rule['severity']} | {rule['applied_to']} | {count} | {escape(why, CELL_MAX)} |" in table
        )


def replace_number(rule: Any, number: int) -> Any:
    return {**rule, "applied_to": number}
