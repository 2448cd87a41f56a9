# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drift check: desired connections against live ones.

Desired records are partial: a field that they do not have is not compared, and no default is assumed for it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING, Any

from .._records.field_paths import IgnoredPaths, Path
from .._records.fields import canonical
from .._records.records import HIDDEN, SECRET_FIELDS, Record, without_secrets
from .._records.url_secrets import without_url_secrets
from .acceptance_matching import Subject
from .accepted_results import accept_drift
from .desired_records import Desired, check_desired
from .equivalence import fields_equal, is_blank, passwords_equal
from .fingerprints import connection_key, fingerprint
from .record_matching import match_records, match_recreated
from .remedies import STATUS_REMEDIES, change_remedy
from .results import DRIFT_STATUSES, STATUSES, Change, ComparedConnection, DriftResult

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping, Sequence

    from .acceptance import Acceptance

UNEXPECTED = ("ignore", "report")
HIDDEN_DIFFERENT = "(hidden, different)"
# The fields that are always new where a connection was deleted and created again.
NEW_WHERE_RECREATED = ("id", "created_at", "updated_at")


@dataclass
class Difference:
    """A field that differs. Passwords in its values are hidden already, the secrets of URLs are not: they are compared."""

    path: Path
    expected: Any
    actual: Any

    def as_dict(self, account: str | None, connection: tuple[str, Any]) -> Change:
        """Return the change as plain data; the fingerprint is for the account with this label and for the connection."""
        path = ".".join(self.path)
        return {
            "fingerprint": fingerprint("drift", account, connection, ("path", path)),
            "first_seen": None,
            "state": "new",
            "path": path,
            "expected": self.expected,
            "actual": self.actual,
            "attribution": None,
            "remedy": change_remedy(path, self.expected),
        }


@dataclass
class Comparison:
    """A desired connection, a live one, or both, and their status, one of :data:`STATUSES`.

    ``match_by`` is the field that identifies a missing connection without an id. ``password_unknown`` is whether a password
    is desired that cannot be compared.
    """

    desired: Desired | None
    live: Record | None
    status: str
    changes: list[Difference] = field(default_factory=list)
    match_by: str = "connection_name"
    password_unknown: bool = False

    @property
    def name(self) -> Any:
        """The connection name: the live one, if there is a live connection."""
        return self.record.get("connection_name")

    @property
    def record(self) -> Mapping[str, Any]:
        """The live record, or the desired one if there is no live connection."""
        return self.live if self.live is not None else self.desired.record if self.desired else {}

    def as_dict(self, account: str | None) -> ComparedConnection:
        """Return the comparison as plain data, without the records; ``account`` is the label of the account."""
        record = self.record
        connection_id = None if record.get("id") is None else str(record["id"])
        by_user_name = connection_id is None and self.match_by == "user_name"
        connection = (
            ("user_name", record.get("user_name")) if by_user_name else connection_key(connection_id, self.name)
        )
        is_finding = self.status not in ("in_sync", "drifted")
        updated_at = (self.live or {}).get("updated_at")
        result: ComparedConnection = {
            "fingerprint": fingerprint("drift", account, connection, ("status", self.status)) if is_finding else None,
            "first_seen": None,
            "state": "new" if is_finding else None,
            "remedy": STATUS_REMEDIES[self.status] if is_finding else None,
            "id": connection_id,
            "name": self.name,
            "status": self.status,
            "changes": [change.as_dict(account, connection) for change in self.changes],
            "updated_at": updated_at if isinstance(updated_at, str) else None,
            "attribution": None,
        }
        if self.desired and self.desired.source:
            result["source"] = self.desired.source
        if self.desired and self.status == "recreated":
            result["old_id"] = str(self.desired.record["id"])
        return result


