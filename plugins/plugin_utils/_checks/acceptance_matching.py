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
from .._records.url_secrets import without_url_secrets
from .acceptance import is_secret_path
from .equivalence import fields_equal
from .fingerprints import connection_key, fingerprint
from .results import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .acceptance import Acceptance
    from .findings import Finding
    from .results import AcceptanceResult

# Names, which several connections may have.
_NAMES = ("user_name", "connection_name")


class Subject(NamedTuple):
    """What acceptances select a connection by."""

    id: str | None
    user_name: Any
    connection_name: Any
    tags: Sequence[Any]

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Subject:
        """Return the subject of a live or desired record."""
        tags = record.get("tags")
        connection_id = None if record.get("id") is None else str(record["id"])
        names = (record.get("user_name"), record.get("connection_name"))
        return cls(connection_id, *names, tags if isinstance(tags, list) else ())


class Decision(NamedTuple):
    """The ``state`` of a finding: ``new``, ``updated`` or ``unchanged`` (accepted); ``acceptance`` is the one that decided."""

    state: str
    acceptance: Acceptance | None = None


NEW = Decision("new")


class AcceptanceIndex:
    """The acceptances of a check. ``today`` is the day in UTC; ``subjects`` are the connections of the check.

    It counts the findings that each acceptance covers, so :meth:`decide` is called once for each finding, and :meth:`results` last.
    The constructor raises :class:`AmbiguousError` where an acceptance has the name of several connections: a connection that
    is created with the name of an accepted one must not be accepted with it.
    """

    def __init__(
        self, acceptances: Sequence[Acceptance], check: str, subjects: Sequence[Subject], today: datetime.date
    ) -> None:
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
        self._refuse_shared_names(subjects)

    def decide(self, finding: Finding, subject: Subject) -> Decision:
        """Return whether a finding of a connection is accepted, and count it.

        Of the acceptances that cover it, the one that is valid longest decides; if there is none, of those that have not expired;
        else of all that match. One whose fingerprint is of a field, but that has no value, accepts nothing.
        """
        matching = list(self._matching(finding, subject))
        if not matching:
            return NEW
        needs_value = finding.kind == "path" and not is_secret_path(finding.what)
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

    def _result(self, each: Acceptance, account: str | None) -> AcceptanceResult:
        count = self._covered[id(each)]
        state = "used" if count else "outdated" if id(each) in self._outdated else "unused"
        if self._is_expired(each):
            state = "expired"
        if id(each) in self._without_value:
            state = "incomplete"
        result: AcceptanceResult = {
            "selects": each.selects(),
            "fingerprint": _fingerprint(each, account),
            "reason": each.reason,
            "who": each.who,
            "since": str(each.since) if each.since else None,
            "expires": str(each.expires) if each.expires else None,
            "expires_in_days": (each.expires - self._today).days if each.expires else None,
            "findings": count,
            "state": state,
        }
        if each.source:
            result["source"] = each.source
        if id(each) in self._without_value:
            finding = self._without_value[id(each)]
            actual = json.dumps(shown_value(finding), ensure_ascii=False, sort_keys=True)
            result["problem"] = (
                f"the fingerprint is of the field {finding.what}, so the entry needs a value to accept anything: if the actual"
                f" one is right, add value: {one_line(actual)}"
            )
        return result

    def _matching(self, finding: Finding, subject: Subject) -> Iterator[Acceptance]:
        yield from self._specific.get(("fingerprint", finding.fingerprint), ())
        for field in ("id", *_NAMES):
            term = term_text(getattr(subject, field))
            if term is not None:
                yield from self._specific.get((finding.kind, finding.what, field, term), ())
        for each in self._broad.get((finding.kind, finding.what), ()):
            if each.field == "tag":
                if each.term in subject.tags:
                    yield each
            elif isinstance(subject.connection_name, str) and fnmatchcase(subject.connection_name, each.term):
                yield each

    def _is_expired(self, each: Acceptance) -> bool:
        return each.expires is not None and each.expires < self._today

    def _refuse_shared_names(self, subjects: Sequence[Subject]) -> None:
        for field in _NAMES:
            terms = {each.term for each in self._all if each.field == field}
            if not terms:
                continue
            ids: dict[str, list[str]] = defaultdict(list)
            for subject in {subject.id or place: subject for place, subject in enumerate(subjects)}.values():
                term = term_text(getattr(subject, field))
                if term in terms:
                    ids[str(term)].append(str(subject.id))
            for term in sorted(ids):
                if len(ids[term]) > 1:
                    raise AmbiguousError.of_term(term, field, ids[term])


def _covers(each: Acceptance, finding: Finding) -> bool:
    """Return whether the finding is as it was accepted: with that value, and not of a higher severity."""
    severity = each.values.get("severity")
    if finding.kind == "rule":
        return severity is None or SEVERITIES.index(finding.severity) >= SEVERITIES.index(severity)
    if finding.kind != "path" or is_secret_path(finding.what):
        return True
    path, value = tuple(finding.what.split(".")), each.values["value"]
    # A value from a report, in which secrets of URLs are hidden, covers any of them.
    is_shown = without_url_secrets(value, path[-1]) == value
    return fields_equal(path, value, finding.actual) or (is_shown and fields_equal(path, value, shown_value(finding)))


def shown_value(finding: Finding) -> Any:
    """Return the actual value of a finding as reports and files of accepted findings have it."""
    return without_url_secrets(finding.actual, finding.what.rpartition(".")[2])


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
