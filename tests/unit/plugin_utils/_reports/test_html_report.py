"""The report as an HTML page; tests/page looks at it in a browser."""

from __future__ import annotations

import base64
import hashlib
import html
import html.parser
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import make_acceptance
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import as_result, compare
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.policy import evaluate
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rules import make_rules
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.html_report import EMPTY_MESSAGES
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model, make_model
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import STATUS_EXPLANATIONS
from report_models import TODAY, URL, compared_model, drift_model, each_model, error_model, policy_model
from sandbox.account import MASK


class Page(html.parser.HTMLParser):
    """What a browser would see of elements and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@each_model
def test_html_makes_no_requests_and_runs_no_script_from_a_name(model: Model) -> None:
    page = Page(FORMATS["html"](model))
    assert [tag for tag, _attrs in page.tags].count("script") == 1
    for tag, attributes in page.tags:
        assert not {"src", "srcset", "action", "style", "data", "poster"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
        assert tag not in ("img", "link", "iframe", "object", "embed", "b" if model["error"] else "i")
        if not str(attributes.get("href", "#")).startswith("#"):
            assert str(attributes["href"]).startswith("https://portal.example/#/connections/1")
            assert (attributes["rel"], attributes["target"]) == ("noopener noreferrer", "_blank")
    assert "default-src 'none'" in next(attrs for tag, attrs in page.tags if "http-equiv" in attrs)["content"]


def test_html_lists_every_connection() -> None:
    tags = Page(FORMATS["html"](drift_model(300))).tags
    kinds = [attributes["data-kind"] for tag, attributes in tags if tag == "li"]
    assert len(kinds) == 301
    assert kinds[:3] == ["drifted"] * 3


@each_model
def test_html_has_unique_ids_and_valid_links(model: Model) -> None:
    tags = Page(FORMATS["html"](model)).tags
    ids = [attributes["id"] for _tag, attributes in tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    links = [str(attributes["href"]).removeprefix("#") for tag, attributes in tags if tag == "a"]
    links = [link for link in links if not link.startswith("https://portal.example/")]
    assert set(links) <= set(ids)


def test_html_shows_an_accepted_change_and_a_masked_password_of_a_connection_once_each() -> None:
    live: dict[str, Any] = {"id": "1", "connection_name": "a", "active": False, "password": MASK}
    entry = make_acceptance({"path": "active", "value": False, "id": "1", "reason": "known"}, "Entry")
    comparisons = compare([Desired({"id": "1", "active": True, "password": "one"})], [live])
    result = as_result(comparisons, None, [entry], today=TODAY)
    tags = Page(FORMATS["html"](make_model("drift", URL, result=result, connections=1))).tags
    rows = [attributes for tag, attributes in tags if "data-kind" in attributes and tag == "li"]
    assert [row["data-kind"] for row in rows] == ["unverifiable", "accepted"]
    fingerprints = [result["connections"][1]["fingerprint"], result["accepted"][0]["fingerprint"]]
    ids = [attributes["id"] for _tag, attributes in tags if str(attributes.get("id")).startswith("f-")]
    assert ids == [f"f-{each}" for each in fingerprints]


def test_html_shows_an_error_once() -> None:
    page = FORMATS["html"](error_model("drift"))
    assert page.count("It is &lt;down&gt;.") == 1
    assert "The check did not complete." in page


def test_html_explains_each_status_once() -> None:
    page = FORMATS["html"](drift_model())
    assert {page.count(html.escape(text)) for name, text in STATUS_EXPLANATIONS.items() if name != "accepted"} == {1}


@pytest.mark.parametrize("check", ["drift", "policy"])
def test_html_without_findings_shows_a_message(check: str) -> None:
    result = as_result(compare([], [])) if check == "drift" else evaluate([], make_rules(), today=TODAY)
    assert EMPTY_MESSAGES[check] in FORMATS["html"](make_model(check, URL, result=result, connections=0))


def test_html_style_and_script_match_the_hashes_of_the_security_policy() -> None:
    page = FORMATS["html"](drift_model())
    for element in ("style", "script"):
        content = page.partition(f"<{element}>")[2].partition(f"</{element}>")[0]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in page


def test_html_marks_changed_list_elements() -> None:
    live: dict[str, Any] = {"id": "1", "connection_name": "a", "new": {"list": ["OPUS", "G711A", "G729", "G722"]}}
    desired = Desired({"id": "1", "new": {"list": ["G722", "OPUS", "G711A", "<b>"]}})
    page = FORMATS["html"](compared_model([desired], [live]))
    assert "<del>&quot;&lt;b&gt;&quot;</del>" in page
    assert "<ins>&quot;G729&quot;</ins>" in page
    assert page.count("<mark>&quot;G722&quot;</mark>") == 2
    assert "missing: &quot;&lt;b&gt;&quot;; added: &quot;G729&quot;; moved: &quot;G722&quot;" in page


def test_html_shows_help_once_per_rule_and_how_many_connections_it_applied_to() -> None:
    model = policy_model()
    violated = {each["rule"] for each in model["violations"]}
    others = [rule["id"] for rule in model["rules"] if rule["id"] not in violated]
    for rule in model["rules"]:
        rule["applied_to"] = 0 if rule["id"] in others else 7
    page = FORMATS["html"](model)
    assert page.count("(applied to 7 connections)") == len(violated)
    assert page.count("(applied to 0 connections)") == len(others) > 0
    helps = [html.escape(rule["help"]) for rule in model["rules"] if rule["id"] in violated and rule["help"]]
    assert {page.count(each) for each in helps} == {1}