def compare(
    desired: Sequence[Desired],
    live: Sequence[Record],
    match_by: str = "connection_name",
    unexpected: str = "report",
    ignore: Sequence[str] = (),
) -> list[Comparison]:
    """Compare desired records with live ones: first the desired ones, in their order, then the unexpected ones.

    ``unexpected`` is one of :data:`UNEXPECTED`; ``ignore`` are patterns of paths, see :class:`IgnoredPaths`. A desired
    record whose id the account does not have is compared with the connection that was created again, if there is one.
    A connection with differences whose password cannot be compared is followed by a second comparison of it, which is
    ``unverifiable``.

    Raises :class:`DesiredError` for a desired record that cannot be compared, :class:`AmbiguousError` if several live
    connections match one, and :class:`OptionError`.
    """
    ignored = IgnoredPaths(ignore)
    live = [canonical(record) for record in live]
    desired = check_desired(desired, live, ignored)
    matches = match_records(desired, live, match_by)
    results = [
        Comparison(each, None, "missing", match_by=match_by)
        if record is None
        else _compare_records(each, record, ignored)
        for each, record in zip(desired, matches)
    ]
    matched_ids = {record["id"] for record in matches if record is not None}
    others = [record for record in live if record["id"] not in matched_ids]
    lost = [place for place, each in enumerate(desired) if matches[place] is None and "id" in each.record]
    for place, record in zip(lost, match_recreated([desired[place].record for place in lost], others)):
        if record is not None:
            results[place] = _compare_recreated(desired[place], record, ignored)
            matched_ids.add(record["id"])
    if unexpected != "ignore":
        others = [record for record in others if record["id"] not in matched_ids]
        others.sort(key=lambda record: (str(record.get("connection_name")), record["id"]))
        results += [Comparison(None, record, "unexpected") for record in others]
    return list(_with_unverifiable(results))


def _with_unverifiable(comparisons: Sequence[Comparison]) -> Iterator[Comparison]:
    for each in comparisons:
        yield each
        if each.password_unknown and each.status != "unverifiable":
            yield Comparison(each.desired, each.live, "unverifiable")


def as_result(
    comparisons: list[Comparison],
    account: str | None = None,
    acceptances: Sequence[Acceptance] = (),
    *,
    today: datetime.date | None = None,
) -> DriftResult:
    """Return the comparisons as plain data, without passwords and the secrets of URLs.

    The label of the account is part of the fingerprints.
    Where it is accepted that the password of a connection with differences cannot be compared, the second comparison of the
    connection is neither in the result nor, afterwards, in ``comparisons``: both lists stay parallel.
    ``today``, the day in UTC, is needed with ``acceptances``. Raises :class:`AmbiguousError` where one of them has the
    name of several connections.
    """
    count = Counter(each.status for each in comparisons)
    result: DriftResult = {
        "status": "drift" if any(count[status] for status in DRIFT_STATUSES) else "in_sync",
        "totals": {status: count[status] for status in STATUSES},
        "connections": [each.as_dict(account) for each in comparisons],
        "accepted": [],
        "acceptances": [],
    }
    if acceptances and today:
        subjects = [Subject.of_record(each.record) for each in comparisons]
        kept = accept_drift(result, subjects, acceptances, today=today, account=account)
        comparisons[:] = compress(comparisons, kept)
    _hide_url_secrets(result)
    return result


def _hide_url_secrets(result: DriftResult) -> None:
    """Hide what may be a secret in the URLs of a result, after its findings were compared with those that are accepted."""
    for connection in result["connections"]:
        for change in connection["changes"]:
            name = change["path"].rpartition(".")[2]
            change["expected"] = without_url_secrets(change["expected"], name)
            change["actual"] = without_url_secrets(change["actual"], name)
            change["remedy"] = change_remedy(change["path"], change["expected"])
    for accepted in result["accepted"]:
        name = (accepted["path"] or "").rpartition(".")[2]
        accepted["expected"] = without_url_secrets(accepted["expected"], name)
        accepted["actual"] = without_url_secrets(accepted["actual"], name)


