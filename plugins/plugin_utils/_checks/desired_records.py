# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired records: where they are written, and the check that they can be compared.

Desired records are partial: a field that they do not have is not compared, and no default is assumed for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import DesiredError, OptionError
from ...module_utils._text import key_for_message, most_similar, one_line
from .._records.field_values import problem_with
from .._records.fields import ALIASES, BOOLEAN, FIELDS, REFERENCE, TEXT, Field, canonical
from .._records.records import SECRET_FIELDS, Record
from .equivalence import UNORDERED, YAML_BOOLEAN_FIELDS, equal, fields_equal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._records.field_paths import IgnoredPaths, Path
    from .results import Source

# How many unknown fields a message lists.
IN_MESSAGE_MAX = 5
# The value of a field that a record does not have.
_ABSENT = object()


@dataclass
class Desired:
    """A desired record, and where it is written: ``file`` and ``line`` (from 1), else its ``position`` (from 1) in a list.

    ``defaults`` are those of its file, which the record contains already.
    ``is_live``: the live record with its id has all its fields with the very same values.
    """

    record: Record
    file: str | None = None
    line: int | None = None
    position: int = 0
    defaults: Desired | None = None
    is_live: bool = False

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.file else f"desired record {self.position}"

    @property
    def source(self) -> Source | None:
        """File and line for a report, or ``None`` for a record that is in no file."""
        return {"file": self.file, "line": self.line} if self.file else None


def check_desired(desired: Sequence[Desired], live: Sequence[Record], ignored: IgnoredPaths) -> list[Desired]:
    """Return the desired records under canonical field names.

    ``live`` are the canonical live records: a field or a value that one of them has is always accepted, because the
    vendor adds fields and values.

    Raises :class:`DesiredError` for a record that cannot be compared, for an unknown field and for a value that no
    connection can have, and :class:`OptionError` for a pattern of ``ignored`` that no field matches.
    """
    by_id = {record["id"]: record for record in live}
    placed = [
        Desired(each.record, each.file, each.line, position, each.defaults, _is_live(each.record, by_id))
        for position, each in enumerate(desired, 1)
    ]
    defaults = {id(each.defaults): each.defaults for each in desired if each.defaults is not None}
    if not defaults and not ignored.patterns and all(each.is_live for each in placed):
        return placed  # nothing to check
    known = _known_fields(live)
    # Defaults come first: an error in them names their line, and not that of a record.
    differing = [_check_record(each, known, ignored) for each in defaults.values()]
    checked = [each if each.is_live else _check_record(each, known, ignored) for each in placed]
    differing += [each for each in checked if not each.is_live]
    _check_patterns(ignored, [known, *(each.record for each in checked)])
    _check_values(differing, live, ignored)
    return checked


def _is_live(record: Any, by_id: Mapping[Any, Record]) -> bool:
    """Return whether the live record with the id of a desired one has all its fields, with the very same values.

    Such a record needs no check and no comparison. Most records are like that, so the drift check of 10,000 connections
    takes half the time. A record with a secret is not one of them: it may have to be compared in another way.
    """
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        return False
    live = by_id.get(record["id"])
    return live is not None and _is_part_of(record, live, frozenset(name for (name,) in UNORDERED))


def _is_part_of(part: Mapping[Any, Any], whole: Mapping[str, Any], unordered: frozenset[str] = frozenset()) -> bool:
    """Return whether ``whole`` has all of ``part``; the order of the lists with names in ``unordered`` does not matter."""
    if not SECRET_FIELDS.isdisjoint(part):
        return False
    for key, value in part.items():
        actual = whole.get(key, _ABSENT)
        if value is actual:
            continue
        if isinstance(value, str):
            if value != actual:
                return False
        elif isinstance(value, dict):
            if not isinstance(actual, dict) or not _is_part_of(value, actual):
                return False
        elif isinstance(value, list):
            if not isinstance(actual, list) or not all(isinstance(each, str) for each in (*value, *actual)):
                return False
            if value != actual and (key not in unordered or sorted(value) != sorted(actual)):
                return False
        elif type(value) is not type(actual) or value != actual:  # to Python, true and 1 are equal
            return False
    return True


def _known_fields(live: Sequence[Record]) -> dict[str, Any]:
    """Return the field names of the API's reference and of the live records, as a tree."""

    def add_fields(tree: dict[str, Any], record: Mapping[str, Any]) -> None:
        for key, value in record.items():
            if isinstance(value, dict):
                if not isinstance(tree.get(key), dict):
                    tree[key] = {}
                add_fields(tree[key], value)
            elif key not in tree:
                tree[key] = None

    known: dict[str, Any] = {key: dict(value) if isinstance(value, dict) else value for key, value in FIELDS.items()}
    for record in live:
        add_fields(known, record)
    return known


