"""Recording runs: what the history adds to a report, and that no trouble with it loses the result of a check."""

from __future__ import annotations

import json
import random
import resource
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import HistoryError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._history.comparing import compare_stored_runs
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._history.recording import TREND_RUNS_MAX, Recording
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._history.store import HistoryStore
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model
from history_models import night, recorded, time
from report_models import CANARY, drift_model

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "report.schema.json").read_text())


def first_seen(model: Model) -> dict[int, str | None]:
    """Return when the change of each drifted connection was first seen."""
    assert model["check"] == "drift"
    connections = enumerate(model["connections"])
    return {place: change["first_seen"] for place, each in connections for change in each["changes"]}


def history(model: Model) -> Any:
    jsonschema.validate(json.loads(FORMATS["json"](model)), SCHEMA, jsonschema.Draft202012Validator)
    return model["history"]


def test_thirty_nights(tmp_path: Path) -> None:
    numbers, last_failed = random.Random(4), False
    since: dict[int, str | None] = {}
    before: set[int] = set()
    drifted: set[int] = set()
    for number in range(30):
        failed = number % 7 == 5
        if not failed:
            drifted = drifted ^ set(numbers.sample(range(30), numbers.choice([0, 0, 1, 3])))
        model = recorded(tmp_path, night(number, None if failed else drifted))
        found = history(model)
        assert found["previous"] == (time(number - 1 - last_failed) if number else None)
        assert len(found["trend"]) == number + 1
        assert found["trend"][-1]["findings"].get("drifted", 0) == (0 if failed else len(drifted))
        if failed:
            assert (found["new"], found["resolved"]) == (None, None)
            assert found["news"] is not last_failed
        else:
            since = {place: since.get(place, time(number)) for place in drifted}
            assert first_seen(model) == since
            assert len(found["new"]) == len(drifted - before)
            assert len(found["resolved"]) == len(before - drifted)
            assert found["news"] == (last_failed or drifted != before)
            before = drifted
        last_failed = failed


def test_report_without_history_has_no_times() -> None:
    model = night(1, {1, 2})
    assert history(model) is None
    assert first_seen(model) == {1: None, 2: None}


def test_trend_has_the_newest_runs(tmp_path: Path) -> None:
    for number in range(TREND_RUNS_MAX + 3):
        model = recorded(tmp_path, night(number, {1}, count=2))
    trend = history(model)["trend"]
    assert [trend[0]["generated_at"], trend[-1]["generated_at"]] == [time(3), time(TREND_RUNS_MAX + 2)]
    assert len(trend) == TREND_RUNS_MAX


def test_history_contains_no_secret(tmp_path: Path) -> None:
    model = recorded(tmp_path, drift_model())
    assert CANARY not in str(history(model))
    assert CANARY not in "".join(path.read_text() for path in tmp_path.iterdir())


@pytest.mark.parametrize("folder", ["file/history", "a\0b", "a\ud800b", "n" * 300])
def test_folder_that_cannot_be_used_is_a_warning(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("")
    model = recorded(tmp_path / folder, night(1, {1}))
    found = history(model)
    assert (found["new"], found["news"], found["previous"]) == (None, False, None)
    assert len(found["warnings"]) == 1
    assert "the history cannot be read" in found["warnings"][0]
    assert "the history cannot be read" in FORMATS["html"](model)
    assert "the history cannot be read" in FORMATS["md"](model)


def test_full_disk_is_a_warning_and_the_report_is_complete(tmp_path: Path) -> None:
    recorded(tmp_path, night(1, {1}))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        model = recorded(tmp_path, night(2, {1, 2}))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    found = history(model)
    assert first_seen(model) == {1: time(1), 2: time(2)}
    assert "the history cannot be written" in found["warnings"][0]
    assert len(list(tmp_path.iterdir())) == 1


def test_discarded_run_leaves_nothing(tmp_path: Path) -> None:
    Recording(str(tmp_path), night(1, {1})).discard()
    assert list(tmp_path.iterdir()) == []


def test_two_runs_are_compared_by_file_or_time(tmp_path: Path) -> None:
    for number, drifted in enumerate([{1}, {1, 2}, None, {2, 3}]):
        recorded(tmp_path, night(number, drifted))
    store = HistoryStore(str(tmp_path), "drift", None)
    names = store.names()

    def counts(older: str | None = None, newer: str | None = None) -> list[int]:
        compared = compare_stored_runs(store, older, newer)
        assert len(compared["lines"]) == sum(len(compared[name]) for name in ("new", "resolved", "still_there"))
        return [len(compared[name]) for name in ("new", "resolved", "still_there")]

    assert counts() == [1, 1, 1]
    assert counts(older="2026-09-01") == [2, 1, 0]
    assert counts(older="2026-09-01T03:00:00Z", newer="2026-09-03") == [1, 0, 1]
    assert counts(older=names[0], newer=names[1]) == [1, 0, 1]
    for older, newer, message in [
        ("2026-08-31", None, "older: no complete run is or was at 2026-08-31"),
        ("yesterday", None, "at yesterday"),
        (names[2], None, "no complete run"),
        (names[3], names[1], "is not older"),
        (None, names[0], "no complete run before"),
    ]:
        with pytest.raises(HistoryError, match=message):
            counts(older, newer)
    with pytest.raises(HistoryError, match="there is no complete run"):
        compare_stored_runs(HistoryStore(str(tmp_path), "policy", None), None, None)


def test_comparison_without_runs_names_the_labels_of_the_folder(tmp_path: Path) -> None:
    def message(label: str | None) -> str:
        with pytest.raises(HistoryError) as caught:
            compare_stored_runs(HistoryStore(str(tmp_path), "drift", label), None, None)
        return str(caught.value)

    assert "there is no complete run of the drift check without a label." in message(None)
    for label in ["main", "a\n\u202eb"]:
        recorded(tmp_path, night(1, {1}, label=label))
    newest = max(tmp_path.glob("*.jsonl"))
    (tmp_path / newest.name.replace(newest.name[6:14], "0" * 8)).write_bytes(newest.read_bytes())  # of no account
    assert "without a label; the folder has runs with other labels: 'a<U+000A><U+202E>b', 'main'." in message(None)
    assert "account_label" in message(None)
    recorded(tmp_path, night(1, {1}))
    for number in range(4):
        recorded(tmp_path, night(1, {1}, label=f"x{number}"))
    text = message("Main")
    assert (
        "with the label 'Main'; the folder has runs with other labels: none, 'a<U+000A><U+202E>b', 'main', 'x0'" in text
    )
    assert "'x1', and 2 more." in text
