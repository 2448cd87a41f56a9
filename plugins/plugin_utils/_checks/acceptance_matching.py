# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which acceptance covers a finding, and how many findings each of them covers."""

from __future__ import annotations

import datetime
import json
from collections import Counter, defaultdict
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import AmbiguousError
from ...module_utils._text import one_line
from .._records.record_lookup import term_text
from .._records.url_secrets import without_url_secrets
from .equivalence import fields_equal
from .remedies import value_text
from .results import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .acceptance import Acceptance
    from .findings import Connection, Finding
    from .results import AcceptanceResult

# Names, which several connections may have, by the attributes of a connection.
_NAMES = {"user_name": "user_name", "connection_name": "name"}


def accept(
    findings: Sequence[Finding],
    acceptances: Sequence[Acceptance],
    today: datetime.date,
    *,
    check: str,
    connections: Iterable[Connection] = (),
) -> tuple[list[Finding], list[Finding], list[AcceptanceResult]]:
    """Return the findings of a check that remain, those that are accepted, and each acceptance with the number that it covers.

    ``today`` is the day in UTC.

    Raises :class:`AmbiguousError` where an acceptance has the name of several of the ``connections``: one that is created with the name
    of an accepted one must not be accepted with it.
    """
    index = AcceptanceIndex(acceptances, check, today)
    index.refuse_shared_names(connections)
    decided = [_decided(each, *index.decide(each), today) for each in findings] if acceptances else list(findings)
    remaining = [each for each in decided if each.accepted is None]
    return remaining, [each for each in decided if each.accepted is not None], index.results()


def _decided(finding: Finding, state: str, acceptance: Acceptance | None, today: datetime.date) -> Finding:
    # A rule that could not be evaluated is never accepted; its entry counts as used, because the rule may be violated.
    if acceptance is None or not finding.evaluated:
        return finding
    if state == "unchanged":
        return finding.changed(state=state, accepted=acceptance.accepted_by)
    message, expires = finding.message, acceptance.expires
    if state == "new" and expires and expires < today:
        message += f" (its acceptance expired on {expires})"
    return finding.changed(state=state, message=message)


class AcceptanceIndex:
    """The acceptances of a check. ``today`` is the day in UTC.

    It counts the findings that each acceptance covers, so :meth:`decide` is called once for each finding, and :meth:`results` last.
    """

    def __init__(self, acceptances: Sequence[Acceptance], check: str, today: datetime.date) -> None:
        self._all = [each for each in acceptances if each.check == check]
        self._today = today
        self._covered: Counter[Acceptance] = Counter()
        self._outdated: set[Acceptance] = set()
        self._without_value: dict[Acceptance, Finding] = {}
        self._by_key: dict[tuple[Any, ...], list[Acceptance]] = defaultdict(list)
        for each in self._all:
            if each.field == "fingerprint":
                self._by_key["fingerprint", each.term].append(each)
            elif each.is_specific:
                self._by_key[each.kind, each.what, each.field, each.term].append(each)
            else:
                self._by_key[each.kind, each.what, each.field].append(each)

    def decide(self, finding: Finding) -> tuple[str, Acceptance | None]:
        """Return the state of a finding, ``new``, ``updated`` or ``unchanged`` (accepted), and the acceptance that decided; count it.

        Of the acceptances that cover it, the one that is valid longest decides; if there is none, of those that have not expired;
        else of all that match. One whose fingerprint is of a field, but that has no value, accepts nothing.
        """
        matching = list(self._matching(finding))
        if not matching:
            return "new", None
        without_value = {each for each in matching if finding.has_value and "value" not in each.values}
        self._without_value.update(dict.fromkeys(without_value, finding))
        valid = [each for each in matching if not self._is_expired(each) and each not in without_value]
        covering = [each for each in valid if _covers(each, finding)]
        best = max(covering or valid or matching, key=_rank)
        if valid and not covering:
            self._outdated.add(best)
            return "updated", best
        if best not in without_value:
            self._covered[best] += 1  # also if it has expired
        return "unchanged" if covering else "new", best

    def results(self) -> list[AcceptanceResult]:
        """Return each acceptance with the number of findings that it covers, sorted by what it selects."""
        return sorted(
            map(self._result, self._all), key=lambda each: json.dumps([each["selects"], each], sort_keys=True)
        )

    def refuse_shared_names(self, connections: Iterable[Connection]) -> None:
        """Raise :class:`AmbiguousError` if an acceptance has the name of several connections."""
        terms = {(each.field, each.term) for each in self._all if each.field in _NAMES}
        ids: dict[tuple[str, str | None], list[str]] = defaultdict(list)
        for connection in connections if terms else ():
            for field, attribute in _NAMES.items():
                ids[field, term_text(getattr(connection, attribute))].append(str(connection.id))
        for field, term in sorted(terms):
            if len(ids[field, term]) > 1:
                raise AmbiguousError(term, field, ids[field, term])

    def _result(self, each: Acceptance) -> AcceptanceResult:
        count = self._covered[each]
        state = "used" if count else "outdated" if each in self._outdated else "unused"
        if self._is_expired(each):
            state = "expired"
        problem = None
        if each in self._without_value:
            state, finding = "incomplete", self._without_value[each]
            problem = (
                f"the fingerprint is of the field {finding.what}, so the entry needs a value to accept anything: if the actual"
                f" one is right, add value: {one_line(value_text(finding.actual))}"
            )
        return {
            "selects": each.selects(),
            **each.accepted_by,
            "expires_in_days": (each.expires - self._today).days if each.expires else None,
            "findings": count,
            "state": state,
            "problem": problem,
            "source": each.source,
        }

    def _matching(self, finding: Finding) -> Iterator[Acceptance]:
        connection, kind = finding.connection, (finding.kind, finding.what)
        yield from self._by_key.get(("fingerprint", finding.fingerprint), ())
        for field, attribute in {"id": "id", **_NAMES}.items():
            yield from self._by_key.get((*kind, field, term_text(getattr(connection, attribute))), ())
        yield from (each for each in self._by_key.get((*kind, "tag"), ()) if each.term in connection.tags)
        if isinstance(connection.name, str):
            patterns = self._by_key.get((*kind, "name_pattern"), ())
            yield from (each for each in patterns if fnmatchcase(connection.name, each.term))

    def _is_expired(self, each: Acceptance) -> bool:
        return each.expires is not None and each.expires < self._today


def _rank(each: Acceptance) -> tuple[datetime.date, bool, str]:
    """Return what decides between acceptances: never their order, nor that of their files."""
    return each.expires or datetime.date.max, each.is_specific, json.dumps(each.values, sort_keys=True, default=str)


def _covers(each: Acceptance, finding: Finding) -> bool:
    """Return whether the finding is as it was accepted: with that value, and not of a higher severity."""
    if finding.kind == "rule":
        severity = each.values.get("severity")
        return severity is None or SEVERITIES.index(finding.rank) >= SEVERITIES.index(severity)
    if not finding.has_value:
        return True
    path, value = tuple(finding.what.split(".")), each.values["value"]
    # A value from a report, in which secrets of URLs are hidden, covers any of them.
    is_shown = without_url_secrets(value, path[-1]) == value
    return fields_equal(path, value, finding.compared) or (is_shown and fields_equal(path, value, finding.actual))
