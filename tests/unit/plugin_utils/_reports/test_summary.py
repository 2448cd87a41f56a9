"""The summary: what people read first, as plain text and as data."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import is_odd
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.findings import Connection, Finding
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import SUMMARIES
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import Account, Report, utc_now
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.summary import (
    LINES_MAX,
    LINK_MAX,
    TEXT_MAX,
    summary_data,
    summary_lines,
    summary_text,
)
from check_helpers import GOOD, drift, policy
from hypothesis import given
from hypothesis import strategies as st
from report_models import CANARY, PREVIOUS, each_report

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "summary.schema.json").read_text())


@each_report
def test_summary_is_short_plain_and_follows_its_schema(report: Report) -> None:
    text, data = (SUMMARIES[name](report) for name in ("summary.txt", "summary.json"))
    jsonschema.validate(json.loads(data), SCHEMA)
    assert json.loads(data)["text"] == text
    assert len(text) <= TEXT_MAX
    assert not [char for char in text if char != "\n" and is_odd(char)]
    assert CANARY not in text + data
    assert (json.loads(data)["news"], json.loads(data)["status"]) == (report.news, report.status)


def drifted(count: int, name: str = "PBX") -> list[Finding]:
    return [
        Finding("drift", Connection(str(place), f"{name} {place}"), f"{place:032}", "m", "r", "drifted",
                path=f"field_{place}", expected=place, actual="x")
        for place in range(count)
    ]  # fmt: skip


@given(
    st.text(max_size=100), st.integers(0, 40), st.integers(0, 8), st.integers(0, LINK_MAX - 20), st.text(max_size=400)
)
def test_summary_never_grows_beyond_its_limit(name: str, count: int, resolved: int, link: int, label: str) -> None:
    url = f"https://ci.example/{'x' * link}"
    report = Report("drift", Account(label), utc_now(), findings=drifted(count, name * 3), previous=PREVIOUS,
                    resolved=drifted(resolved), report_url=url)  # fmt: skip
    text = summary_text(report)
    assert len(text) <= TEXT_MAX
    assert text.rstrip("\n").endswith(f"Report: {url}")
    shown = [line for line in text.splitlines() if line.startswith("- ") and " more findings" not in line]
    shown = [line for line in shown if not line.startswith("- resolved: ") and " more resolved" not in line]
    assert len(shown) <= LINES_MAX
    left = count - len(shown)
    assert (f"- and {left} more findings" in text) == (left > 0)
    assert not [char for char in text if char != "\n" and is_odd(char)]


def test_equal_findings_are_one_line_and_the_worst_come_first() -> None:
    bad = [{**GOOD, "id": str(place), "user_name": f"k7q2mzr{place}", "connection_name": f"PBX {place}", "encrypted_media": None}
           for place in range(22)]  # fmt: skip
    bad[0]["sip_uri_calling_preference"] = "unrestricted"
    bad[1]["active"] = False
    lines = summary_lines(policy(bad))
    assert lines == [
        "Policy check: violations: 1 critical, 21 high, 1 low; connections: 22; rules: 14",
        "- sip_uri_calling_restricted (critical): PBX 0",
        "- srtp_required (high): 21 connections (PBX 0, PBX 10, PBX 11 and 18 more)",
        "- no_inactive (low): PBX 1",
    ]


def test_old_and_new_values_similar_names_and_whole_connections() -> None:
    live: list[dict[str, Any]] = [
        {"id": "1", "connection_name": "Paris PBX", "outbound": {"channel_limit": 500}, "password": "other"},
        {"id": "2", "connection_name": "Madrid PBX"},
        {"id": "3", "connection_name": "Rome"},
    ]
    desired = [
        {"connection_name": "Paris PBX", "outbound": {"channel_limit": 10}, "password": "secret"},
        {"connection_name": "madrid pbx"},
        {"id": "9", "connection_name": "Rome"},
    ]
    assert summary_lines(drift(desired, live)) == [
        "Drift check: drift: 1 missing, 1 recreated, 1 drifted, 1 unexpected; connections compared: 4",
        "- missing: madrid pbx (similar: Madrid PBX)",
        "- recreated: Rome (9 -> 3)",
        "- Paris PBX: outbound.channel_limit 10 -> 500",
        "- Paris PBX: password differs in what is hidden",
        "- unexpected: Madrid PBX (similar: madrid pbx)",
    ]


def test_new_and_resolved_ones_are_named() -> None:
    old, new = (replace(each, first_seen=PREVIOUS, is_new=is_new) for each, is_new in zip(drifted(2), (False, True)))
    report = Report("drift", Account("berlin"), utc_now(), findings=[old, new], previous=PREVIOUS,
                    resolved=[replace(old, path="gone")])  # fmt: skip
    assert summary_lines(report)[1:] == [
        f"Since {PREVIOUS}: 1 new, 1 resolved",
        '- PBX 1: field_1 1 -> "x" (new)',
        '- PBX 0: field_0 0 -> "x"',
        '- resolved: PBX 0: gone 0 -> "x"',
    ]
    data = summary_data(report)
    assert (data["new"], data["resolved_total"], data["previous"], data["account"]) == (1, 1, PREVIOUS, "berlin")
    assert [each["new"] for each in data["findings"]] == [1, 0]


@pytest.mark.parametrize(
    ("url", "end"),
    [(None, "more findings, see /srv/drift.html"), ("https://ci.example/7", "Report: https://ci.example/7")],
)
def test_where_the_other_findings_are(url: str | None, end: str) -> None:
    lines = summary_lines(
        Report("drift", Account(), utc_now(), findings=drifted(30), report_url=url), "/srv/drift.html"
    )
    assert lines[-1].endswith(end)
    assert [line for line in lines if "- and 20 more findings" in line]