def _check_record(desired: Desired, known: Mapping[str, Any], ignored: IgnoredPaths) -> Desired:
    """Return the desired record under canonical names. Raises :class:`DesiredError`."""
    record = desired.record
    if not isinstance(record, dict) or not record:
        raise DesiredError(f"{desired}: it is not a mapping of a connection's fields.")
    if isinstance(record.get("password"), (dict, list)):
        raise DesiredError(f"{desired}: its password is not text.", "Quote it.")
    _check_aliases(desired)
    record = canonical(record)
    if "id" in record and record["id"] in (None, ""):  # a template leaves it empty
        record = {key: value for key, value in record.items() if key != "id"}
    unknown = list(_unknown_fields(record, known, (), ignored))
    if unknown:
        more = ", ..." if len(unknown) > IN_MESSAGE_MAX else ""
        raise DesiredError(
            f"{desired}: no connection has {', '.join(unknown[:IN_MESSAGE_MAX])}{more}.",
            "Correct the name, or list it in the option ignore.",
        )
    return replace(desired, record=record)


def _check_aliases(desired: Desired) -> None:
    """Raise :class:`DesiredError` where one field has different values under two names."""
    for parent, aliases in ALIASES.items():
        part = desired.record.get(parent)
        if not isinstance(part, dict):
            continue
        for alias, name in aliases.items():
            values = (part.get(alias), part.get(name))
            if None not in values and not equal(*values):
                raise DesiredError(f"{desired}: {parent}.{alias} and {parent}.{name} are one field, but differ.")


def _unknown_fields(
    record: Mapping[Any, Any], known: Mapping[str, Any], parent_path: Path, ignored: IgnoredPaths
) -> Iterator[str]:
    """Yield a description of each field that is not in the tree of known ones."""
    for key, value in record.items():
        if key in known and not isinstance(value, dict):
            continue  # the most common case, without building a path
        path = (*parent_path, str(key))
        if path in ignored:
            continue
        if not isinstance(key, str) or key not in known:
            similar = most_similar(str(key), known)
            hint = ".".join((*parent_path, similar)) if similar else _similar_path(str(key))
            yield f"the field {key_for_message('.'.join(path))}" + (f" (did you mean {hint}?)" if hint else "")
        elif isinstance(known[key], dict):
            yield from _unknown_fields(value, known[key], path, ignored)


def _similar_path(name: str) -> str:
    """Return the full path of the field, at any depth, with the most similar name, or an empty string."""
    paths = {field: f"{parent}.{field}" for parent, fields in FIELDS.items() for field in fields or ()}
    paths.update((name, name) for name in FIELDS)
    return paths.get(most_similar(name, paths), "")


def _check_patterns(ignored: IgnoredPaths, trees: Sequence[Mapping[str, Any]]) -> None:
    """Raise :class:`OptionError` for a pattern that matches no field of any tree, as a misspelt one does."""
    unmatched = ignored.unmatched(trees[0])
    for tree in trees[1:]:
        if not unmatched:
            return
        unmatched = [pattern for pattern in unmatched if pattern in ignored.unmatched(tree)]
    if unmatched:
        similar = _similar_path(unmatched[0].rpartition(".")[2])
        hint = f"Did you mean {similar}?" if similar else ""
        raise OptionError("ignore", f"no connection has the field {one_line(unmatched[0])!r}.", hint)


def _check_values(desired: Sequence[Desired], live: Sequence[Record], ignored: IgnoredPaths) -> None:
    """Raise :class:`DesiredError` for a value that no connection can have: every check would report it as drift."""
    accepted: dict[tuple[Path, str], bool] = {}
    for each in desired:
        for path, value, problem in _invalid_values(each.record, REFERENCE, (), ignored):
            key = (path, repr(value))  # thousands of records may have the same new value
            if key not in accepted:
                accepted[key] = any(_has_value(record, path, value) for record in live)
            if not accepted[key]:
                raise DesiredError(
                    f"{each}: {'.'.join(path)}: {problem}", "Correct it, or list the field in the option ignore."
                )


def _has_value(record: Record, path: Path, value: Any) -> bool:
    """Return whether a live record's field is equal to the value, or is a list that contains it."""
    actual: Any = record
    for name in path:
        actual = actual.get(name) if isinstance(actual, dict) else None
    if fields_equal(path, value, actual):
        return True
    return isinstance(actual, list) and any(equal(value, element) for element in actual)


def _invalid_values(
    record: Mapping[str, Any], reference: Mapping[str, Any], parent_path: Path, ignored: IgnoredPaths
) -> Iterator[tuple[Path, Any, str]]:
    """Yield each value, or element of a list, that the reference does not allow, with its path and the problem."""
    for key, value in record.items():
        known = reference.get(key)
        if value is None or known is None or key in SECRET_FIELDS:
            continue
        # Nearly all values end here, without building a path.
        if known is BOOLEAN and isinstance(value, bool):
            continue
        if isinstance(value, str) and (
            known is TEXT or (isinstance(known, Field) and known.type == "text" and value in known.values)
        ):
            continue
        path = (*parent_path, key)
        if isinstance(known, Field):
            for part in value if known.type == "list" and isinstance(value, list) else [value]:
                problem = problem_with(known, part, path in YAML_BOOLEAN_FIELDS, element=part is not value)
                if problem and path not in ignored:
                    yield path, part, problem
        elif path in ignored:
            continue
        elif isinstance(value, dict):
            yield from _invalid_values(value, known, path, ignored)
        else:
            yield path, value, "it must be a mapping of fields."
