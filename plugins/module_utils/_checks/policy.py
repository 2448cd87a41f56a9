# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules over connections: which of them break one, and which are exempted from it for a while.

A rule's JMESPath expressions see the record without its password, and beside its fields ``derived`` (what only the
whole account tells, see :func:`derive`) and ``settings`` (what the caller allows).
"""

from __future__ import annotations

import datetime
import difflib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._argument_spec import TERM_FIELDS
from .._connections.fields import with_all_names
from .._connections.query import Query
from .._connections.records import Record
from .._errors import AmbiguousError, QueryError, RuleError
from .._text import one_line
from .builtin_rules import BUILT_IN
from .rule_fields import ExpressionError, RecordFields

SEVERITIES = ("critical", "high", "medium", "low")
RULE_KEYS = ("id", "severity", "description", "when", "assert", "show", "help", "enabled")

# Words of user names that attackers try first, the commonest of the word lists that SIP scanners bring along, one or several.
_WORDS = re.compile(
    "(account|admin|administrator|agent|asterisk|call|caller|changeme|default|demo|ext|extension|gateway|guest|hello|letmein"
    "|line|login|main|master|new|office|operator|pass|passwd|password|pbx|phone|public|reception|root|secret|server|service"
    "|sip|support|sys|system|tel|telephone|telnyx|temp|test|tester|trunk|user|username|voice|voip|welcome)+"
)
# Rows of keys, and the alphabet: a run of three or more of them is typed without thinking.
ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qwertzuiop")
RUN_MIN = 3
USER_NAME_MIN = 8
SETTINGS = ("allowed_outbound_voice_profile_ids",)
WEBHOOKS = ("webhook_event_url", "webhook_event_failover_url")


@dataclass(frozen=True)
class Rule:
    """What must hold (``assert``), for which connections (``when``), and why."""

    id: str
    severity: str
    description: str
    help: str
    asserts: Query | None
    when: Query | None = None
    show: Query | None = None

    def as_dict(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in ("id", "severity", "description", "help")}


@dataclass
class Exemption:
    """A connection that may break a rule until a day (inclusive, UTC), with the reason."""

    rule: str
    field: str
    term: str
    reason: str
    expires: datetime.date
    used: bool = False


def make_rules(
    given: Sequence[Mapping[str, Any]] = (), disabled: Sequence[str] = (), built_in: bool = True
) -> list[Rule]:
    """Return the rules: the built-in ones, changed and joined by those given, less the disabled ones.

    Raises :class:`RuleError`.
    """
    rules: dict[str, dict[str, Any]] = {rule["id"]: dict(rule) for rule in BUILT_IN} if built_in else {}
    for place, rule in enumerate(given, 1):
        if not isinstance(rule, Mapping) or not isinstance(rule.get("id"), str) or not rule["id"]:
            raise RuleError(f"Rule {place} of the option rules has no id.")
        strange = [str(key) for key in rule if key not in RULE_KEYS]
        if strange:
            raise _unknown(f"Rule {one_line(rule['id'])!r} has the key", strange[0], RULE_KEYS)
        rules.setdefault(rule["id"], {}).update(rule)
    for name in disabled:
        if name not in rules:
            raise _unknown("The option disabled_rules names the rule", name, list(rules))
        rules[name]["enabled"] = False
    for rule in rules.values():
        if not isinstance(rule.get("enabled", True), bool):
            raise RuleError(
                f"Rule {one_line(rule['id'])!r}: enabled must be true or false.", "Of text, | bool makes one."
            )
    made = [_rule(rule) for rule in rules.values() if rule.get("enabled", True)]
    if not made:
        raise RuleError("No rule is left to check.", "Give rules, or use the built-in ones.")
    return made


def _unknown(what: str, name: str, known: Sequence[str]) -> RuleError:
    near = difflib.get_close_matches(name, known, 1)
    return RuleError(f"{what} {one_line(name)!r}, which is unknown.", f"Did you mean {near[0]}?" if near else "")


def _rule(values: Mapping[str, Any]) -> Rule:
    name = one_line(values["id"])
    for key in ("severity", "description", "assert"):
        if not isinstance(values.get(key), str) or not values[key]:
            raise RuleError(f"Rule {name!r} needs {key}, as text.")
    if values["severity"] not in SEVERITIES:
        raise RuleError(f"Rule {name!r}: severity must be one of {', '.join(SEVERITIES)}.")
    description, why = str(values["description"]), str(values.get("help") or "")
    asserts = _query(values, "assert")
    return Rule(
        values["id"], values["severity"], description, why, asserts, _query(values, "when"), _query(values, "show")
    )


def _query(values: Mapping[str, Any], key: str) -> Query | None:
    name, expression = one_line(values["id"]), values.get(key)
    if expression is None or expression == "":
        return None
    if not isinstance(expression, str):
        raise RuleError(f"Rule {name!r}: {key} is not a JMESPath expression, as text.", "Quote it.")
    try:
        return Query(expression)
    except QueryError as exc:
        raise RuleError(f"Rule {name!r}, {key}: {exc.message}", exc.hint) from None


def make_exemptions(given: Sequence[Mapping[str, Any]], rules: Sequence[Mapping[str, Any]] = ()) -> list[Exemption]:
    """Return the exemptions, or raise :class:`RuleError` for one that is not whole: none may be open-ended.

    They may be of rules that are switched off: built-in ones, and those given in ``rules``.
    """
    known = [str(rule.get("id")) for rule in (*BUILT_IN, *rules)]
    return [_exemption(each, place, known) for place, each in enumerate(given, 1)]


def _exemption(values: Any, place: int, known: Sequence[str]) -> Exemption:
    what = f"Exemption {place}"
    if not isinstance(values, Mapping):
        raise RuleError(f"{what} is not a mapping.")
    for key in values:
        if key not in ("rule", *TERM_FIELDS, "reason", "expires"):
            raise _unknown(f"{what} has the key", str(key), ["rule", *TERM_FIELDS, "reason", "expires"])
    if values.get("rule") not in known:
        raise _unknown(f"{what} names the rule", str(values.get("rule")), known)
    terms = [(field, values[field]) for field in TERM_FIELDS if values.get(field) not in (None, "")]
    if len(terms) != 1:
        raise RuleError(f"{what} must name one connection, by one of {', '.join(TERM_FIELDS)}.")
    if not str(values.get("reason") or "").strip():
        raise RuleError(f"{what} gives no reason.")
    return Exemption(
        values["rule"], terms[0][0], str(terms[0][1]), str(values["reason"]), _day(values.get("expires"), what)
    )


def _day(value: Any, what: str) -> datetime.date:
    # YAML makes a date of an unquoted one, and Ansible may have made text of that again.
    text = re.sub(r"[ T]00:00:00(\+00:00)?\Z", "", str(value or ""))
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise RuleError(f"{what}: expires must be a day, as in 2027-03-31, not {one_line(text, 40)!r}.") from None


def derive(records: Sequence[Record]) -> list[dict[str, Any]]:
    """What the account as a whole tells of each record, for rules that JMESPath alone could not express.

    ``user_name_count`` and ``connection_name_count``: how many connections have it, whatever its case; ``user_name_weakness``: why
    the user name is easy to guess, or ``None``; ``insecure_webhooks``: the webhook URLs that are not https.
    """
    return [
        {
            "user_name_count": user_name_count,
            "connection_name_count": connection_name_count,
            "user_name_weakness": user_name_weakness(record.get("user_name")),
            "insecure_webhooks": [
                record[field]
                for field in WEBHOOKS
                if record.get(field) and not str(record[field]).lower().startswith("https://")
            ],
        }
        for record, user_name_count, connection_name_count in zip(
            records, _bearers(records, "user_name"), _bearers(records, "connection_name")
        )
    ]


def _bearers(records: Sequence[Record], field: str) -> list[int]:
    """How many connections have each one's value, whatever its case; what is not there is nobody else's."""
    values = [str(record[field]).casefold() if record.get(field) else None for record in records]
    count = Counter(values)
    return [1 if value is None else count[value] for value in values]


def user_name_weakness(user_name: Any) -> str | None:
    """Why a SIP user name is easy to guess, or ``None``."""
    if not isinstance(user_name, str) or not user_name:
        return "there is none"
    folded = user_name.casefold()
    words = re.findall(r"[^\W\d_]+", folded)
    if not words:
        return "it is digits alone, as an extension or phone number is"
    if all(map(_is_common, words)):
        return "it is a common name"
    if len(user_name) < USER_NAME_MIN:
        return f"it has fewer than {USER_NAME_MIN} characters"
    if len(set(folded)) < 4:
        return "it repeats fewer than 4 characters"
    return None


def _is_common(word: str) -> bool:
    """Whether letters are common words, one after the other, or a run of the alphabet or of keys, in either direction."""
    if _WORDS.fullmatch(word):
        return True
    return len(word) >= RUN_MIN and any(word in row or word in row[::-1] for row in ROWS)


def evaluate(
    records: Sequence[Record],
    rules: Sequence[Rule],
    exemptions: Sequence[Exemption] = (),
    settings: Mapping[str, Any] | None = None,
    *,
    today: datetime.date,
) -> dict[str, Any]:
    """Return ``status``, ``totals``, ``violations`` and ``exempted``, the worst first; the records hold no secret.

    An exemption is valid until the end of the day ``expires``, in UTC; ``today`` is the day in UTC.

    Raises :class:`AmbiguousError` where an exemption names several connections, and :class:`RuleError` where a rule asks
    for a field that neither the API's reference nor any record has: it would find nothing, and say that all is well.
    """
    _refuse_ambiguous(records, exemptions)
    _refuse_unknown_fields(records, rules)
    applied = Counter({rule.id: 0 for rule in rules})
    by_term: dict[tuple[str, str, str], Exemption] = {}
    for each in sorted(exemptions, key=lambda each: each.expires):  # of several, the longest counts
        by_term[each.rule, each.field, each.term] = each
    violations: list[dict[str, Any]] = []
    exempted: list[dict[str, Any]] = []
    failed = 0
    for record, derived in zip(records, derive(records)):
        seen = {**with_all_names(record), "derived": derived, "settings": dict(settings or {})}
        for rule in rules:
            applies, message, erred = _broken(rule, seen)
            applied[rule.id] += applies
            if message is None:
                continue
            failed += erred
            violation = {"rule": rule.id, "severity": rule.severity, "id": record["id"]}
            violation.update(name=record.get("connection_name"), message=message)
            exemption = _exemption_of(record, rule, by_term)
            if exemption is None or erred:
                violations.append(violation)
            elif exemption.expires < today:
                violation["message"] += f" (its exemption expired on {exemption.expires})"
                violations.append(violation)
            else:
                exempted.append({**violation, "reason": exemption.reason, "expires": str(exemption.expires)})
    for found in (violations, exempted):
        found.sort(key=lambda each: (SEVERITIES.index(each["severity"]), each["rule"], str(each["name"]), each["id"]))
    severities = Counter(each["severity"] for each in violations)
    return {
        "status": "violations" if violations else "ok",
        "totals": {
            "connections": len(records),
            "rules": len(rules),
            "violations": len(violations),
            "exempted": len(exempted),
            "errors": failed,
            **{severity: severities[severity] for severity in SEVERITIES},
        },
        "violations": violations,
        "exempted": exempted,
        "rules": [{**rule.as_dict(), "applied_to": applied[rule.id]} for rule in rules],
    }


def _refuse_ambiguous(records: Sequence[Record], exemptions: Sequence[Exemption]) -> None:
    """A name that is exempted must be one connection's: another one that takes it must not be excused with it."""
    for field in TERM_FIELDS:
        terms = {each.term for each in exemptions if each.field == field}
        found: dict[str, list[str]] = {}
        for record in records if terms else ():
            if record.get(field) is not None and str(record[field]) in terms:
                found.setdefault(str(record[field]), []).append(record["id"])
        for term, ids in found.items():
            if len(ids) > 1:
                raise AmbiguousError.of_term(term, field, ids)


