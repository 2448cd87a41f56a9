# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired records: where they are written, and the check that they can be compared.

Desired records are partial: a field that they do not have is not compared, and no default is assumed for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Callable

from ...module_utils._errors import DesiredError, OptionError
from ...module_utils._text import key_for_message, most_similar, one_line
from .._records.field_values import problem_with
from .._records.fields import ALIASES, BOOLEAN, FIELDS, REFERENCE, TEXT, Field, canonical
from .._records.records import SECRET_FIELDS, Record
from .equivalence import EXACT_MAX, YAML_BOOLEAN_FIELDS, equal, fields_equal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._records.field_paths import IgnoredPaths, Path
    from .results import Source

# Names that people take for a field's own one, although another field has a more similar name.
_USUAL_SLIPS = {"name": "connection_name", "username": "user_name", "label": "connection_name"}


@dataclass(frozen=True)
class Origin:
    """A mapping of a file that gives fields to desired records: its ``fields`` and its line (from 1).

    ``find_line`` returns the line of a field. The lines are ``None`` in JSON. The fields of an origin of a :class:`Desired` have their
    canonical names; what a reader returns may also be of another type than a mapping. ``is_generated``: the file is a baseline that
    nobody has edited, so that every field and value was in the account.
    """

    fields: Any
    file: str
    line: int | None = None
    find_line: Callable[[Path], int | None] | None = None
    is_generated: bool = False

    def source_of(self, path: Path) -> Source | None:
        """Return the file and the line that decide a field, or ``None`` if they are elsewhere."""
        decided = self._decided(path)
        if decided is None:
            return None
        line = self.find_line(decided) if self.find_line and decided else None
        return {"file": self.file, "line": line or self.line}

    def decides(self, path: Path) -> bool:
        """Return whether a field is decided here, without the time that its line takes."""
        return self._decided(path) is not None

    def _decided(self, path: Path) -> Path | None:
        """Return the path of the value that decides a field: a value of another type in the place of a mapping does."""
        value: Any = self.fields
        for depth, name in enumerate(path):
            if not isinstance(value, dict):
                return path[:depth]
            if name not in value:
                return None
            value = value[name]
        return path


@dataclass(frozen=True)
class Desired:
    """A desired record, and where it is written.

    ``origins`` are those of its fields, the one that decides first; without any, the record is in no file. ``position`` (from 1) is
    that in its file or list. ``defaults`` are the origins of the fields that none of them has. ``entry`` (from 0) is the place in
    desired_files of the first entry that has the record.
    """

    record: Record
    position: int = 0
    origins: tuple[Origin, ...] = ()
    defaults: tuple[Origin, ...] = ()
    entry: int = 0

    def __str__(self) -> str:
        return self.place(())

    @property
    def source(self) -> Source | None:
        """File and line for a report, or ``None`` for a record that is in no file."""
        return self.source_of(())

    def source_of(self, path: Path) -> Source | None:
        """Return the file and the line that decide a field; for a field that is written nowhere, those of the record."""
        found = (each.source_of(path) for each in (*self.origins, *self.defaults)) if path else iter(())
        if not self.origins:
            return None
        first = self.origins[-1]
        return next(filter(None, found), None) or {"file": first.file, "line": first.line}

    def is_generated(self, path: Path) -> bool:
        """Return whether a baseline that nobody has edited decides a field."""
        deciding = next((each for each in (*self.origins, *self.defaults) if each.decides(path)), None)
        return deciding is not None and deciding.is_generated

    def place(self, path: Path) -> str:
        """Return where a field, or for an empty path the record, is written, for messages."""
        source = self.source_of(path)
        if source is None:
            return f"desired record {self.position}"
        return f"{source['file']}, " + (f"line {source['line']}" if source["line"] else f"record {self.position}")


def canonical_names(desired: Desired) -> Desired:
    """Return a desired record under canonical names.

    Raises :class:`DesiredError` for what is not a mapping, and where a field has different values under two names.
    """
    if not isinstance(desired.record, dict) or not desired.record:
        raise DesiredError(f"{desired}: it is not a mapping of a connection's fields.")
    for parent, aliases in ALIASES.items():
        part = desired.record.get(parent)
        for alias, name in aliases.items() if isinstance(part, dict) else ():
            values = (part.get(alias), part.get(name))  # type: ignore[union-attr]
            if None not in values and not equal(*values):
                raise DesiredError(
                    f"{desired.place((parent,))}: {parent}.{alias} and {parent}.{name} are one field, but differ."
                )
    record = canonical(desired.record)
    return desired if record is desired.record else replace(desired, record=record)


def check_desired(desired: Sequence[Desired], live: Sequence[Record], ignored: IgnoredPaths) -> list[Desired]:
    """Return the desired records under canonical field names, each with its position in the list unless it is in a file.

    ``live`` are the canonical live records: a field or a value that one of them has is always accepted, because the
    vendor adds fields and values.

    Raises :class:`DesiredError` for a record that cannot be compared, for an unknown field and for a value that no
    connection can have, and :class:`OptionError` for a pattern of ``ignored`` that no field matches.
    """
    checker = _Checker(live, ignored)
    right: set[tuple[Path, str]] = set()  # thousands of records may have the same value
    checked = [
        _checked_record(each if each.origins else replace(each, position=position))
        for position, each in enumerate(desired, 1)
    ]
    for each in checked:
        for path, value, known in _questionable(each.record, REFERENCE, ()):
            # What a baseline has was in the account: if no connection has it any more, that is drift.
            if (path, repr(value)) not in right and path not in ignored and not each.is_generated(path):
                checker.check(each, path, value, known)
                right.add((path, repr(value)))
    _check_patterns(ignored, [FIELDS, *live, *(each.record for each in checked)])
    return checked


