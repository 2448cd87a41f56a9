# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which entries of a file of accepted findings change so that findings of reports are accepted."""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from ...module_utils._text import did_you_mean, one_line
from .._records.records import is_secret_path
from .acceptance import CHECK_OF_KIND, Acceptance
from .acceptance_matching import AcceptanceIndex

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping, Sequence

    from .findings import Finding


# Keys that an update removes from an entry if it has no value for them; ``None`` is a value of the others.
REMOVABLE_KEYS = ("who", "expires")


class Selection(NamedTuple):
    """The findings that are to be accepted: those that match an item of every list that is given.

    ``rules`` are ids of rules, ``severities`` severities of rules or statuses, ``connections`` ids or patterns of names,
    and ``paths`` patterns of paths.
    """

    rules: Sequence[str] | None = None
    severities: Sequence[str] | None = None
    connections: Sequence[str] | None = None
    paths: Sequence[str] | None = None
    fingerprints: Sequence[str] | None = None

    def selects(self, finding: Finding) -> bool:
        """Return whether a finding is selected."""
        return all(
            any(_matches(finding, name, item) for item in items)
            for name, items in self._asdict().items()
            if items is not None
        )

    def problems(self, findings: Sequence[Finding]) -> Iterator[str]:
        """Yield a sentence for each empty list, each item that matches no finding, or one if no finding matches all the lists."""
        given = {name: items for name, items in self._asdict().items() if items is not None}
        empty = [name for name, items in given.items() if not items]
        for name in empty:
            yield f"accept_{name}: the list is empty. Leave it out to select by other lists, or to accept all findings."
        unmatched = [
            (name, item)
            for name, items in given.items()
            for item in items
            if not any(_matches(each, name, item) for each in findings)
        ]
        for name, item in unmatched:
            known = {text for each in findings for text in _texts(each, name)}
            hint = did_you_mean(item, known)
            yield f"accept_{name}: no finding of the reports matches {one_line(item)!r}. {hint}".rstrip()
        if given and not empty and not unmatched and not any(map(self.selects, findings)):
            yield f"No finding of the reports matches all of {', '.join(f'accept_{name}' for name in given)}."


def _texts(finding: Finding, name: str) -> list[str]:
    """Return the texts of a finding that the items of a list of :class:`Selection` are compared with."""
    texts: dict[str, Any] = {
        "rules": finding.rule,
        "severities": finding.rank,
        "connections": finding.connection.name,
        "paths": finding.path,
        "fingerprints": finding.fingerprint,
    }
    return [texts[name]] if isinstance(texts[name], str) and texts[name] else []


def _matches(finding: Finding, name: str, item: str) -> bool:
    if name == "connections" and item == finding.connection.id:
        return True
    is_pattern = name in ("connections", "paths")
    return any(fnmatchcase(text, item) if is_pattern else text == item for text in _texts(finding, name))


class Note(NamedTuple):
    """Why findings are accepted, since when (today, in UTC), by whom, and until which day; the last two may be ``None``."""

    reason: str
    since: datetime.date
    who: str | None = None
    expires: datetime.date | None = None


