"""The report as Markdown, as GitHub renders it."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.markdown import ROWS_MAX, escape
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report_models import compared_model, drift_model, each_model, policy_model
from sandbox.account import make_connection


def rendered(markdown: str) -> list[Any]:
    parser = MarkdownIt("gfm-like", {"html": True})
    assert parser.linkify
    parser.linkify.set({"fuzzy_link": False})  # GitHub makes no link of 0.al
    tokens = parser.parse(markdown)
    return [token for outer in tokens for token in (outer, *(outer.children or []))]


@each_model
def test_markdown_shows_names_as_text(model: Model) -> None:
    tokens = rendered(FORMATS["md"](model))
    kinds = {token.type for token in tokens}
    links = [token.attrs["href"] for token in tokens if token.type == "link_open"]
    assert all(str(link).startswith("https://portal.example/#/connections/1") for link in links)
    assert bool(links) == bool(model["accepted_files"])
    assert not kinds & {"html_block", "html_inline", "image", "code_inline", "em_open", "s_open", "fence"}
    columns = {"drift": (7, 8), "policy": (9, 6), "error": (2, 2)}["error" if model["error"] else model["check"]]
    heads = [sum(each.type == "th_open" for each in tokens[start:stop]) for start, stop in _tables(tokens)]
    assert heads[:2] == list(columns)[: len(heads[:2])]
    cells = sum(token.type == "td_open" for token in tokens)
    rows = sum(token.type == "tr_open" for token in tokens) - len(heads)
    assert rows
    assert cells >= rows * 2


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


def test_markdown_lists_the_most_severe_first() -> None:
    report = FORMATS["md"](drift_model())
    statuses = re.findall(r"\| (drifted|missing|recreated|unexpected|unverifiable) \|", report.rsplit("| --- |", 1)[-1])
    assert list(dict.fromkeys(statuses)) == ["drifted", "missing", "recreated", "unexpected", "unverifiable"]
    assert re.search(r'\| recreated \| id \| "405" \| "17[0-9]+" \|', report)


def test_markdown_limits_rows_and_counts_the_others() -> None:
    live = [make_connection(1, index) for index in range(2000)]
    report = FORMATS["md"](compared_model([], live))
    assert f"{2000 - ROWS_MAX} more rows are in the HTML and JSON reports." in report
    assert len(report.encode()) < 2**20


def test_markdown_shows_to_how_many_connections_each_rule_applied() -> None:
    model = policy_model()
    assert model["check"] == "policy"
    for place, rule in enumerate(model["rules"]):
        rule["applied_to"] = 1000 + place
    _before, _heading, table = FORMATS["md"](model).partition("## Rules")
    for place, rule in enumerate(model["rules"]):
        count = sum(each["rule"] == rule["id"] for each in model["violations"])
        assert f"| {rule['id']} | {rule['severity']} | {1000 + place} | {count} |\n" in table
