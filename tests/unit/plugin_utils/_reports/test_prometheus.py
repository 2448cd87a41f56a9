"""The metrics, as both parsers of prometheus_client read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model, model_findings
from history_models import night, recorded
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import openmetrics, parser
from prometheus_client.openmetrics import parser as openmetrics_parser
from report_models import accepted_model, each_model, policy_model

PARSERS = [parser.text_string_to_metric_families, openmetrics_parser.text_string_to_metric_families]
PREFIX = "siptrunk_telnyx_check_"
assert openmetrics


def samples(model: Model, parse: Callable[[str], Any]) -> dict[str, dict[str, float]]:
    """Return the value of each sample, by the metric's name and the label that only this metric has."""
    found: dict[str, dict[str, float]] = {}
    for family in parse(FORMATS["prom"](model)):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            assert sample.timestamp is None  # the textfile collector rejects them
            labels = dict(sample.labels)
            assert labels.pop("check") == model["check"]
            assert labels.pop("account") == (model["account"]["label"] or "")
            found.setdefault(sample.name.removeprefix(PREFIX), {})[next(iter(labels.values()), "")] = sample.value
    return found


@pytest.mark.parametrize("parse", PARSERS, ids=["text", "openmetrics"])
@each_model
def test_both_parsers_read_the_same(model: Model, parse: Callable[[str], Any]) -> None:
    found = samples(model, parse)
    assert found == samples(model, PARSERS[0])
    assert found["status"][model["status"]] == 1
    assert sum(found["status"].values()) == 1
    assert ("findings" in found) == (model["error"] is None)
    assert "new_findings" not in found
    assert found.get("snapshot_timestamp_seconds") == ({"": 1_795_514_400} if model["account"]["read_at"] else None)


@pytest.mark.parametrize("parse", PARSERS, ids=["text", "openmetrics"])
def test_numbers_of_several_nights(tmp_path: Path, parse: Callable[[str], Any]) -> None:
    recorded(tmp_path, night(1, {1, 2}))
    found = samples(recorded(tmp_path, night(2, {2, 3, 4})), parse)
    assert found["findings"] == {"drifted": 3, "missing": 0, "recreated": 0, "unexpected": 0, "unverifiable": 0}
    assert (found["new_findings"], found["resolved_findings"]) == ({"": 2}, {"": 1})
    assert (found["connections"], found["exit_code"]) == ({"": 30}, {"": 2})
    assert found["last_run_timestamp_seconds"] == found["last_complete_run_timestamp_seconds"] == {"": 1788404400}
    failed = samples(recorded(tmp_path, night(3, None)), parse)
    assert failed["last_complete_run_timestamp_seconds"] == {"": 1788404400}
    assert failed["last_run_timestamp_seconds"] == {"": 1788404400 + 86400}
    assert failed["exit_code"] == {"": 1}
    assert not {"findings", "accepted_findings", "new_findings", "resolved_findings", "connections"} & failed.keys()


@pytest.mark.parametrize("model", [policy_model(), accepted_model("drift"), accepted_model("policy")])
def test_accepted_findings_are_counted_apart(model: Model) -> None:
    found = samples(model, PARSERS[0])
    assert sum(found["findings"].values()) == len(list(model_findings(model)))
    assert found["accepted_findings"] == {"": len(model["accepted"])}
    assert not {each["fingerprint"] for each in model["accepted"]} & {
        each.fingerprint for each in model_findings(model)
    }


def test_help_and_type_are_the_same_for_every_check(tmp_path: Path) -> None:
    """The collector rejects a metric with another help in another file."""
    seen: dict[str, str] = {}
    for model in (policy_model(), recorded(tmp_path, night(1, {1})), night(2, None)):
        for line in FORMATS["prom"](model).splitlines():
            if line.startswith("# HELP"):
                assert seen.setdefault(line.split()[2], line) == line
    assert len(seen) == 9


@given(st.text() | st.text('"\\\n{},= n#'))
def test_any_label_is_escaped(label: str) -> None:
    model = night(1, set(), label=label, count=1)
    for parse in PARSERS:
        values = {sample.labels["account"] for family in parse(FORMATS["prom"](model)) for sample in family.samples}
        assert len(values) == 1
        assert "\n" not in next(iter(values))
        if label.isascii() and label.isprintable():
            assert values == {label}
