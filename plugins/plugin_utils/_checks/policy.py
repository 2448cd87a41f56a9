# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy check: which connections violate a rule, and which violations are accepted.

The JMESPath expressions of a rule see the record without its password, and beside its fields ``derived`` (facts about the
record within its account, see :func:`derive`) and ``settings`` (:data:`POLICY_SETTINGS`, given by the caller).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import RuleError
from ...module_utils._text import one_line
from .._records.fields import with_all_names
from .._records.rule_fields import ExpressionError, RecordFields
from .acceptance_matching import Subject
from .accepted_results import accept_policy
from .fingerprints import fingerprint
from .remedies import violation_remedy
from .results import SEVERITIES
from .rule_evaluation import RuleEvaluation
from .user_names import user_name_weakness

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from .._records.records import Record
    from .acceptance import Acceptance
    from .results import PolicyResult, Violation
    from .rules import Rule

POLICY_SETTINGS = ("allowed_outbound_voice_profile_ids",)
NOT_EVALUATED_REMEDY = "Correct the rule's expressions; docs/drift-and-policy.md describes them."
WEBHOOK_FIELDS = ("webhook_event_url", "webhook_event_failover_url")


def derive(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return, for each record, facts that JMESPath alone cannot express.

    ``user_name_count`` and ``connection_name_count``: the number of connections with that name, ignoring case;
    ``user_name_weakness``: why the user name is easy to guess, or ``None``; ``insecure_webhooks``: the webhook URLs that
    are not https.
    """
    user_name_counts = _usage_counts(records, "user_name")
    connection_name_counts = _usage_counts(records, "connection_name")
    return [
        {
            "user_name_count": user_name_count,
            "connection_name_count": connection_name_count,
            "user_name_weakness": user_name_weakness(record.get("user_name")),
            "insecure_webhooks": [
                record[field]
                for field in WEBHOOK_FIELDS
                if record.get(field) and not str(record[field]).lower().startswith("https://")
            ],
        }
        for record, user_name_count, connection_name_count in zip(records, user_name_counts, connection_name_counts)
    ]


def _usage_counts(records: Sequence[Record], field: str) -> list[int]:
    """Return, for each record, how many records have its value, ignoring case; 1 for a record without a value."""
    values = [str(record[field]).casefold() if record.get(field) else None for record in records]
    count = Counter(values)
    return [1 if value is None else count[value] for value in values]


def evaluate(  # noqa: PLR0913 - all but the records and the rules is optional
    records: Sequence[Record],
    rules: Sequence[Rule],
    acceptances: Sequence[Acceptance] = (),
    settings: Mapping[str, Any] | None = None,
    *,
    today: datetime.date,
    account: str | None = None,
) -> PolicyResult:
    """Return the violations of the rules, without secrets. The label of the account is part of their fingerprints.

    ``today`` is the day in UTC: an acceptance is valid until the end of its day ``expires``. A rule that cannot be evaluated
    for a record is a violation, which no acceptance covers.

    Raises :class:`AmbiguousError` where an acceptance has the name of several connections, and :class:`RuleError`
    where a rule uses a field that neither the API's reference nor any record has: it would find nothing.
    """
    _check_fields(records, rules)
    applied_to = Counter({rule.id: 0 for rule in rules})
    violations: list[Violation] = []
    remedies = {rule.id: violation_remedy(rule) for rule in rules}
    errors = 0
    shared = {"settings": dict(settings or {})}
    evaluation = RuleEvaluation(
        [{**with_all_names(record), "derived": each, **shared} for record, each in zip(records, derive(records))]
    )
    for rule in rules:
        for record, outcome in zip(records, evaluation.outcomes(rule)):
            applied_to[rule.id] += outcome.applies
            errors += outcome.error
            if outcome.message is None:
                continue
            violation: Violation = {
                "fingerprint": fingerprint("policy", account, ("id", record["id"]), ("rule", rule.id)),
                "first_seen": None,
                "state": "new",
                "rule": rule.id,
                "severity": rule.severity,
                "id": record["id"],
                "name": record.get("connection_name"),
                "message": outcome.message,
                "remedy": NOT_EVALUATED_REMEDY if outcome.error else remedies[rule.id],
            }
            if outcome.error:
                violation["evaluated"] = False
            violations.append(violation)
    severities = Counter(each["severity"] for each in violations)
    result: PolicyResult = {
        "status": "violations" if violations else "ok",
        "totals": {
            "connections": len(records),
            "rules": len(rules),
            "violations": len(violations),
            "accepted": 0,
            "errors": errors,
            **{severity: severities[severity] for severity in SEVERITIES},
        },
        "violations": sorted(violations, key=_sort_key),
        "accepted": [],
        "acceptances": [],
        "rules": [
            {
                "id": rule.id,
                "severity": rule.severity,
                "description": rule.description,
                "help": rule.help,
                "applied_to": applied_to[rule.id],
            }
            for rule in rules
        ],
    }
    if acceptances:
        accept_policy(result, list(map(Subject.of_record, records)), acceptances, today=today, account=account)
    return result


def _sort_key(violation: Violation) -> tuple[int, str, str, str]:
    """Return the key that sorts the most severe violations first."""
    return SEVERITIES.index(violation["severity"]), violation["rule"], str(violation["name"]), violation["id"]


def _check_fields(records: Sequence[Record], rules: Sequence[Rule]) -> None:
    """Raise :class:`RuleError` for a rule that uses a field that no connection has, or a value that it cannot have."""
    (derived,) = derive([{}])
    fields = RecordFields(records, {"derived": list(derived), "settings": POLICY_SETTINGS})
    for rule in rules:
        for key, query in (("when", rule.when), ("assert", rule.asserts), ("show", rule.show)):
            try:
                if query is not None:
                    fields.check(query.tree)
            except ExpressionError as exc:
                raise RuleError(f"Rule {one_line(rule.id)!r}, {key}: {exc}", exc.hint) from None
        for path, value in rule.set_to.items():
            try:
                fields.check_value(path, value)
            except ExpressionError as exc:
                raise RuleError(f"Rule {one_line(rule.id)!r}, set_to: {exc}", exc.hint) from None
