# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy rules: the built-in ones and custom ones, with their JMESPath expressions compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...module_utils._errors import QueryError, RuleError
from ...module_utils._text import did_you_mean, one_line
from .._records.query import Query
from .builtin_rules import BUILTIN_RULES
from .results import SEVERITIES

_BUILTIN_IDS = tuple(rule["id"] for rule in BUILTIN_RULES)
RULE_KEYS = ("id", "severity", "description", "holds", "when", "assert", "show", "help", "set_to", "enabled")


@dataclass(frozen=True)
class Rule:
    """A condition (``asserts``) that must hold for the connections that ``when`` selects, or for all.

    ``description`` is what is wrong where it is violated, and ``holds`` the sentence for an account without violations. ``show`` selects
    what the message of a violation shows. ``help`` is the reason for the rule and the remedy. ``set_to`` are the values, by the paths
    of their fields, that fulfil the rule.
    """

    id: str
    severity: str
    description: str
    holds: str
    help: str
    asserts: Query
    when: Query | None = None
    show: Query | None = None
    set_to: Mapping[str, Any] = field(default_factory=dict)


def make_rules(
    custom: Sequence[Mapping[str, Any]] = (), disabled: Sequence[str] = (), builtin: bool = True
) -> list[Rule]:
    """Return the enabled rules: the built-in ones, overridden key by key or extended by the custom ones.

    ``disabled`` are ids of rules; ``builtin``: whether the built-in rules are used. Raises :class:`RuleError`.
    """
    rules: dict[str, dict[str, Any]] = {rule["id"]: dict(rule) for rule in BUILTIN_RULES} if builtin else {}
    for position, rule in enumerate(custom, 1):
        if not isinstance(rule, Mapping) or not isinstance(rule.get("id"), str) or not rule["id"]:
            raise RuleError(f"Custom rule {position} has no id.")
        unknown = [str(key) for key in rule if key not in RULE_KEYS]
        if unknown:
            raise _unknown_name(f"Rule {one_line(rule['id'])!r} has the key", unknown[0], RULE_KEYS)
        values = rules.setdefault(rule["id"], {})
        if rule.get("assert", values.get("assert")) != values.get("assert"):
            values.pop("set_to", None)  # it may not fulfil another condition
        values.update(rule)
    for rule_id in disabled:
        if rule_id not in rules:
            raise _unknown_name("disabled_rules has the rule", rule_id, rules)
        rules[rule_id]["enabled"] = False
    for values in rules.values():
        if not isinstance(values.get("enabled", True), bool):
            raise RuleError(
                f"Rule {one_line(values['id'])!r}: enabled must be true or false.", "The filter bool converts text."
            )
    enabled = [_make_rule(values) for values in rules.values() if values.get("enabled", True)]
    if not enabled:
        raise RuleError("No rule is left to check.", "Add custom rules, or use the built-in ones.")
    return enabled


def _unknown_name(what: str, name: str, known: Iterable[str]) -> RuleError:
    """Return the error for a name that is not among the known ones, with a suggestion."""
    return RuleError(f"{what} {one_line(name)!r}, which is unknown.", did_you_mean(name, known))


def _make_rule(values: Mapping[str, Any]) -> Rule:
    name = one_line(values["id"])
    for key in ("severity", "description", "assert"):
        if not isinstance(values.get(key), str) or not values[key]:
            # Whoever changes a built-in rule gives only some of its keys.
            known = () if values["id"] in _BUILTIN_IDS else _BUILTIN_IDS
            raise RuleError(f"Rule {name!r} needs {key}, as text.", did_you_mean(values["id"], known))
    if values["severity"] not in SEVERITIES:
        raise RuleError(f"Rule {name!r}: severity must be one of {', '.join(SEVERITIES)}.")
    set_to = values.get("set_to") or {}
    if not isinstance(set_to, Mapping) or not all(isinstance(path, str) and path for path in set_to):
        raise RuleError(f"Rule {name!r}: set_to is not a mapping of fields, such as inbound.codecs, to their values.")
    return Rule(
        id=values["id"],
        severity=values["severity"],
        description=str(values["description"]),
        holds=str(values.get("holds") or f"No connection has this: {values['description']}"),
        help=str(values.get("help") or ""),
        asserts=_compile(name, "assert", values["assert"]),
        when=_compile(name, "when", values["when"]) if values.get("when") not in (None, "") else None,
        show=_compile(name, "show", values["show"]) if values.get("show") not in (None, "") else None,
        set_to=dict(set_to),
    )


def _compile(name: str, key: str, expression: Any) -> Query:
    if not isinstance(expression, str):
        raise RuleError(f"Rule {name!r}: {key} is not a JMESPath expression, as text.", "Quote it.")
    try:
        return Query(expression)
    except QueryError as exc:
        raise RuleError(f"Rule {name!r}, {key}: {exc.message}", exc.hint) from None
