"""What the formats of the report share."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.results import Change
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import (
    SARIF_RESULTS_MAX,
    STATUS_EXPLANATIONS,
    STATUS_ORDER,
    all_findings,
    change_text,
    display_name,
    sarif_limit_note,
    status_words,
)
from report_models import compared_model, drift_model, policy_model
from sandbox.account import make_connection


def change(path: str, expected: Any, actual: Any) -> Change:
    return {
        "fingerprint": "f",
        "first_seen": None,
        "state": "new",
        "path": path,
        "expected": expected,
        "actual": actual,
        "remedy": "",
        "attribution": None,
    }


def test_change_text_shows_values_as_json() -> None:
    text = change_text(change("inbound.channel_limit", "10", 10))
    assert text == 'inbound.channel_limit: expected "10", actual 10'
    assert change_text(change("tags", ["é"], None)) == 'tags: expected ["é"], actual null'


def test_status_words_has_no_underscores() -> None:
    assert status_words("in_sync") == "in sync"


def test_every_status_has_an_explanation() -> None:
    assert set(STATUS_EXPLANATIONS) == set(STATUS_ORDER) == set(drift_model()["totals"] or {})


@pytest.mark.parametrize(("name", "shown"), [("a", "a"), ("", "(no name)"), (None, "(no name)"), (0, "0")])
def test_display_name_of_a_missing_name_is_a_text(name: object, shown: str) -> None:
    finding: Any = {"id": "1", "name": name}
    assert display_name(finding) == shown


def test_all_findings_excludes_in_sync_and_includes_accepted() -> None:
    assert len(all_findings(drift_model())) == 7
    policy = policy_model()
    assert len(all_findings(policy)) == len(policy["violations"]) + len(policy["accepted"])


def test_sarif_limit_note_is_absent_up_to_the_limit() -> None:
    live = [make_connection(1, index) for index in range(SARIF_RESULTS_MAX + 1)]
    assert sarif_limit_note(compared_model([], live[1:])) is None
    assert "the 5000 most severe of 5001 findings" in (sarif_limit_note(compared_model([], live)) or "")