def _checked_record(desired: Desired) -> Desired:
    desired = canonical_names(desired)
    record = desired.record
    if isinstance(record.get("password"), (dict, list)):
        raise DesiredError(f"{desired.place(('password',))}: its password is not text.", "Quote it.")
    if "id" in record and record["id"] in (None, ""):  # a template leaves it empty
        return replace(desired, record={key: value for key, value in record.items() if key != "id"})
    return desired


def _questionable(
    record: Mapping[Any, Any], reference: Mapping[str, Any], above: Path
) -> Iterator[tuple[Path, Any, Any]]:
    """Yield each field that the reference does not have, or whose value may not be of its type: its path, value and reference."""
    for key, value in record.items():
        known = reference.get(key)
        # Nearly all fields are right, and nothing is yielded for them.
        if known is not None and (value is None or key in SECRET_FIELDS):
            continue
        if known is BOOLEAN and isinstance(value, bool):
            continue
        if isinstance(value, str) and (
            known is TEXT or (isinstance(known, Field) and known.type == "text" and value in known.values)
        ):
            continue
        path = (*above, str(key))
        if isinstance(known, dict) and isinstance(value, dict):
            yield from _questionable(value, known, path)
        else:
            yield path, value, known


class _Checker:
    """Checks fields and values of desired records against the reference and the live records."""

    def __init__(self, live: Sequence[Record], ignored: IgnoredPaths) -> None:
        self._live = live
        self._ignored = ignored
        self._known: dict[Path, dict[str, Any]] = {}  # the fields of the live records below a path

    def check(self, desired: Desired, path: Path, value: Any, known: Any) -> None:
        """Check a field that is unknown, or a value. ``known`` is its reference. Raises :class:`DesiredError`."""
        if known is None:
            self._check_unknown(desired, path, value)
        elif isinstance(known, Field):
            self._check_value(desired, path, value, known)
        elif not isinstance(value, dict) and not self._is_live(path, value):
            self._refuse(desired, path, "it must be a mapping of fields.")

    def _check_unknown(self, desired: Desired, path: Path, value: Any) -> None:
        known = self._live_fields(path[:-1])
        if path[-1] not in known:
            parent = _part(REFERENCE, path[:-1])
            names = {*known, *(parent if isinstance(parent, dict) else ())}
            similar = _USUAL_SLIPS.get(path[-1].lower().replace("_", "")) if len(path) == 1 else ""
            similar = similar or most_similar(path[-1], names)
            hint = ".".join((*path[:-1], similar)) if similar else _similar_path(path[-1])
            hint = f" (did you mean {hint}?)" if hint else ""
            parent, _dot, name = path[-1].partition(".")
            if name in (FIELDS.get(parent) or ()):
                hint = f"; write it below {parent}, as in {parent}: {{{name}: ...}}"
            raise DesiredError(
                f"{desired.place(path)}: no connection has the field {key_for_message('.'.join(path))}{hint}.",
                "Correct the name, or list it in the option ignore.",
            )
        if isinstance(value, dict):
            for key, below in value.items():
                if isinstance(known[path[-1]], dict) and (*path, str(key)) not in self._ignored:
                    self._check_unknown(desired, (*path, str(key)), below)

    def _live_fields(self, path: Path) -> dict[str, Any]:
        """Return the fields that the live records have below a path; the value is a mapping if one of them is."""
        if path not in self._known:
            found: dict[str, Any] = {}
            for record in self._live:
                part = _part(record, path)
                for key, value in part.items() if isinstance(part, dict) else ():
                    if isinstance(value, dict) or key not in found:
                        found[key] = value
            self._known[path] = found
        return self._known[path]

    def _check_value(self, desired: Desired, path: Path, value: Any, known: Field) -> None:
        if known.type == "list" and not isinstance(value, list) and not self._is_live(path, value, whole=True):
            shown = value if isinstance(value, str) and value in known.values else "..."
            self._refuse(desired, path, f"it must be a list: write {path[-1]}: [{shown}].")
        for part in value if isinstance(value, list) and known.type == "list" else [value]:
            if isinstance(part, float) and abs(part) > EXACT_MAX:
                self._refuse(desired, path, "the number has lost its last digits: it must be text, in quotes.")
            problem = problem_with(known, part, path in YAML_BOOLEAN_FIELDS, element=part is not value)
            if problem and not self._is_live(path, part):
                self._refuse(desired, path, problem)

    def _is_live(self, path: Path, value: Any, whole: bool = False) -> bool:
        """Return whether a live record's field is equal to the value, or, unless ``whole``, is a list that contains it."""
        actual = (_part(record, path) for record in self._live)
        return any(
            fields_equal(path, value, each)
            or (not whole and isinstance(each, list) and any(equal(value, element) for element in each))
            for each in actual
        )

    def _refuse(self, desired: Desired, path: Path, problem: str) -> None:
        raise DesiredError(
            f"{desired.place(path)}: {'.'.join(path)}: {problem}", "Correct it, or list the field in the option ignore."
        )


def _part(record: Any, path: Path) -> Any:
    """Return the value at a path, or ``None``."""
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record


def _similar_path(name: str) -> str:
    """Return the full paths of the fields, at any depth, with the most similar name, or an empty string."""
    paths = [(field, f"{parent}.{field}") for parent, fields in FIELDS.items() for field in fields or ()]
    paths += [(field, field) for field in FIELDS]
    similar = most_similar(name, [field for field, _path in paths])
    return " or ".join(path for field, path in paths if field == similar)


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
