"""The report as an HTML page; tests/page looks at it in a browser."""

from __future__ import annotations

import html
import html.parser
import re
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import make_acceptance
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.html_report import EMPTY_MESSAGES, OPEN_ROWS_MAX
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import Account, Report, utc_now
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import STATUS_EXPLANATIONS
from check_helpers import GOOD, policy
from report_models import drift_report, each_report, error_report, every_status, policy_report
from sandbox.account import MASK, make_connection


class Page(html.parser.HTMLParser):
    """What a browser would see of elements and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@each_report
def test_html_makes_no_requests_and_runs_no_script_from_a_name(report: Report) -> None:
    page = Page(FORMATS["html"](report))
    assert [tag for tag, _attrs in page.tags].count("script") == 1
    for tag, attributes in page.tags:
        assert not {"src", "srcset", "action", "style", "data", "poster"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
        assert tag not in ("img", "link", "iframe", "object", "embed", "b" if report.error else "i")
        if not str(attributes.get("href", "#")).startswith("#"):
            assert str(attributes["href"]).startswith("https://portal.example/#/connections/1")
            assert (attributes["rel"], attributes["target"]) == ("noopener noreferrer", "_blank")
    assert "default-src 'none'" in next(attrs for tag, attrs in page.tags if "http-equiv" in attrs)["content"]


def test_html_lists_every_connection() -> None:
    tags = Page(FORMATS["html"](every_status(300))).tags
    kinds = [attributes["data-kind"] for tag, attributes in tags if tag == "li" and "data-kind" in attributes]
    assert len(kinds) == 302
    assert kinds[:4] == ["missing", "recreated", "ambiguous", "drifted"]


@each_report
def test_html_has_unique_ids_and_valid_links(report: Report) -> None:
    tags = Page(FORMATS["html"](report)).tags
    ids = [attributes["id"] for _tag, attributes in tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    links = [str(attributes["href"]).removeprefix("#") for tag, attributes in tags if tag == "a"]
    links = [link for link in links if not link.startswith("https://portal.example/")]
    assert set(links) <= set(ids)


def test_html_shows_an_accepted_change_and_a_masked_password_in_the_row_of_their_connection() -> None:
    live: dict[str, Any] = {"id": "1", "connection_name": "a", "active": False, "password": MASK}
    entry = make_acceptance({"path": "active", "value": False, "id": "1", "reason": "known"}, "Entry")
    report = drift_report([Desired({"id": "1", "active": True, "password": "one"})], [live], [entry])
    tags = Page(FORMATS["html"](report)).tags
    rows = [attributes for tag, attributes in tags if "data-kind" in attributes and tag == "li"]
    assert [row["data-kind"] for row in rows] == ["unverifiable"]
    ids = [attributes["id"] for _tag, attributes in tags if str(attributes.get("id")).startswith("f-")]
    assert ids == [f"f-{each.fingerprint}" for each in (*report.findings, *report.accepted)]


@pytest.mark.parametrize("count", [OPEN_ROWS_MAX, OPEN_ROWS_MAX + 1])
def test_html_opens_the_values_of_few_findings(count: int) -> None:
    live = [make_connection(1, index) for index in range(count)]
    desired = [Desired({"id": each["id"], "user_name": "x"}) for each in live]
    tags = Page(FORMATS["html"](drift_report(desired, live))).tags
    rows = [attributes for tag, attributes in tags if tag == "details" and attributes.get("class") != "group"]
    assert [("open" in attributes) for attributes in rows] == [count <= OPEN_ROWS_MAX] * count


def test_html_counts_findings_and_connections_and_describes_unexpected_ones() -> None:
    live = [{**make_connection(1, 0), "user_name": "u0"}, {**make_connection(1, 1), "created_at": "2026-01-02"}]
    desired = [
        {"id": live[0]["id"], "user_name": "x", "active": not live[0]["active"]},
        {"connection_name": "Nowhere", "user_name": "n7"},
    ]
    page = FORMATS["html"](drift_report([Desired(each) for each in desired], live))
    assert "4 findings in 3 connections; connections compared: 3" in page
    text = re.sub(r"<[^>]+>", "", page)
    assert f"user name {live[1]['user_name']}" in text
    assert "created at 2026-01-02" in text
    assert "user name n7" in text
    assert "outbound.outbound_voice_profile_id" in text


def test_html_shows_an_error_once() -> None:
    page = FORMATS["html"](error_report("drift"))
    assert page.count("It is &lt;down&gt;.") == 1
    assert "The check did not complete." in page


def test_html_explains_each_status_once() -> None:
    page = FORMATS["html"](every_status())
    for name, text in STATUS_EXPLANATIONS.items():
        assert page.count(f"<p>{html.escape(text)}</p>") == (name != "accepted"), name


@pytest.mark.parametrize("check", ["drift", "policy"])
def test_html_without_findings_shows_a_message(check: str) -> None:
    assert EMPTY_MESSAGES[check] in FORMATS["html"](Report(check, Account(), utc_now()))


def test_html_marks_changed_list_elements() -> None:
    def page_of(desired: list[str]) -> str:
        live = {"id": "1", "connection_name": "a", "new": {"list": ["OPUS", "G729", "G722"]}}
        return FORMATS["html"](drift_report([Desired({"id": "1", "new": {"list": desired}})], [live]))

    page = page_of(["G722", "OPUS", "<b>"])
    assert "<del>&#34;&lt;b&gt;&#34;</del>" in page
    assert "<ins>&#34;G729&#34;</ins>" in page
    assert "missing: &#34;&lt;b&gt;&#34;; added: &#34;G729&#34;<" in page
    assert "in another order" in page_of(["G722", "OPUS", "G729"])


def test_html_shows_the_help_of_violated_rules_and_what_holds_of_the_others() -> None:
    report = policy_report()
    page = FORMATS["html"](report)
    violated = {each.rule for each in (*report.findings, *report.accepted)}
    for rule in report.rules:
        assert page.count(html.escape(rule["holds"])) == (rule["id"] not in violated)
        assert not rule["help"] or page.count(html.escape(rule["help"])) == (rule["id"] in violated)
        assert f"(applied to {rule['applied_to']} connection" in page
    assert "Every connection has a user name of its own" in FORMATS["html"](policy([GOOD]))
