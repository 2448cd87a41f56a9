# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which acceptance covers a finding, and how many findings each of them covers."""

from __future__ import annotations

import datetime
import json
from collections import Counter, defaultdict
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from ...module_utils._errors import AmbiguousError
from ...module_utils._text import one_line
from .._records.record_lookup import term_text
from .._records.records import is_secret_path
from .._records.url_secrets import without_url_secrets
from .equivalence import fields_equal
from .fingerprints import connection_key, fingerprint
from .remedies import value_text
from .results import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .acceptance import Acceptance
    from .findings import Connection, Finding
    from .results import AcceptanceResult

# Names, which several connections may have, by the attributes of a connection.
_NAMES = {"user_name": "user_name", "connection_name": "name"}


class Decision(NamedTuple):
    """The ``state`` of a finding: ``new``, ``updated`` or ``unchanged`` (accepted); ``acceptance`` is the one that decided."""

    state: str
    acceptance: Acceptance | None = None


NEW = Decision("new")


class Accepted(NamedTuple):
    """The findings that remain, the accepted ones, and each acceptance with the number of findings that it covers."""

    findings: list[Finding]
    accepted: list[Finding]
    acceptances: list[AcceptanceResult]


def accept(  # noqa: PLR0913 - all but the findings and the acceptances say what they are of
    findings: Sequence[Finding],
    acceptances: Sequence[Acceptance],
    today: datetime.date,
    *,
    check: str,
    account: str | None = None,
    connections: Iterable[Connection] = (),
) -> Accepted:
    """Return the findings of a check with those apart that are accepted.

    ``today`` is the day in UTC, and ``account`` the label of the account. Raises :class:`AmbiguousError` where an acceptance has the
    name of several of the ``connections``: one that is created with the name of an accepted one must not be accepted with it.
    """
    index = AcceptanceIndex(acceptances, check, today)
    index.refuse_shared_names(connections)
    decided = [_decided(each, index.decide(each), today) for each in findings] if acceptances else list(findings)
    return Accepted(
        [each for each in decided if each.accepted is None],
        [each for each in decided if each.accepted is not None],
        index.results(account),
    )


def _decided(finding: Finding, decision: Decision, today: datetime.date) -> Finding:
    # A rule that could not be evaluated is never accepted; its entry counts as used, because the rule may be violated.
    if decision.acceptance is None or not finding.evaluated:
        return finding
    if decision.state == "unchanged":
        return finding.changed(state="unchanged", accepted=decision.acceptance.accepted_by)
    message, expires = finding.message, decision.acceptance.expires
    if decision.state == "new" and expires and expires < today:
        message += f" (its acceptance expired on {expires})"
    return finding.changed(state=decision.state, message=message)


