"""Rules that are evaluated once for equal values: the same outcomes as for each record by itself."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rule_evaluation import RuleEvaluation, used_paths
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rules import make_rules
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.query import Query

VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    1.0,
    "",
    "1",
    "true",
    [],
    ["a"],
    [1],
    [True],
    {},
    {"b": 1},
    {"b": True},
    {"b": 1.0},
]


@pytest.mark.parametrize(
    ("expression", "paths"),
    [
        ("active", {("active",)}),
        ("a.b.c == `1` && !(d)", {("a", "b", "c"), ("d",)}),
        ("contains(a.b, to_string(c)) || `true`", {("a", "b"), ("c",)}),
        ("`1`", set()),
        ("a[0]", None),
        ("a[?b]", None),
        ("@", None),
        ("a.[b, c]", None),
        ("keys(@)", None),
        ("sort_by(a, &b)", None),
    ],
)
def test_used_paths(expression: str, paths: set[Any] | None) -> None:
    assert used_paths(Query(expression).tree) == paths


@pytest.mark.parametrize("condition", ["a", "a == `1`", "a == `true`", "a.b", "a == b", "length(a) == `1`", "a[0]"])
def test_outcomes_are_those_of_each_record(condition: str) -> None:
    (rule,) = make_rules(
        [{"id": "r", "severity": "low", "description": "d", "when": "c", "assert": condition, "show": "a"}],
        builtin=False,
    )
    records = [{"a": a, "b": b, "c": c} for a in VALUES for b in VALUES for c in (True, None)]
    alone = [outcome for record in records for outcome in RuleEvaluation([record]).outcomes(rule)]
    assert list(RuleEvaluation(records).outcomes(rule)) == alone
    assert len({str(each) for each in alone}) > 2


def test_rule_is_evaluated_once_for_equal_values(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    call = Query.__call__

    def counted(self: Query, data: Any) -> Any:
        calls.append(data)
        return call(self, data)

    monkeypatch.setattr(Query, "__call__", counted)
    (rule,) = make_rules([{"id": "r", "severity": "low", "description": "d", "assert": "a.b"}], builtin=False)
    outcomes = RuleEvaluation([{"id": str(place), "a": {"b": place % 2 == 0}} for place in range(100)]).outcomes(rule)
    assert [outcome.message for outcome in outcomes] == [None, "d"] * 50
    assert len(calls) == 2
