"""The texts of issues: as GitHub and GitLab render them, text from the account is only text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.reports import read_check_report
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.texts import (
    Marker,
    cut,
    issue_body,
    issue_title,
    neutral,
    new_marker,
    news_comment,
    parse_marker,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.markdown import escape
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model
from history_models import night, recorded
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from posting import report, write_accounts
from report_models import each_model

# What GitHub and GitLab look for in text that Markdown results in (their pages about autolinked references and GitLab Flavored
# Markdown). Each may have any text before it.
REFERENCES = re.compile(
    r"@\w|#\w|!\d|\$\d|~[\w\"]|%[\w\"]|&\d|\^alert|\[\w+:|\*iteration|(?:GH|GL)-\d|:[a-z+_-][a-z0-9_+-]*:|://\w|www\.\w",
    re.IGNORECASE,
)


def texts(markdown: str) -> list[Any]:
    parser = MarkdownIt("gfm-like", {"html": True})
    tokens = parser.parse(markdown)
    return [token for outer in tokens for token in (outer, *(outer.children or []))]


def shown(markdown: str) -> str:
    """The text that a person sees, with a line for each paragraph or cell."""
    blocks = [token for token in texts(markdown) if token.type == "inline"]
    kinds = ("text", "text_special")
    return "\n".join("".join(each.content for each in block.children if each.type in kinds) for block in blocks)


@given(st.text(max_size=40) | st.text('@#!$~%&^[*GH-1:a/w."_`<', max_size=16))
@example(
    "@octocat #1 !2 $3 ~4 %5 &6 ^alert#7 [vulnerability:8] *iteration:9 GH-10 gl-11 :tada: https://e.example www.e.example"
)
@example("a@b.example")
def test_neutral_text_has_no_reference_and_no_markup(value: str) -> None:
    markdown = neutral(f"| a |\n| --- |\n| x {escape(value)} x |\n")
    assert not REFERENCES.search(shown(markdown))
    inline = [token for token in texts(markdown) if token.type == "inline"]
    assert {child.type for child in inline[1].children} <= {"text", "text_special"}


@given(st.text("abc @#!:/", max_size=30))
def test_neutral_changes_nothing_that_is_seen(value: str) -> None:
    assert shown(neutral(escape(value))).replace("\u200b", "").split() == shown(escape(value)).split()


@each_model
def test_reports_are_neutral(model: Model, tmp_path: Path) -> None:
    text = neutral(report(tmp_path, model).markdown)
    assert not REFERENCES.search(shown(text))
    assert not [line for line in text.split("\n") if line.startswith("/")]  # GitLab would execute it
    links = [token.attrs["href"] for token in texts(text) if token.type == "link_open"]
    assert all(str(link).startswith("https://portal.example/#/connections/1") for link in links)
    assert bool(links) == bool(model["accepted_files"])


def test_comment_lists_what_is_new_and_resolved(tmp_path: Path) -> None:
    for number, drifted in enumerate(({1, 2, 3}, {2, 3, 4, 5})):
        model = recorded(tmp_path / "history", night(number, drifted))
        model["report_url"] = "https://ci.example.com/?x=(1)>"
        found = report(tmp_path / "reports", model)
    text = news_comment(found, 10_000)
    assert "**2 new, 1 resolved, 4 in all**" in text
    assert [line for line in text.split("\n") if line in ("New:", "Resolved:")] == ["New:", "Resolved:"]
    assert len(re.findall("^- ", text, re.MULTILINE)) == 3
    assert "[The report](<https://ci.example.com/?x=%281%29%3E>)" in text
    assert not REFERENCES.search(shown(text).replace("https://ci", ""))
    assert len(news_comment(found, 300).encode()) <= 300


@given(st.text(), st.integers(100, 400))
def test_cut_text_has_the_length_and_ends_with_a_line(text: str, limit: int) -> None:
    markdown = neutral(escape(text) + "\n") * 5
    result = cut(markdown, limit)
    assert len(result.encode()) <= limit
    kept = result.partition("\n\nThis text is cut here")[0]
    assert result == markdown or markdown.startswith(kept + "\n") or not kept


@pytest.mark.parametrize("label", [None, "", "Berlin", "-->", "\ud800", "a\nb"])
def test_marker_is_found_again(label: str | None, tmp_path: Path) -> None:
    found = report(tmp_path, night(1, {1}, label))
    marker = new_marker(found).after(found)
    assert parse_marker(f"{marker}\r\ntext") == marker
    assert parse_marker(f" {marker}") is None
    assert parse_marker(None) is None
    assert str(marker).count("-->") == 1
    assert not marker.same_issue(Marker("policy", marker.account))


@pytest.mark.parametrize("label", ["@octocat #1 `x` <b> !3 ~a", "x" * 200, "\u202e\n"])
def test_title_is_plain_and_short(label: str, tmp_path: Path) -> None:
    text = issue_title(report(tmp_path, night(1, {1}, label)))
    assert text.startswith("Telnyx drift check: ")
    assert len(text) < 200
    assert not {"@", "#", "`", "<", "\n", "\u202e", "~"} & set(text)


def test_texts_of_an_overview_are_neutral_and_short(tmp_path: Path) -> None:
    names = ["@octocat #1 `x` <b> !3 [x](https://evil.example) | GH-4 :tada:\n/close", "\u202e" + "x" * 200, "down"]
    write_accounts(tmp_path, 1, {names[0]: set(range(30)), names[1]: set(range(30)), names[2]: None})
    found = read_check_report(str(tmp_path / "reports"))
    marker = new_marker(found).after(found)
    body, comment = issue_body(found, marker, "", 60_000), news_comment(found, 60_000)
    seen = shown(body.partition("\n")[2])
    for text in (seen, shown(comment).replace("https://ci", "")):
        assert not REFERENCES.search(text)
        assert "\u202e" not in text
        assert text.count("and 10 more") == 1  # of 60 findings
    for text in (body, comment):
        assert not [line for line in text.split("\n") if line.startswith("/")]
    links = [token.attrs["href"] for text in (body, comment) for token in texts(text) if token.type == "link_open"]
    assert links == ["https://ci.example.com/?job=1"]
    rows = [line for line in body.split("\n") if line.startswith("| ")]
    assert [row.split(" | ")[2:4] for row in rows[2:]] == [["error", ""], ["drift", "30"], ["drift", "30"]]
    assert "It is &#60;down&#62;" in rows[2]
    assert len(issue_body(found, marker, "", 900).encode()) <= 900
    assert len(news_comment(found, 300).encode()) <= 300
