# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exemptions: connections that may violate a policy rule until a day, with the reason."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._argument_spec import TERM_FIELDS
from .._connections.record_lookup import RecordIndex, term_text
from .._errors import AmbiguousError, RuleError
from .._text import one_line
from .builtin_rules import BUILTIN_RULES
from .rules import unknown_name

if TYPE_CHECKING:
    from .._connections.records import Record

EXEMPTION_KEYS = ("rule", *TERM_FIELDS, "reason", "expires")


@dataclass
class Exemption:
    """An exemption of the connection whose ``field`` is ``term``, until the day ``expires`` (inclusive, UTC).

    ``used`` is set where the exemption applies to a violation, also after it expired.
    """

    rule: str
    field: str
    term: str
    reason: str
    expires: datetime.date
    used: bool = False


def make_exemptions(
    exemptions: Sequence[Mapping[str, Any]], custom_rules: Sequence[Mapping[str, Any]] = ()
) -> list[Exemption]:
    """Return the exemptions. Raises :class:`RuleError` for an incomplete one: every exemption needs a reason and an end.

    The rule may be disabled, but it must be a built-in or a custom one.
    """
    rule_ids = [str(rule.get("id")) for rule in (*BUILTIN_RULES, *custom_rules)]
    return [_make_exemption(values, position, rule_ids) for position, values in enumerate(exemptions, 1)]


def _make_exemption(values: Any, position: int, rule_ids: Sequence[str]) -> Exemption:
    what = f"Exemption {position}"
    if not isinstance(values, Mapping):
        raise RuleError(f"{what} is not a mapping.")
    for key in values:
        if key not in EXEMPTION_KEYS:
            raise unknown_name(f"{what} has the key", str(key), EXEMPTION_KEYS)
    if values.get("rule") not in rule_ids:
        raise unknown_name(f"{what} names the rule", str(values.get("rule")), rule_ids)
    terms = [(field, values[field]) for field in TERM_FIELDS if values.get(field) not in (None, "")]
    if len(terms) != 1:
        raise RuleError(f"{what} must name one connection, by one of {', '.join(TERM_FIELDS)}.")
    ((field, value),) = terms
    term = term_text(value)
    if term is None:
        raise RuleError(f"{what}: {field} is not text.", "Quote it.")
    if not str(values.get("reason") or "").strip():
        raise RuleError(f"{what} gives no reason.")
    return Exemption(values["rule"], field, term, str(values["reason"]), _date(values.get("expires"), what))


def _date(value: Any, what: str) -> datetime.date:
    # YAML reads an unquoted date as a date or time, which Ansible may have turned into text.
    text = re.sub(r"[ T]00:00:00(\+00:00)?\Z", "", str(value or ""))
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise RuleError(f"{what}: expires must be a day, as in 2027-03-31, not {one_line(text, 40)!r}.") from None


def match_exemptions(exemptions: Sequence[Exemption], records: Sequence[Record]) -> dict[tuple[str, str], Exemption]:
    """Return the exemption of each rule id and connection id; of several, the one that expires last.

    Raises :class:`AmbiguousError` where one names several connections: a connection that is created with the name of an
    exempted one must not be exempted with it.
    """
    index = RecordIndex(records)
    matched: dict[tuple[str, str], Exemption] = {}
    for exemption in exemptions:
        ids = [record["id"] for record in index.get_by(exemption.field, exemption.term)]
        if len(ids) > 1:
            raise AmbiguousError.of_term(exemption.term, exemption.field, ids)
        for connection_id in ids:
            other = matched.get((exemption.rule, connection_id))
            if other is None or exemption.expires > other.expires:
                matched[exemption.rule, connection_id] = exemption
    return matched


def unused_exemption_warnings(exemptions: Sequence[Exemption]) -> list[str]:
    """Return a warning for each exemption that applies to no violation, after the rules were evaluated."""
    return [
        f"The exemption of {each.field} {one_line(each.term)!r} from {each.rule} applies to no violation: remove it."
        for each in exemptions
        if not each.used
    ]
