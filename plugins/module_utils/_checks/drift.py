# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired connections against live ones: what differs, and nothing that only looks different.

Desired records are partial: what they do not say is not compared, and no default is assumed for it.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from .._argument_spec import TERM_FIELDS
from .._connections.field_values import problem_with
from .._connections.fields import ALIASES, BOOLEAN, FIELDS, MAY_BE_WORDS, REFERENCE, TEXT, Field, canonical
from .._connections.records import SECRET_FIELDS, Record, without_secrets
from .._errors import AmbiguousError, DesiredError, OptionError
from .._text import one_line, shown_key
from .equivalence import is_blank, normalized, same, same_field, same_password
from .field_paths import Path, Paths

STATUSES = ("in_sync", "drifted", "missing", "unexpected", "unverifiable")
UNEXPECTED = ("ignore", "report", "fail")
HIDDEN = "(hidden)"


@dataclass
class Desired:
    """A record as it should be, and where that is written (``line`` from 1), if in a file."""

    record: Record
    file: str | None = None
    line: int | None = None
    place: int = 0

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.file else f"desired record {self.place}"

    @property
    def source(self) -> dict[str, Any] | None:
        """File and line for a report."""
        return {"file": self.file, "line": self.line} if self.file else None


@dataclass
class Change:
    """One field that differs. Secrets are hidden in it already."""

    path: Path
    expected: Any
    actual: Any

    def as_dict(self) -> dict[str, Any]:
        return {"path": ".".join(self.path), "expected": self.expected, "actual": self.actual}


@dataclass
class Compared:
    """A desired connection, a live one, or both, and what came of comparing them."""

    desired: Desired | None
    live: Record | None
    status: str
    changes: list[Change] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        record = self.live if self.live is not None else self.desired.record if self.desired else {}
        result = {
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
) -> list[Compared]:
    """Compare desired records with the live ones: the desired first, in their order, then the unexpected ones.

    Raises :class:`DesiredError` for a desired record that cannot be used, :class:`AmbiguousError` where several live
    connections bear the name that one is matched by, and :class:`OptionError`.
    """
    ignored = Paths(ignore)
    live = [canonical(record) for record in live]
    known = _known_fields(live)
    wanted = [_checked(each, place, known, ignored) for place, each in enumerate(desired, 1)]
    _refuse_idle_patterns(ignored, [known, *(each.record for each in desired)])
    _refuse_impossible(wanted, live, ignored)
    found = _match(wanted, live, match_by)
    results = [
        Compared(each, record, "missing") if record is None else _compared(each, record, ignored)
        for each, record in zip(wanted, found)
    ]
    if unexpected != "ignore":
        matched = {record["id"] for record in found if record is not None}
        strangers = [record for record in live if record["id"] not in matched]
        strangers.sort(key=lambda record: (str(record.get("connection_name")), record["id"]))
        results += [Compared(None, record, "unexpected") for record in strangers]
    return results


def as_result(compared: Sequence[Compared]) -> dict[str, Any]:
    """The comparison as plain data: ``status``, ``totals`` and ``connections``, with no secret in it."""
    count = Counter(each.status for each in compared)
    drift = count["drifted"] or count["missing"] or count["unexpected"]
    return {
        "status": "drift" if drift else "in_sync",
        "totals": {status: count[status] for status in STATUSES},
        "connections": [each.as_dict() for each in compared],
    }


def _known_fields(live: Sequence[Record]) -> dict[str, Any]:
    """The names that the API's reference and the live records have, as a tree."""

    def learn(tree: dict[str, Any], record: Mapping[str, Any]) -> None:
        for key, value in record.items():
            if isinstance(value, dict):
                if not isinstance(tree.get(key), dict):
                    tree[key] = {}
                learn(tree[key], value)
            elif key not in tree:
                tree[key] = None

    known: dict[str, Any] = {key: dict(value) if isinstance(value, dict) else value for key, value in FIELDS.items()}
    for record in live:
        learn(known, record)
    return known


def _checked(desired: Desired, place: int, known: Mapping[str, Any], ignored: Paths) -> Desired:
    """The desired record under canonical names, or :class:`DesiredError` where it says what cannot be compared."""
    desired = Desired(desired.record, desired.file, desired.line, place)
    record = desired.record
    if not isinstance(record, dict) or not record:
        raise DesiredError(f"{desired}: it is not a mapping of a connection's fields.")
    if isinstance(record.get("password"), (dict, list)):
        raise DesiredError(f"{desired}: its password is no text.", "Quote it.")
    for name, aliases in ALIASES.items():
        part = record.get(name)
        for alias, name_of_it in aliases.items():
            both = [part.get(alias), part.get(name_of_it)] if isinstance(part, dict) else [None, None]
            if None not in both and not same(*both):
                raise DesiredError(f"{desired}: {name}.{alias} and {name}.{name_of_it} are one field, but differ.")
    record = canonical(record)
    if "id" in record and record["id"] in (None, ""):  # as a template leaves it where there is none
        record = {key: value for key, value in record.items() if key != "id"}
    typos = list(_unknown(record, known, (), ignored))
    if typos:
        raise DesiredError(
            f"{desired}: no connection has {', '.join(typos[:5])}{', ...' if len(typos) > 5 else ''}.",
            "Correct the name, or list it in the option ignore.",
        )
    return Desired(record, desired.file, desired.line, place)


