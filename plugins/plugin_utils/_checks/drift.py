# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drift check: desired connections against live ones.

Desired records are partial: a field that they do not have is not compared, and no default is assumed for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ...module_utils._text import one_line
from .._records.field_paths import IgnoredPaths, Path
from .._records.fields import canonical
from .._records.record_lookup import TERM_FIELDS
from .._records.records import HIDDEN, SECRET_FIELDS, Record
from .desired_records import Desired, check_desired
from .equivalence import fields_equal, passwords_equal
from .findings import Connection, Finding, Outcome, fingerprint
from .record_matching import match_records, match_recreated
from .remedies import (
    SIMILAR_REMEDY,
    STATUS_MESSAGES,
    STATUS_REMEDIES,
    change_remedy,
    portal_link,
    shown_value,
    similar_question,
    value_text,
    values_at,
)
from .similar_names import SimilarNames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

UNEXPECTED = ("ignore", "report")
# The fields that are always new where a connection was deleted and created again.
NEW_WHERE_RECREATED = ("id", "created_at", "updated_at")
# What readers want to know of a connection that is only on one side: whether it can be used, and what it may call.
OUTLINE = (
    "active",
    "sip_uri_calling_preference",
    "outbound.outbound_voice_profile_id",
    "outbound.localization",
    "outbound.channel_limit",
)


