# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluate a policy rule for many records.

Most records have the same values in the few fields that a rule uses, and JMESPath is slow, so a rule is evaluated once for
each combination of these values. With the built-in rules and 10,000 connections this takes a third of the time.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ...module_utils._errors import QueryError
from ...module_utils._text import one_line
from .._records.url_secrets import text_without_url_secrets

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from .._records.field_paths import Path
    from .rules import Rule

# The nodes of a syntax tree whose result depends only on the results of their children, which are applied to the same data.
_COMBINATIONS = ("comparator", "and_expression", "or_expression", "not_expression", "function_expression")


class Evaluation(NamedTuple):
    """Whether a rule applies to a record, the message if it is violated, and whether it could not be evaluated.

    ``shown`` is what its expression ``show`` selects, by the expression, without the secrets of URLs.
    """

    applies: bool
    message: str | None = None
    error: bool = False
    shown: dict[str, Any] | None = None


class RuleEvaluation:
    """Evaluates rules. ``scopes`` are what their expressions see, one for each record."""

    def __init__(self, scopes: Sequence[Mapping[str, Any]]) -> None:
        self._scopes = scopes
        self._columns: dict[Path, list[Hashable]] = {}

    def outcomes(self, rule: Rule) -> Iterator[Evaluation]:
        """Yield the outcome of a rule for each record."""
        known: dict[Hashable, Evaluation] = {}
        for scope, values in zip(self._scopes, self._used_values(rule)):
            outcome = known.get(values)
            if outcome is None:
                outcome = known[values] = _evaluate(rule, scope)
            yield outcome if outcome.message is None or outcome.error else _with_value(rule, scope, outcome)

    def _used_values(self, rule: Rule) -> Iterable[Hashable]:
        """Return, for each record, the values on which it depends whether the record violates the rule."""
        paths: set[Path] = set()
        for query in (rule.when, rule.asserts):
            used = used_paths(query.tree) if query else set()
            if used is None:
                return range(len(self._scopes))
            paths |= used
        return zip(*map(self._column, sorted(paths))) if paths else [()] * len(self._scopes)

    def _column(self, path: Path) -> list[Hashable]:
        """Return the values of a field in all records; they are equal only if they are the same in JSON."""
        if path not in self._columns:
            values: Iterable[Any] = self._scopes
            for name in path:
                values = [each.get(name) if isinstance(each, dict) else None for each in values]
            self._columns[path] = [each if isinstance(each, str) else _key(each) for each in values]
        return self._columns[path]


def _key(value: Any) -> Hashable:
    """Return what stands for a value that is not text: to Python, true, 1 and 1.0 are equal."""
    return (json.dumps(value),) if isinstance(value, (dict, list)) else (type(value), value)


def used_paths(tree: Mapping[str, Any]) -> set[Path] | None:
    """Return the paths of the fields on whose values alone the result of an expression depends.

    ``tree`` is its syntax tree. Return ``None`` if the expression is not only made of such fields.
    """
    path = _path(tree)
    if path:
        return {path}
    if tree["type"] == "literal":
        return set()
    if tree["type"] not in _COMBINATIONS:
        return None
    paths: set[Path] = set()
    for child in tree["children"]:
        used = used_paths(child)
        if used is None:
            return None
        paths |= used
    return paths


def _path(tree: Mapping[str, Any]) -> Path:
    """Return the path that an expression such as ``inbound.codecs`` is, or an empty one for another expression."""
    if tree["type"] == "field":
        return (tree["value"],)
    if tree["type"] != "subexpression":
        return ()
    parts = [_path(child) for child in tree["children"]]
    return tuple(name for part in parts for name in part) if all(parts) else ()


def _evaluate(rule: Rule, scope: Mapping[str, Any]) -> Evaluation:
    """Evaluate a rule for one record, without ``show``; ``scope`` is what its expressions see."""
    try:
        if rule.when is not None and not _is_true(rule.when(scope)):
            return Evaluation(applies=False)
        violated = not _is_true(rule.asserts(scope))
    except QueryError as exc:
        return _failed(exc)
    return Evaluation(applies=True, message=rule.description if violated else None)


def _with_value(rule: Rule, scope: Mapping[str, Any], outcome: Evaluation) -> Evaluation:
    """Return the outcome of a violated rule with what its expression ``show`` selects from the record."""
    if rule.show is None:
        return outcome
    try:
        value = rule.show(scope)
    except QueryError as exc:
        return _failed(exc)
    value = text_without_url_secrets(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    message = f"{rule.description}: {one_line(text, 200)}"
    return Evaluation(applies=True, message=message, shown={rule.show.expression: value})


def _failed(error: QueryError) -> Evaluation:
    return Evaluation(applies=True, message=f"the rule could not be evaluated: {error.message}", error=True)


def _is_true(value: Any) -> bool:
    """Return the truth value by JMESPath: 0 is true (https://jmespath.org/specification.html#or-expressions)."""
    return not (value is None or value is False or (isinstance(value, (str, list, dict)) and not value))