def _compare_records(desired: Desired, live: Record, ignored: IgnoredPaths) -> Comparison:
    if desired.is_live:
        return Comparison(desired, live, "in_sync")
    unverifiable: list[Path] = []
    changes = list(_changes(desired.record, live, (), ignored, unverifiable))
    status = "drifted" if changes else "unverifiable" if unverifiable else "in_sync"
    return Comparison(desired, live, status, changes, password_unknown=bool(unverifiable))


def _compare_recreated(desired: Desired, live: Record, ignored: IgnoredPaths) -> Comparison:
    compared = _compare_records(desired, live, ignored)
    changes = [change for change in compared.changes if change.path[0] not in NEW_WHERE_RECREATED]
    return Comparison(desired, live, "recreated", changes, password_unknown=compared.password_unknown)


def _changes(
    desired: Mapping[str, Any],
    live: Mapping[str, Any],
    parent_path: Path,
    ignored: IgnoredPaths,
    unverifiable: list[Path],
) -> Iterator[Difference]:
    """Yield the fields below ``parent_path`` that differ; append passwords that the API does not return to ``unverifiable``."""
    for key, expected in desired.items():
        actual = live.get(key)
        if key not in SECRET_FIELDS and (expected is actual or (isinstance(expected, str) and expected == actual)):
            continue  # the most common case, without building a path
        path = (*parent_path, key)
        if path in ignored:
            continue
        if key in SECRET_FIELDS:
            equal = passwords_equal(expected, actual)
            if equal is None:
                unverifiable.append(path)
            elif not equal:
                yield Difference(path, HIDDEN, HIDDEN)
        elif isinstance(expected, dict) and (actual is None or isinstance(actual, dict)):
            yield from _changes(expected, actual or {}, path, ignored, unverifiable)
        else:
            expected, actual = (_without_ignored(value, path, ignored) for value in (expected, actual))  # noqa: PLW2901
            if not (fields_equal(path, expected, actual) or (expected is None and is_blank(actual))):
                yield Difference(path, without_secrets(expected), without_secrets(actual))


def _without_ignored(value: Any, path: Path, ignored: IgnoredPaths) -> Any:
    """Return the value without the ignored fields below ``path``."""
    if not isinstance(value, dict):
        return value
    return {
        key: _without_ignored(each, (*path, key), ignored) for key, each in value.items() if (*path, key) not in ignored
    }


def compared_parts(comparison: Comparison, ignore: Sequence[str]) -> tuple[Record, Record]:
    """Return the desired and the live record for a diff: only fields that were compared, without passwords and secrets of URLs."""
    ignored = IgnoredPaths(ignore)
    if comparison.desired is None:
        return {}, _compared_part(comparison.live or {}, ignored)
    desired = comparison.desired.record
    expected = _compared_part(desired, ignored)
    if comparison.live is None:
        return expected, {}
    return expected, _compared_part(desired, ignored, comparison)


def _compared_part(record: Mapping[str, Any], ignored: IgnoredPaths, comparison: Comparison | None = None) -> Record:
    """Return the part of a record that is compared. With ``comparison``, fields that differ have their live values."""
    differing = {change.path for change in comparison.changes} if comparison else set()
    if comparison and comparison.status == "recreated":
        differing.add(("id",))

    def part(record: Mapping[str, Any], live: Any, parent_path: Path) -> Record:
        result: Record = {}
        for key, value in record.items():
            path = (*parent_path, key)
            if path in ignored:
                continue
            actual = live.get(key) if isinstance(live, dict) else None
            if key in SECRET_FIELDS:
                result[key] = HIDDEN_DIFFERENT if path in differing else HIDDEN
            elif path in differing:
                shown = without_url_secrets(without_secrets(_without_ignored(actual, path, ignored)), key)
                if isinstance(shown, str) and shown == without_url_secrets(value, key):
                    shown = shown.replace(HIDDEN, HIDDEN_DIFFERENT)
                result[key] = shown
            elif isinstance(value, dict):
                result[key] = part(value, actual, path)
            else:
                result[key] = without_url_secrets(without_secrets(value), key)
        return result

    return part(record, comparison.live if comparison else None, ())
