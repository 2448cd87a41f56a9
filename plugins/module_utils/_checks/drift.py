# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drift check: desired connections against live ones.

Desired records are partial: a field that they do not have is not compared, and no default is assumed for it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._connections.fields import canonical
from .._connections.records import HIDDEN, SECRET_FIELDS, Record, without_secrets
from .desired_records import Desired, check_desired
from .equivalence import fields_equal, is_blank, passwords_equal
from .field_paths import IgnoredPaths, Path
from .record_matching import match_records
from .results import STATUSES, Change, ComparedConnection, DriftResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

UNEXPECTED = ("ignore", "report")
HIDDEN_DIFFERENT = "(hidden, different)"


@dataclass
class Difference:
    """A field that differs. Secrets in its values are hidden already."""

    path: Path
    expected: Any
    actual: Any

    def as_dict(self) -> Change:
        """Return the change as plain data."""
        return {"path": ".".join(self.path), "expected": self.expected, "actual": self.actual}


@dataclass
class Comparison:
    """A desired connection, a live one, or both, and their status, one of :data:`STATUSES`."""

    desired: Desired | None
    live: Record | None
    status: str
    changes: list[Difference] = field(default_factory=list)

    def as_dict(self) -> ComparedConnection:
        """Return the comparison as plain data, without the records."""
        record = self.live if self.live is not None else self.desired.record if self.desired else {}
        result: ComparedConnection = {
            "id": None if record.get("id") is None else str(record["id"]),
            "name": record.get("connection_name"),
            "status": self.status,
            "changes": [change.as_dict() for change in self.changes],
        }
        if self.desired and self.desired.source:
            result["source"] = self.desired.source
        return result


def compare(
    desired: Sequence[Desired],
    live: Sequence[Record],
    match_by: str = "connection_name",
    unexpected: str = "report",
    ignore: Sequence[str] = (),
) -> list[Comparison]:
    """Compare desired records with live ones: first the desired ones, in their order, then the unexpected ones.

    ``unexpected`` is one of :data:`UNEXPECTED`; ``ignore`` are patterns of paths, see :class:`IgnoredPaths`.

    Raises :class:`DesiredError` for a desired record that cannot be compared, :class:`AmbiguousError` if several live
    connections match one, and :class:`OptionError`.
    """
    ignored = IgnoredPaths(ignore)
    live = [canonical(record) for record in live]
    desired = check_desired(desired, live, ignored)
    matches = match_records(desired, live, match_by)
    results = [
        Comparison(each, None, "missing") if record is None else _compare_records(each, record, ignored)
        for each, record in zip(desired, matches)
    ]
    if unexpected != "ignore":
        matched_ids = {record["id"] for record in matches if record is not None}
        others = [record for record in live if record["id"] not in matched_ids]
        others.sort(key=lambda record: (str(record.get("connection_name")), record["id"]))
        results += [Comparison(None, record, "unexpected") for record in others]
    return results


def as_result(comparisons: Sequence[Comparison]) -> DriftResult:
    """Return the comparisons as plain data, without secrets."""
    count = Counter(each.status for each in comparisons)
    drift = count["drifted"] or count["missing"] or count["unexpected"]
    return {
        "status": "drift" if drift else "in_sync",
        "totals": {status: count[status] for status in STATUSES},
        "connections": [each.as_dict() for each in comparisons],
    }


def _compare_records(desired: Desired, live: Record, ignored: IgnoredPaths) -> Comparison:
    if desired.is_live:
        return Comparison(desired, live, "in_sync")
    unverifiable: list[Path] = []
    changes = list(_changes(desired.record, live, (), ignored, unverifiable))
    status = "drifted" if changes else "unverifiable" if unverifiable else "in_sync"
    return Comparison(desired, live, status, changes)


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
    """Return the desired and the live record for a diff: only fields that were compared, and without secrets."""
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
                result[key] = without_secrets(_without_ignored(actual, path, ignored))
            elif isinstance(value, dict):
                result[key] = part(value, actual, path)
            else:
                result[key] = without_secrets(value)
        return result

    return part(record, comparison.live if comparison else None, ())
