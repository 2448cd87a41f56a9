# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the findings of a report change in a file of accepted findings (pure functions)."""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from .acceptance import CHECK_OF_KIND, Acceptance, is_secret_path
from .acceptance_matching import AcceptanceIndex, Subject
from .findings import drift_findings, policy_findings

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from .findings import Finding


# Keys that an update removes from an entry if it has no value for them; ``None`` is a value of the others.
REMOVABLE_KEYS = ("who", "expires")


class Selection(NamedTuple):
    """The findings that are to be accepted: those that match every list that is not empty.

    ``rules`` are ids of rules, ``severities`` severities or statuses of connections, ``connections`` ids or patterns of names,
    and ``paths`` patterns of paths.
    """

    rules: Sequence[str] = ()
    severities: Sequence[str] = ()
    connections: Sequence[str] = ()
    paths: Sequence[str] = ()
    fingerprints: Sequence[str] = ()

    def selects(self, finding: Finding) -> bool:
        """Return whether a finding is selected."""
        name = finding.name if isinstance(finding.name, str) else ""
        path = finding.what if finding.kind == "path" else ""
        return (
            (not self.rules or (finding.kind == "rule" and finding.what in self.rules))
            and (not self.severities or finding.severity in self.severities)
            and (
                not self.connections or any(each == finding.id or fnmatchcase(name, each) for each in self.connections)
            )
            and (not self.paths or any(path and fnmatchcase(path, each) for each in self.paths))
            and (not self.fingerprints or finding.fingerprint in self.fingerprints)
        )


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
    removed: list[int]


def update_acceptances(
    existing: Sequence[Acceptance], report: Mapping[str, Any], selection: Selection, note: Note, *, prune: bool = False
) -> Update:
    """Return how the entries of a file change so that they accept the selected findings of a report.

    ``report`` is the JSON report of a check. An entry that accepts a finding stays as it is. One for the same finding is changed,
    except its reason, if it lacks the value, has another value or a lower severity, or has expired. With ``prune``, entries that
    the report calls unused are removed, and expired ones without a finding.
    """
    check = report["check"]
    index = AcceptanceIndex(existing, check, (), note.since)
    position = {id(each): place for place, each in enumerate(existing)}
    update = Update([], {}, [])
    findings = _findings(report)
    # Of missing connections that have neither an id nor a name of their own, only the fingerprint says which one is meant.
    names = Counter(str(each.name) for each in findings if each.id is None)
    for finding in findings:
        if not selection.selects(finding):
            continue
        decision = index.decide(finding, Subject(finding.id, None, finding.name, ()))
        if decision.state == "unchanged":
            continue
        if decision.acceptance is None or not decision.acceptance.is_specific:
            update.added.append(_entry(check, finding, note, has_own_name=names[str(finding.name)] < 2))
        else:
            place = position[id(decision.acceptance)]
            update.changed[place] = _changes(decision.acceptance, finding, note)
    if prune:
        gone = [
            each["selects"]
            for each in report["acceptances"]
            if each["state"] == "unused" or (each["state"] == "expired" and not each["findings"])
        ]
        selects = [each.selects() for each in existing]
        update.removed.extend(
            place
            for place, each in enumerate(existing)
            # Of several entries that select the same, the report does not say which one is used.
            if each.check == check
            and selects[place] in gone
            and selects.count(selects[place]) == 1
            and place not in update.changed
        )
    return update


def sort_key(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the key that sorts the entries of a file: check, name of the connection, id, kind, and what is accepted."""
    kind = next((kind for kind in CHECK_OF_KIND if entry.get(kind)), "")
    check = entry.get("check") or CHECK_OF_KIND.get(kind, "")
    name = entry.get("connection_name") or entry.get("name_pattern") or entry.get("tag") or ""
    what = entry.get(kind) or ""
    rest = [entry.get(key) or "" for key in ("id", "user_name", "fingerprint")]
    return tuple(map(str, (check, name, rest[0], kind, what, *rest[1:])))


def _findings(report: Mapping[str, Any]) -> list[Finding]:
    """Return the findings that can be accepted: not those of rules that could not be evaluated."""
    if report["check"] == "drift":
        return list(drift_findings(report))  # type: ignore[arg-type]
    evaluated = [each for each in report["violations"] if "evaluated" not in each]
    return list(policy_findings({**report, "violations": evaluated}))  # type: ignore[typeddict-item]


def _entry(check: str, finding: Finding, note: Note, *, has_own_name: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"check": check, finding.kind: finding.what}
    has_name = isinstance(finding.name, str) and bool(finding.name) and (has_own_name or finding.id is not None)
    if has_name:
        entry["connection_name"] = finding.name
    if finding.id is not None:
        entry["id"] = finding.id
    elif not has_name:
        entry["fingerprint"] = finding.fingerprint  # nothing else identifies the connection
    if finding.kind == "path" and not is_secret_path(finding.what):
        entry["value"] = finding.actual
    if check == "policy":
        entry["severity"] = finding.severity
    entry["reason"] = note.reason
    entry.update({key: value for key, value in _given(note).items() if value is not None})
    return entry


def _changes(acceptance: Acceptance, finding: Finding, note: Note) -> dict[str, Any]:
    """Return the keys of an entry that have to change.

    Whoever accepts it now replaces the one before, also if nobody is named. A last day stays unless it has passed or another one is given.
    """
    changes: dict[str, Any] = _given(note)
    if changes["expires"] is None and not (acceptance.expires and acceptance.expires < note.since):
        del changes["expires"]
    if finding.kind == "path" and not is_secret_path(finding.what):
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