class Update(NamedTuple):
    """How the entries of a file change.

    ``added`` are new entries. ``changed`` has the new values of existing entries by their position (``None`` removes a
    key of ``REMOVABLE_KEYS``), and ``removed`` the positions of those to remove. Positions count from 0.
    """

    added: list[dict[str, Any]]
    changed: dict[int, dict[str, Any]]
    removed: set[int]

    def apply(self, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the entries after the update, sorted."""
        kept = [
            _changed(values, self.changed.get(place, {}))
            for place, values in enumerate(entries)
            if place not in self.removed
        ]
        return sorted([*kept, *self.added], key=_sort_key)


def _changed(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value for key, value in {**values, **changes}.items() if value is not None or key not in REMOVABLE_KEYS
    }


def update_acceptances(
    existing: Sequence[Acceptance],
    check: str,
    findings: Sequence[Finding],
    selection: Selection,
    note: Note,
) -> Update:
    """Return how the entries of a file change so that they accept the selected findings of a check.

    An entry that accepts a finding stays as it is. One for the same finding is changed, except its reason, if it lacks the value,
    has another value or a lower severity, or has expired. A rule that could not be evaluated is not accepted.
    """
    index = AcceptanceIndex(existing, check, note.since)
    position = {id(each): place for place, each in enumerate(existing)}
    update = Update([], {}, set())
    # Of missing connections that have neither an id nor a name of their own, only the fingerprint says which one is meant.
    names = Counter(str(each.connection.name) for each in findings if each.connection.id is None)
    for finding in findings:
        if not finding.evaluated or not selection.selects(finding):
            continue
        decision = index.decide(finding)
        if decision.state == "unchanged":
            continue
        if decision.acceptance is None or not decision.acceptance.is_specific:
            update.added.append(_entry(finding, note, has_own_name=names[str(finding.connection.name)] < 2))
        else:
            update.changed[position[id(decision.acceptance)]] = _changes(decision.acceptance, finding, note)
    return update


def unused(existing: Sequence[Acceptance], check: str, results: Sequence[Mapping[str, Any]]) -> set[int]:
    """Return the positions of the entries that no finding of a check needs. ``results`` are the acceptances in its report."""
    gone = [
        each["selects"]
        for each in results
        if each["state"] == "unused" or (each["state"] == "expired" and not each["findings"])
    ]
    selects = [each.selects() for each in existing]
    # Of several entries that select the same, the report does not say which one is used.
    return {
        place
        for place, each in enumerate(existing)
        if each.check == check and selects[place] in gone and selects.count(selects[place]) == 1
    }


def _sort_key(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the key that sorts the entries of a file: check, name of the connection, id, kind, and what is accepted."""
    kind = next((kind for kind in CHECK_OF_KIND if entry.get(kind)), "")
    check = entry.get("check") or CHECK_OF_KIND.get(kind, "")
    name = entry.get("connection_name") or entry.get("name_pattern") or entry.get("tag") or ""
    what = entry.get(kind) or ""
    rest = [entry.get(key) or "" for key in ("id", "user_name", "fingerprint")]
    return tuple(map(str, (check, name, rest[0], kind, what, *rest[1:])))


def _entry(finding: Finding, note: Note, *, has_own_name: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"check": finding.check, finding.kind: finding.what}
    connection = finding.connection
    has_name = (
        isinstance(connection.name, str) and bool(connection.name) and (has_own_name or connection.id is not None)
    )
    if has_name:
        entry["connection_name"] = connection.name
    if connection.id is not None:
        entry["id"] = connection.id
    elif not has_name:
        entry["fingerprint"] = finding.fingerprint  # nothing else identifies the connection
    if _has_value(finding):
        entry["value"] = finding.actual
    if finding.check == "policy":
        entry["severity"] = finding.severity
    entry["reason"] = note.reason
    entry.update({key: value for key, value in _given(note).items() if value is not None})
    return entry


def _has_value(finding: Finding) -> bool:
    return finding.kind == "path" and not is_secret_path(finding.what)


def _changes(acceptance: Acceptance, finding: Finding, note: Note) -> dict[str, Any]:
    """Return the keys of an entry that have to change.

    Whoever accepts it now replaces the one before, also if nobody is named. A last day stays unless it has passed or another one is given.
    """
    changes: dict[str, Any] = _given(note)
    if changes["expires"] is None and not (acceptance.expires and acceptance.expires < note.since):
        del changes["expires"]
    if _has_value(finding):
        changes["value"] = finding.actual
    if acceptance.values.get("severity") not in (None, finding.severity):
        changes["severity"] = finding.severity
    return {
        key: value
        for key, value in changes.items()
        if (
            acceptance.values[key] != value
            if key in acceptance.values
            else value is not None or key not in REMOVABLE_KEYS
        )
    }


def _given(note: Note) -> dict[str, str | None]:
    return {"who": note.who, "since": str(note.since), "expires": str(note.expires) if note.expires else None}