def _refuse_unknown_fields(records: Sequence[Record], rules: Sequence[Rule]) -> None:
    """Raise :class:`RuleError` for a rule over a field or a value that no connection has: it would find nothing."""
    (derived,) = derive([{}])
    fields = RecordFields(records, {"derived": list(derived), "settings": SETTINGS})
    for rule in rules:
        for key, query in (("when", rule.when), ("assert", rule.asserts), ("show", rule.show)):
            try:
                if query is not None:
                    fields.check(query.tree)
            except ExpressionError as exc:
                raise RuleError(f"Rule {one_line(rule.id)!r}, {key}: {exc}", exc.hint) from None


def unused(exemptions: Sequence[Exemption]) -> list[str]:
    """Warnings about exemptions that excuse nothing, once :func:`evaluate` has run."""
    return [
        f"The exemption of {each.field} {one_line(each.term)!r} from {each.rule} excuses nothing: remove it."
        for each in exemptions
        if not each.used
    ]


def _broken(rule: Rule, seen: Mapping[str, Any]) -> tuple[bool, str | None, bool]:
    """Whether the rule applies to a record, what to say where it is broken, and whether it could not be evaluated."""
    try:
        if rule.when is not None and not _true(rule.when(seen)):
            return False, None, False
        if rule.asserts is None or _true(rule.asserts(seen)):
            return True, None, False
        if rule.show is None:
            return True, rule.description, False
        value = rule.show(seen)
    except QueryError as exc:
        return True, f"the rule could not be evaluated: {exc.message}", True
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return True, f"{rule.description}: {one_line(shown, 200)}", False


def _true(value: Any) -> bool:
    """Truth as JMESPath has it: 0 is true (https://jmespath.org/specification.html#or-expressions)."""
    return not (value is None or value is False or (isinstance(value, (str, list, dict)) and not value))


def _exemption_of(record: Record, rule: Rule, by_term: Mapping[tuple[str, str, str], Exemption]) -> Exemption | None:
    """Of a connection's exemptions, by whatever it is named, the one that lasts longest."""
    terms = [(rule.id, field, str(record[field])) for field in TERM_FIELDS if record.get(field) is not None]
    found = [by_term[term] for term in terms if term in by_term]
    for exemption in found:
        exemption.used = True
    return max(found, key=lambda each: each.expires, default=None)