def _unknown(record: Mapping[Any, Any], known: Mapping[str, Any], above: Path, ignored: Paths) -> Iterator[str]:
    for key, value in record.items():
        if key in known and not isinstance(value, dict):
            continue  # as nearly all are
        path = (*above, str(key))
        if path in ignored:
            continue
        if not isinstance(key, str) or key not in known:
            near = difflib.get_close_matches(str(key), list(known), 1)
            hint = ".".join((*above, near[0])) if near else _elsewhere(str(key))
            yield f"the field {shown_key('.'.join(path))}" + (f" (did you mean {hint}?)" if hint else "")
        elif isinstance(known[key], dict):
            yield from _unknown(value, known[key], path, ignored)


def _refuse_idle_patterns(ignored: Paths, trees: Sequence[Mapping[str, Any]]) -> None:
    """Raise :class:`OptionError` for a pattern that no field has, which was meant for one that is not ignored now."""
    idle = ignored.unmatched(trees[0])
    for tree in trees[1:]:
        if not idle:
            return
        idle = [pattern for pattern in idle if pattern in ignored.unmatched(tree)]
    if idle:
        near = _elsewhere(idle[0].rpartition(".")[2])
        raise OptionError("ignore", f"no connection has the field {one_line(idle[0])!r}.", did_you_mean(near))


def did_you_mean(name: str) -> str:
    """The hint that names something alike, if there is such a thing."""
    return f"Did you mean {name}?" if name else ""


def _refuse_impossible(desired: Sequence[Desired], live: Sequence[Record], ignored: Paths) -> None:
    """Raise :class:`DesiredError` for a value that no connection can have, which would be drift for ever.

    The vendor adds values, so one that a live connection has is always accepted, as an element of a list too.
    """
    accepted: dict[tuple[Path, str], bool] = {}
    for each in desired:
        for path, value, problem in _impossible(each.record, REFERENCE, (), ignored):
            key = (path, repr(value))  # thousands of connections may have one new value
            if key not in accepted:
                accepted[key] = any(_is_or_has(path, value, _value_at(record, path)) for record in live)
            if not accepted[key]:
                raise DesiredError(
                    f"{each}: {'.'.join(path)}: {problem}", "Correct it, or list the field in the option ignore."
                )


def _is_or_has(path: Path, value: Any, found: Any) -> bool:
    """Whether a live value is the desired one, or a list that has it as an element."""
    return same_field(path, value, found) or (isinstance(found, list) and any(same(value, each) for each in found))


def _value_at(record: Any, path: Path) -> Any:
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record


def _impossible(
    record: Mapping[str, Any], reference: Mapping[str, Any], above: Path, ignored: Paths
) -> Iterator[tuple[Path, Any, str]]:
    """Each value that is none of its field's, or of an element of its list, with its path and what is wrong."""
    for key, value in record.items():
        known = reference.get(key)
        if value is None or known is None or key in SECRET_FIELDS:
            continue
        if known is BOOLEAN and isinstance(value, bool):
            continue  # as half are
        if isinstance(value, str) and (
            known is TEXT or (isinstance(known, Field) and known.type == "text" and value in known.values)
        ):
            continue  # as most others are
        path = (*above, key)
        if isinstance(known, Field):
            for part in value if known.type == "list" and isinstance(value, list) else [value]:
                problem = problem_with(known, part, path in MAY_BE_WORDS, element=part is not value)
                if problem and path not in ignored:
                    yield path, part, problem
        elif path in ignored:
            continue
        elif isinstance(value, dict):
            yield from _impossible(value, known, path, ignored)
        else:
            yield path, value, "it must be a mapping of fields."


def _elsewhere(key: str) -> str:
    """The full path of the field that a name in the wrong place may mean."""
    leaves = {leaf: name for name, part in FIELDS.items() if part for leaf in part} | dict.fromkeys(FIELDS, "")
    near = difflib.get_close_matches(key, list(leaves), 1)
    return ".".join(filter(None, (leaves[near[0]], near[0]))) if near else ""


