"""What the history adds to the reports for people and for code scanning."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.acceptance import make_acceptance
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model
from history_models import night, recorded
from markdown_it import MarkdownIt


def svg(model: Model) -> ET.Element:
    found = re.search(r'<svg class="chart trend".*?</svg>', FORMATS["html"](model), re.DOTALL)
    assert found
    return ET.fromstring(found[0])


def test_page_shows_a_column_for_each_run(tmp_path: Path) -> None:
    assert 'class="chart trend"' not in FORMATS["html"](recorded(tmp_path, night(0, set())))
    for number, drifted in enumerate([{1}, {1, 2, 3, 4}, None, {1, 2}], 1):
        model = recorded(tmp_path, night(number, drifted))
    chart = svg(model)
    assert [group.findtext("title") for group in chart.findall("g")] == [
        "2026-09-01T03:00:00Z: no findings",
        "2026-09-02T03:00:00Z: 1 drifted",
        "2026-09-03T03:00:00Z: 4 drifted",
        "2026-09-04T03:00:00Z: error",
        "2026-09-05T03:00:00Z: 2 drifted",
    ]
    bars = [column for group in chart.findall("g") for column in group.findall("rect")]
    assert [(column.get("class"), column.get("x"), column.get("height")) for column in bars] == [
        ("bad drifted", "86", "10.000"),
        ("bad drifted", "87", "40.000"),
        ("unknown", "88", "40"),
        ("bad drifted", "89", "20.000"),
    ]
    assert chart.findtext("title") == "Findings of the last 5 runs"
    assert "At most 4 in a run" in (chart.findtext("desc") or "")
    page = FORMATS["html"](model)
    rows = re.findall(r'<tr><th scope="row">(2026[^<]*)</th>(.*?)</tr>', page.replace("\n", ""))
    assert [row[0][:10] for row in rows] == [f"2026-09-0{day}" for day in (5, 4, 3, 2, 1)]
    assert rows[0][1] == "<td>2</td><td>0</td><td>0</td><td>0</td><td>0</td>"
    assert rows[1][1] == '<td colspan="5">error</td>'
    assert "style=" not in page  # the content security policy would ignore it


def test_reports_say_since_when(tmp_path: Path) -> None:
    recorded(tmp_path, night(1, {3, 4}))
    model = recorded(tmp_path, night(2, {4, 5}))
    page, markdown = FORMATS["html"](model), FORMATS["md"](model)
    assert (
        page.count('<span class="soft" title="2026-09-02T03:00:00Z">since 2026-09-02</span>') == 2
    )  # the row and its field
    assert page.count('<span class="soft" title="2026-09-03T03:00:00Z">since 2026-09-03</span>') == 2
    assert "1 new, 1 resolved" in page
    assert "<details><summary>Resolved: 1</summary>" in page
    (link,) = re.findall(r'<details open><summary>New: 1</summary>\n<ul>\n<li><a href="#([^"]+)">', page)
    assert f'id="{link}"' in page
    assert "Since 2026-09-02T03:00:00Z: 1 new, 1 resolved." in markdown.replace("&#58;", ":")
    tables = MarkdownIt("gfm-like").parse(markdown)
    texts = [token.content for token in tables if token.type == "inline"]
    assert texts.count("since") == 1
    assert texts.count("2026-09-03") == 1
    assert [text for text in texts if text in ("New", "Resolved")] == ["New", "Resolved"]
    first = recorded(tmp_path / "first", night(1, {3, 4}))
    assert ("<summary>New" in FORMATS["html"](first), "## New" in FORMATS["md"](first)) == (False, False)
    (run,) = json.loads(FORMATS["sarif"](model))["runs"]
    assert [each["provenance"] for each in run["results"]] == [
        {"firstDetectionTimeUtc": "2026-09-02T03:00:00Z"},
        {"firstDetectionTimeUtc": "2026-09-03T03:00:00Z"},
    ]


def test_finding_that_was_accepted_is_not_resolved(tmp_path: Path) -> None:
    recorded(tmp_path, night(1, {3, 4, 5}))
    first = night(2, {4, 5})
    assert first["check"] == "drift"
    (change,) = first["connections"][4]["changes"]
    entry = {"path": "tags", "id": first["connections"][4]["id"], "value": change["actual"], "reason": "known"}
    model = recorded(tmp_path, night(2, {4, 5}, acceptances=[make_acceptance(entry, "entry")]))
    assert model["check"] == "drift"
    assert [each["first_seen"] for each in model["accepted"]] == [None]
    assert [each["first_seen"] for each in model["connections"][5]["changes"]] == ["2026-09-02T03:00:00Z"]
    history = model["history"]
    assert history
    assert history["trend"][-1]["findings"]["drifted"] == 1
    assert [each["id"] for each in history["resolved"] or ()] == [first["connections"][3]["id"]]
    for suffix in ("html", "md"):
        assert "0 new, 1 resolved." in FORMATS[suffix](model)
    # When it is no longer accepted, it is new, and as old as before.
    again = recorded(tmp_path, night(3, {4, 5}))
    assert again["check"] == "drift"
    assert [change["first_seen"] for change in again["connections"][4]["changes"]] == ["2026-09-02T03:00:00Z"]
    assert again["history"]
    assert again["history"]["new"] == [change["fingerprint"]]


def test_names_of_resolved_findings_are_text(tmp_path: Path) -> None:
    recorded(tmp_path, night(1, set(range(20))))
    model = recorded(tmp_path, night(2, set()))
    page, markdown = FORMATS["html"](model), FORMATS["md"](model)
    assert page.count("<script>") == 1
    kinds = {
        token.type
        for outer in MarkdownIt("gfm-like", {"html": True}).parse(markdown)
        for token in (outer, *(outer.children or []))
    }
    assert not kinds & {"html_block", "html_inline", "image", "code_inline", "em_open", "s_open"}