@dataclass(frozen=True)
class Comparison:
    """A desired connection, a live one, or both, and what was found. ``desired`` and ``live`` still have their secrets."""

    connection: Connection
    desired: Desired | None
    live: Record | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class DriftCheck:
    """How connections are compared: the options ``match_by``, ``unexpected`` (:data:`UNEXPECTED`) and ``ignore``.

    The label of the ``account`` is part of the fingerprints; ``portal_url`` is the pattern of links.
    """

    match_by: str = "connection_name"
    unexpected: str = "report"
    ignore: Sequence[str] = ()
    account: str | None = None
    portal_url: str | None = None
    _ignored: IgnoredPaths = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ignored", IgnoredPaths(self.ignore))

    def compare(self, desired: Sequence[Desired], live: Sequence[Record]) -> list[Comparison]:
        """Compare desired records with live ones: first the desired ones, in their order, then those that are not desired.

        A desired record whose id the account does not have is compared with the connection that was created again, if there is
        one. With ``ignore``, live connections that are not desired are compared without a finding.

        Raises :class:`DesiredError` for a desired record that cannot be compared, and :class:`OptionError`.
        """
        live = [canonical(record) for record in live]
        desired = check_desired(desired, live, self._ignored)
        found = match_records(desired, live, self.match_by)
        matched = {record["id"] for records in found for record in records}
        others = [record for record in live if record["id"] not in matched]
        lost = [place for place, records in enumerate(found) if not records and "id" in desired[place].record]
        again = match_recreated([desired[place].record for place in lost], others)
        recreated = {place: record for place, record in zip(lost, again) if record is not None}
        new_ids = {record["id"] for record in recreated.values()}
        unmatched = sorted(
            (record for record in others if record["id"] not in new_ids),
            key=lambda record: (str(record.get("connection_name")), record["id"]),
        )
        missing = [each for place, each in enumerate(desired) if not found[place] and place not in recreated]
        similar = self._similar_connections(missing, unmatched, desired)
        comparisons = [
            self._recreated(each, recreated[place])
            if place in recreated
            else self._one_record(each, found[place], similar)
            for place, each in enumerate(desired)
        ]
        return comparisons + [self._not_desired(record, similar) for record in unmatched]

    def _one_record(
        self, desired: Desired, records: list[Record], similar: Mapping[int, tuple[Connection, ...]]
    ) -> Comparison:
        if len(records) == 1:
            return self._compared(desired, records[0])
        pair = Comparison(Connection.of_record(desired.record), desired, None)
        if records:
            return self._whole(pair, "ambiguous", (None, sorted(str(record["id"]) for record in records)))
        outline = {path: value for path, value in values_at(desired.record, OUTLINE).items() if value is not None}
        return self._whole(pair, "missing", (outline or None, None), similar.get(id(desired), ()))

    def _similar_connections(
        self, missing: Sequence[Desired], unmatched: Sequence[Record], desired: Sequence[Desired]
    ) -> dict[int, tuple[Connection, ...]]:
        """Return the similar connections of each missing and unmatched record, by the ``id()`` of the object.

        A missing record of a later entry of desired_files may also be a misspelt one of an earlier entry.
        """
        if not missing:
            return {}
        wanted = [Connection.of_record(each.record) for each in missing]
        live = [Connection.of_record(record) for record in unmatched]
        last = max(each.entry for each in missing)
        earlier = [(each.entry, Connection.of_record(each.record)) for each in desired if each.entry < last]
        in_account, in_desired = SimilarNames(live), SimilarNames(wanted)
        entries = {
            entry: SimilarNames([each for number, each in earlier if number < entry]) for entry in range(1, last + 1)
        }
        similar = {
            id(each): in_account.of(connection) or (entries[each.entry].of(connection) if each.entry else ())
            for each, connection in zip(missing, wanted)
        }
        similar.update({id(record): in_desired.of(connection) for record, connection in zip(unmatched, live)})
        return similar

    def _not_desired(self, record: Record, similar: Mapping[int, tuple[Connection, ...]]) -> Comparison:
        pair = Comparison(Connection.of_record(record), None, record)
        if self.unexpected == "ignore":
            return pair
        return self._whole(pair, "unexpected", (None, values_at(record, OUTLINE)), similar.get(id(record), ()))

    def _recreated(self, desired: Desired, live: Record) -> Comparison:
        compared = self._compared(desired, live)
        whole = self._whole(compared, "recreated", (str(desired.record["id"]), str(live["id"])))
        changes = [each for each in compared.findings if str(each.path).partition(".")[0] not in NEW_WHERE_RECREATED]
        return replace(whole, findings=(*whole.findings, *changes))

    def _compared(self, desired: Desired, live: Record) -> Comparison:
        pair = Comparison(Connection.of_record(live), desired, live)
        differences = list(self._differences(desired.record, live, ()))
        return replace(pair, findings=tuple(self._field(pair, *each) for each in differences)) if differences else pair

    def _differences(
        self, desired: Mapping[str, Any], live: Mapping[str, Any], parent_path: Path
    ) -> Iterator[tuple[str, Path, Any, Any]]:
        """Yield the fields below ``parent_path`` that differ, or whose password the API does not return, with both values."""
        for key, expected in desired.items():
            actual = live.get(key)
            if key not in SECRET_FIELDS and (expected is actual or (isinstance(expected, str) and expected == actual)):
                continue  # the most common case, without building a path
            path = (*parent_path, key)
            if path in self._ignored:
                continue
            if key in SECRET_FIELDS:
                equal = passwords_equal(expected, actual)
                if not equal:
                    yield "unverifiable" if equal is None else "drifted", path, HIDDEN, HIDDEN
            elif isinstance(expected, dict) and (actual is None or isinstance(actual, dict)):
                yield from self._differences(expected, actual or {}, path)
            else:
                expected, actual = (self._without_ignored(value, path) for value in (expected, actual))  # noqa: PLW2901
                if not fields_equal(path, expected, actual):
                    yield "drifted", path, expected, actual

    def _without_ignored(self, value: Any, path: Path) -> Any:
        """Return the value without the ignored fields below ``path``."""
        if not isinstance(value, dict):
            return value
        return {
            key: self._without_ignored(each, (*path, key))
            for key, each in value.items()
            if (*path, key) not in self._ignored
        }

    def _field(self, pair: Comparison, status: str, path: Path, expected: Any, actual: Any) -> Finding:
        name = ".".join(path)
        values: dict[str, Any] = {"expected": shown_value(name, expected), "actual": shown_value(name, actual)}
        what = "status", status
        if status != "unverifiable":
            what = "path", name
            shown = [value_text(each) for each in values.values()]
            values["message"] = f"{name}: expected {shown[0]}, actual {shown[1]}"
            values["remedy"] = change_remedy(name, values["expected"])
        source = pair.desired.source_of(path) if pair.desired else None
        return self._finding(pair, status, what, path=name, compared=actual, source=source, **values)

    def _whole(
        self, pair: Comparison, status: str, values: tuple[Any, Any], similar: tuple[Connection, ...] = ()
    ) -> Comparison:
        """Return a comparison with one finding about the connection as a whole; ``values`` are the expected and the actual one."""
        message, remedy = STATUS_MESSAGES[status], STATUS_REMEDIES[status]
        expected, actual = values
        if status == "ambiguous":
            name = pair.connection.name if self.match_by == "connection_name" else pair.connection.user_name
            ids = ", ".join(one_line(each, 64) for each in actual)
            message = f"{len(actual)} connections of the account have the {self.match_by} {one_line(name)!r}: {ids}"
        elif status == "recreated":
            message += f" (before {one_line(expected, 64)}, now {one_line(actual, 64)})"
        if similar:
            message += f"; {similar_question(status, similar)}"
            remedy = SIMILAR_REMEDY
        texts = {"message": message, "remedy": remedy}
        source = pair.desired.source if pair.desired else None
        what = "status", status
        finding = self._finding(
            pair, status, what, expected=expected, actual=actual, similar=similar, source=source, **texts
        )
        return replace(pair, findings=(finding,))

    def _finding(self, pair: Comparison, status: str, what: tuple[str, str], **values: Any) -> Finding:
        """Return a finding with these values, and with the message and the remedy of the status unless they are given."""
        connection, live = pair.connection, pair.live or {}
        name = ("user_name", connection.user_name) if self.match_by == "user_name" else ("name", connection.name)
        key = name if connection.id is None else ("id", connection.id)
        known = {
            "message": STATUS_MESSAGES[status],
            "remedy": STATUS_REMEDIES[status],
            "fingerprint": fingerprint("drift", self.account, key, what),
            "url": portal_link(self.portal_url, connection.id) if live else None,
            "created_at": _text(live.get("created_at")),
            "updated_at": _text(live.get("updated_at")),
        }
        return Finding(check="drift", connection=connection, status=status, **{**known, **values})


def drift_outcome(comparisons: Iterable[Comparison]) -> Outcome:
    """Return what was found. An unexpected connection that is ignored was not compared."""
    comparisons = list(comparisons)
    compared = [each for each in comparisons if each.desired is not None or each.findings]
    return Outcome(
        "drift",
        [finding for each in compared for finding in each.findings],
        [each.connection for each in compared],
        [named for each in comparisons for named in _names(each)],
        place=next((each.desired.source for each in compared if each.desired and each.desired.source), None),
    )


def _names(comparison: Comparison) -> Iterator[tuple[tuple[str, ...], Record]]:
    """Yield the records that may select a connection for a subset: the live one, and what the desired one has instead."""
    desired, live = comparison.desired.record if comparison.desired else {}, comparison.live or {}
    if live:
        yield comparison.connection.key, live
    names = {
        name: str(desired[name]) if name == "id" else desired[name]
        for name in (*TERM_FIELDS, "tags")
        if name in desired and desired[name] != live.get(name)
    }
    if names:
        yield comparison.connection.key, {"id": "(no id)", **names}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
