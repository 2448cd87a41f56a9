# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy check: which connections violate a rule.

The JMESPath expressions of a rule see the record without its password, and beside its fields ``derived`` (facts about the
record within its account, see :func:`_derive`) and ``settings`` (:data:`POLICY_SETTINGS`, given by the caller).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import RuleError
from ...module_utils._text import one_line
from .._records.fields import with_all_names
from .._records.rule_fields import ExpressionError, RecordFields
from .findings import Connection, Finding, Outcome, fingerprint
from .remedies import portal_link, shown_value, values_at, violation_remedy
from .results import SEVERITIES
from .rule_evaluation import Evaluation, RuleEvaluation
from .user_names import user_name_weakness

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .._records.records import Record
    from .desired_records import Desired
    from .results import RuleResult
    from .rules import Rule

POLICY_SETTINGS = ("allowed_outbound_voice_profile_ids",)
NOT_EVALUATED_REMEDY = "Correct the rule's expressions."
WEBHOOK_FIELDS = ("webhook_event_url", "webhook_event_failover_url")


@dataclass(frozen=True)
class PolicyCheck:
    """The ``rules`` and the ``settings`` that they see. The label of the ``account`` is part of the fingerprints.

    ``portal_url`` is the pattern of links. ``desired`` has the records of the connections in desired files, by id and name.
    """

    rules: Sequence[Rule]
    settings: Mapping[str, Any] = field(default_factory=dict)
    account: str | None = None
    portal_url: str | None = None
    desired: Mapping[tuple[str, Any], Desired] = field(default_factory=dict)

    def evaluate(self, records: Sequence[Record], selected: Collection[str] | None = None) -> Outcome:
        """Return the violations, the most severe first, and the rules.

        A rule that cannot be evaluated for a record is a violation. With ``selected``, the ids of connections, the rules count only
        these as those that they apply to.

        Raises :class:`RuleError` where a rule uses a field that neither the API's reference nor any record has: it would find nothing.
        """
        _check_fields(records, self.rules)
        shared = {"settings": dict(self.settings)}
        evaluation = RuleEvaluation(
            [{**with_all_names(record), "derived": each, **shared} for record, each in zip(records, _derive(records))]
        )
        counted = [selected is None or record["id"] in selected for record in records]
        connections = [Connection.of_record(record) for record in records]
        findings: list[Finding] = []
        results: list[RuleResult] = []
        for rule in self.rules:
            common = self._common(rule)
            applied_to = 0
            for number, outcome in enumerate(evaluation.outcomes(rule)):
                applied_to += outcome.applies and counted[number]
                if outcome.message is not None:
                    findings.append(self._finding(records[number], connections[number], outcome, common))
            results.append(
                {
                    "id": rule.id,
                    "severity": rule.severity,
                    "description": rule.description,
                    "holds": rule.holds,
                    "help": rule.help,
                    "applied_to": applied_to,
                }
            )
        named = [(connection.key, record) for connection, record in zip(connections, records)]
        place = next((each.source for each in self.desired.values()), None)
        return Outcome("policy", sorted(findings, key=_sort_key), connections, named, results, place)

    def _common(self, rule: Rule) -> Finding:
        """Return what all findings of a rule have in common."""
        expected = {path: shown_value(path, value) for path, value in rule.set_to.items()}
        return Finding(
            check="policy",
            connection=Connection(None),
            fingerprint="",
            message="",
            remedy=violation_remedy(rule),
            severity=rule.severity,
            rule=rule.id,
            expected=expected or None,
        )

    def _finding(self, record: Record, connection: Connection, outcome: Evaluation, common: Finding) -> Finding:
        desired = self.desired.get(("id", connection.id)) or self.desired.get(("name", connection.name))
        source = None
        if desired is not None:
            paths = [tuple(path.split(".")) for path in common.expected or ()]
            source = next(filter(None, map(desired.source_of, paths)), desired.source)
        updated_at, created_at = record.get("updated_at"), record.get("created_at")
        return common.changed(
            connection=connection,
            fingerprint=fingerprint("policy", self.account, ("id", record["id"]), ("rule", str(common.rule))),
            message=outcome.message,
            remedy=NOT_EVALUATED_REMEDY if outcome.error else common.remedy,
            actual=values_at(record, common.expected) if common.expected else outcome.shown,
            evaluated=not outcome.error,
            source=source,
            url=portal_link(self.portal_url, connection.id),
            created_at=created_at if isinstance(created_at, str) else None,
            updated_at=updated_at if isinstance(updated_at, str) else None,
        )


def _derive(records: Sequence[Record]) -> list[dict[str, Any]]:
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


def places_in_files(desired: Sequence[Desired]) -> dict[tuple[str, Any], Desired]:
    """Return the desired records by id, and by name where only one record has it."""
    names = Counter(str(each.record.get("connection_name")) for each in desired)
    places: dict[tuple[str, Any], Desired] = {}
    for each in desired:
        name = each.record.get("connection_name")
        if isinstance(name, str) and names[name] == 1:
            places["name", name] = each
        if each.record.get("id") is not None:
            places["id", str(each.record["id"])] = each
    return places


def _sort_key(finding: Finding) -> tuple[int, str, str, str]:
    """Return the key that sorts the most severe violations first."""
    connection = finding.connection
    return SEVERITIES.index(finding.rank), str(finding.rule), str(connection.name), str(connection.id)


def _check_fields(records: Sequence[Record], rules: Sequence[Rule]) -> None:
    """Raise :class:`RuleError` for a rule that uses a field that no connection has, or a value that it cannot have."""
    (derived,) = _derive([{}])
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