class AcceptanceIndex:
    """The acceptances of a check. ``today`` is the day in UTC.

    It counts the findings that each acceptance covers, so :meth:`decide` is called once for each finding, and :meth:`results` last.
    """

    def __init__(self, acceptances: Sequence[Acceptance], check: str, today: datetime.date) -> None:
        # Sorted, so that the order of the entries and files does not decide between equal ones.
        self._all = [each for each in acceptances if each.check == check]
        self._rank = {id(each): (_last_day(each), each.is_specific, _text(each)) for each in self._all}
        self._today = today
        self._covered: Counter[int] = Counter()
        self._outdated: set[int] = set()
        self._without_value: dict[int, Finding] = {}
        self._specific: dict[tuple[Any, ...], list[Acceptance]] = defaultdict(list)
        self._broad: dict[tuple[Any, ...], list[Acceptance]] = defaultdict(list)
        for each in self._all:
            if each.field == "fingerprint":
                self._specific["fingerprint", each.term].append(each)
            elif each.is_specific:
                self._specific[each.kind, each.what, each.field, each.term].append(each)
            else:
                self._broad[each.kind, each.what].append(each)

    def decide(self, finding: Finding) -> Decision:
        """Return whether a finding is accepted, and count it.

        Of the acceptances that cover it, the one that is valid longest decides; if there is none, of those that have not expired;
        else of all that match. One whose fingerprint is of a field, but that has no value, accepts nothing.
        """
        matching = list(self._matching(finding))
        if not matching:
            return NEW
        needs_value = _has_value(finding)
        without_value = [each for each in matching if needs_value and "value" not in each.values]
        self._without_value.update({id(each): finding for each in without_value})
        valid = [each for each in matching if not self._is_expired(each) and each not in without_value]
        covering = [each for each in valid if _covers(each, finding)]
        best = max(covering or valid or matching, key=lambda each: self._rank[id(each)])
        if valid and not covering:
            self._outdated.add(id(best))
            return Decision("updated", best)
        if best not in without_value:
            self._covered[id(best)] += 1  # also if it has expired
        return Decision("unchanged" if covering else "new", best)

    def results(self, account: str | None) -> list[AcceptanceResult]:
        """Return each acceptance with the number of findings that it covers, sorted by what it selects."""
        results = [self._result(each, account) for each in self._all]
        return sorted(results, key=lambda each: json.dumps([each["selects"], each], sort_keys=True))

    def refuse_shared_names(self, connections: Iterable[Connection]) -> None:
        """Raise :class:`AmbiguousError` if an acceptance has the name of several connections."""
        terms = {field: {each.term for each in self._all if each.field == field} for field in _NAMES}
        if not any(terms.values()):
            return
        ids: dict[tuple[str, str], list[str]] = defaultdict(list)
        for connection in connections:
            for field, attribute in _NAMES.items():
                term = term_text(getattr(connection, attribute))
                if term in terms[field]:
                    ids[field, str(term)].append(str(connection.id))
        for field, term in sorted(ids):
            if len(ids[field, term]) > 1:
                raise AmbiguousError(term, field, ids[field, term])

    def _result(self, each: Acceptance, account: str | None) -> AcceptanceResult:
        count = self._covered[id(each)]
        state = "used" if count else "outdated" if id(each) in self._outdated else "unused"
        if self._is_expired(each):
            state = "expired"
        problem = None
        if id(each) in self._without_value:
            state, finding = "incomplete", self._without_value[id(each)]
            problem = (
                f"the fingerprint is of the field {finding.what}, so the entry needs a value to accept anything: if the actual"
                f" one is right, add value: {one_line(value_text(finding.actual))}"
            )
        return {
            "selects": each.selects(),
            "fingerprint": _fingerprint(each, account),
            **each.accepted_by,
            "expires_in_days": (each.expires - self._today).days if each.expires else None,
            "findings": count,
            "state": state,
            "problem": problem,
            "source": each.source,
        }

    def _matching(self, finding: Finding) -> Iterator[Acceptance]:
        connection = finding.connection
        yield from self._specific.get(("fingerprint", finding.fingerprint), ())
        for field, attribute in {"id": "id", **_NAMES}.items():
            term = term_text(getattr(connection, attribute))
            if term is not None:
                yield from self._specific.get((finding.kind, finding.what, field, term), ())
        for each in self._broad.get((finding.kind, finding.what), ()):
            if each.field == "tag":
                if each.term in connection.tags:
                    yield each
            elif isinstance(connection.name, str) and fnmatchcase(connection.name, each.term):
                yield each

    def _is_expired(self, each: Acceptance) -> bool:
        return each.expires is not None and each.expires < self._today


def _has_value(finding: Finding) -> bool:
    return finding.kind == "path" and not is_secret_path(finding.what)


def _covers(each: Acceptance, finding: Finding) -> bool:
    """Return whether the finding is as it was accepted: with that value, and not of a higher severity."""
    if finding.kind == "rule":
        severity = each.values.get("severity")
        return severity is None or SEVERITIES.index(finding.rank) >= SEVERITIES.index(severity)
    if not _has_value(finding):
        return True
    path, value = tuple(finding.what.split(".")), each.values["value"]
    # A value from a report, in which secrets of URLs are hidden, covers any of them.
    is_shown = without_url_secrets(value, path[-1]) == value
    return fields_equal(path, value, finding.compared) or (is_shown and fields_equal(path, value, finding.actual))


def _last_day(each: Acceptance) -> datetime.date:
    return each.expires or datetime.date.max


def _text(each: Acceptance) -> str:
    return json.dumps(each.values, sort_keys=True, default=str)


def _fingerprint(each: Acceptance, account: str | None) -> str | None:
    """Return the fingerprint of the finding that is accepted, or ``None`` if there may be several."""
    if each.field == "fingerprint":
        return each.term
    if each.kind and each.what and each.field == "id":
        return fingerprint(each.check, account, connection_key(each.term, None), (each.kind, each.what))
    if each.kind and each.field == "connection_name" and each.what == "missing":
        return fingerprint(each.check, account, connection_key(None, each.term), (each.kind, each.what))
    return None