def _match(desired: Sequence[Desired], live: Sequence[Record], match_by: str) -> list[Record | None]:
    """The live record of each desired one: by its id where it has one, else by the field ``match_by``."""
    if match_by not in TERM_FIELDS:
        raise OptionError("match_by", f"must be one of {', '.join(TERM_FIELDS)}.")
    by_id = {record["id"]: record for record in live}
    ids, names = _keys(desired, "id"), _keys(desired, match_by)
    claimed = {identity for identity in ids if identity is not None}
    by_name: dict[str, list[Record]] = {}
    for record in live:
        if record.get(match_by) is not None:
            by_name.setdefault(normalized(str(record[match_by])), []).append(record)
    by_own_id = {identity: each for each, identity in zip(desired, ids) if identity is not None}

    found: list[Record | None] = []
    seen: dict[tuple[str, str], Desired] = {}
    for each, identity, name in zip(desired, ids, names):
        what, key = ("id", identity) if identity is not None else (match_by, name)
        if key is None:
            or_id = "" if match_by == "id" else " and no id"
            raise DesiredError(f"{each}: it has no {match_by}{or_id}, by which it could be matched.")
        other = seen.setdefault((what, key), each)
        if other is not each:
            raise DesiredError(f"{each} and {other}: both have the {what} {one_line(key)!r}.", "Give each its id.")
        if identity is not None:
            found.append(by_id.get(identity))
            continue
        named = by_name.get(key, [])
        candidates = [record for record in named if record["id"] not in claimed]
        if len(candidates) > 1:
            raise AmbiguousError.of_term(key, match_by, [record["id"] for record in candidates])
        if named and not candidates:
            other = by_own_id[named[0]["id"]]
            if match_by not in other.record or normalized(str(other.record[match_by])) == key:
                raise DesiredError(
                    f"{each} and {other}: both are the connection {one_line(named[0]['id'], 64)}.",
                    "Put their fields into one record.",
                )
        found.append(candidates[0] if candidates else None)
    return found


def _keys(desired: Sequence[Desired], name: str) -> list[str | None]:
    """The values of a field that records are matched by; a number is taken as the text that someone forgot to quote."""
    keys: list[str | None] = []
    for each in desired:
        value = each.record.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (str, int))):
            raise DesiredError(f"{each}: its {name} is not text.", "Quote it.")
        keys.append(None if value is None or value == "" else normalized(str(value)))
    return keys


def _compared(desired: Desired, live: Record, ignored: Paths) -> Compared:
    unverifiable: list[Path] = []
    changes = list(_changes(desired.record, live, (), ignored, unverifiable))
    status = "drifted" if changes else "unverifiable" if unverifiable else "in_sync"
    return Compared(desired, live, status, changes)


def _changes(
    expected: Mapping[str, Any], actual: Mapping[str, Any], above: Path, ignored: Paths, unverifiable: list[Path]
) -> Iterator[Change]:
    for key, wanted in expected.items():
        found = actual.get(key)
        if key not in SECRET_FIELDS and (wanted is found or (isinstance(wanted, str) and wanted == found)):
            continue  # as nearly all are
        path = (*above, key)
        if path in ignored:
            continue
        if key in SECRET_FIELDS:
            alike = same_password(wanted, found)
            if alike is None:
                unverifiable.append(path)
            elif not alike:
                yield Change(path, HIDDEN, HIDDEN)
        elif isinstance(wanted, dict) and (found is None or isinstance(found, dict)):
            yield from _changes(wanted, found or {}, path, ignored, unverifiable)
        else:
            left, right = (_without_ignored(each, path, ignored) for each in (wanted, found))
            if not (same_field(path, left, right) or (left is None and is_blank(right))):
                yield Change(path, without_secrets(left), without_secrets(right))


def _without_ignored(value: Any, path: Path, ignored: Paths) -> Any:
    """The value without the fields below it that are ignored."""
    if not isinstance(value, dict):
        return value
    return {
        key: _without_ignored(each, (*path, key), ignored) for key, each in value.items() if (*path, key) not in ignored
    }


def part_compared(compared: Compared, ignore: Sequence[str]) -> tuple[Record, Record]:
    """What was expected and what is there, both cut down to what was compared and free of secrets, for a diff."""
    ignored = Paths(ignore)
    hidden = {change.path for change in compared.changes if change.expected == HIDDEN}
    differing = {change.path for change in compared.changes}
    left = _part(compared.desired.record, None, (), ignored, lambda _path: HIDDEN) if compared.desired else {}
    if compared.live is None:
        return left, {}
    if compared.desired is None:
        return {}, _part(compared.live, None, (), ignored, lambda _path: HIDDEN)

    def secret(path: Path) -> str:
        return "(hidden, another one)" if path in hidden else HIDDEN

    return left, _part(compared.desired.record, (compared.live, differing), (), ignored, secret)


def _part(
    record: Mapping[str, Any],
    live: tuple[Any, set[Path]] | None,
    above: Path,
    ignored: Paths,
    secret: Callable[[Path], str],
) -> Record:
    """The record's compared part; with ``live``, the live values where they differ."""
    result: Record = {}
    for key, value in record.items():
        path = (*above, key)
        if path in ignored:
            continue
        found = live[0].get(key) if live and isinstance(live[0], dict) else None
        if key in SECRET_FIELDS:
            result[key] = secret(path)
        elif live and path in live[1]:
            result[key] = without_secrets(_without_ignored(found, path, ignored))
        elif isinstance(value, dict):
            result[key] = _part(value, (found, live[1]) if live else None, path, ignored, secret)
        else:
            result[key] = without_secrets(value)
    return result
