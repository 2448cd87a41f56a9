# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file with defaults for its desired connections: a mapping ``{defaults: {...}, connections: [...]}``.

No connection has a field with one of these names, so such a file cannot be mistaken for one record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from ...module_utils._text import key_for_message, most_similar
from .._checks.equivalence import fields_equal
from .._checks.record_matching import NAME_FIELDS
from .._records.fields import ALIASES
from .._records.records import SECRET_FIELDS, Record
from .errors import ParseError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from .._records.field_paths import Path

DEFAULTS, CONNECTIONS = KEYS = ("defaults", "connections")
IDENTIFYING_FIELDS = ("id", *NAME_FIELDS)


class FileContent(NamedTuple):
    """What a file holds: its records, each with its line, and its defaults with theirs; lines count from 1."""

    records: Sequence[tuple[Any, int]]
    defaults: tuple[Record, int] | None = None


class YamlLayout(NamedTuple):
    """The nodes of a file: its records, the list that holds them, and its defaults; ``None`` is what the file does not have."""

    records: Sequence[Any]
    record_list: yaml.SequenceNode | None = None
    defaults: Any = None


def yaml_layout(root: Any) -> YamlLayout:
    """Return the layout of a document: a list of records, one record, or a mapping with defaults. Raises :class:`ParseError`."""
    if root is None:
        return YamlLayout([])
    if isinstance(root, yaml.SequenceNode):
        return YamlLayout(list(root.value), root)
    if not isinstance(root, yaml.MappingNode):
        return YamlLayout([root])
    keys = [(getattr(key, "value", None), key.start_mark.line + 1) for key, _value in root.value]
    if not has_layout_keys(key for key, _line in keys):
        return YamlLayout([root])
    check_layout_keys(keys)
    values = {key.value: value for key, value in root.value}
    record_list = values[CONNECTIONS]
    if not isinstance(record_list, yaml.SequenceNode):
        raise _not_a_list(record_list.start_mark.line + 1)
    return YamlLayout(list(record_list.value), record_list, values.get(DEFAULTS))


def has_layout_keys(keys: Iterable[object]) -> bool:
    """Return whether a mapping with these keys is a file with defaults, and not a record."""
    return any(isinstance(key, str) and key in KEYS for key in keys)


def check_layout_keys(keys: Sequence[tuple[object, int]]) -> None:
    """Check the keys of a file with defaults, each with its line. Raises :class:`ParseError`."""
    seen: set[str] = set()
    for key, line in keys:
        if not isinstance(key, str):
            raise ParseError("a key is not text; quote it", line)
        if key not in KEYS:
            similar = most_similar(key, KEYS)
            hint = f" (did you mean {similar}?)" if similar else ""
            raise ParseError(f"the key {key_for_message(key)} is unknown beside defaults and connections{hint}", line)
        if key in seen:
            raise ParseError(f"the key {key_for_message(key)} is given twice", line)
        seen.add(key)
    if CONNECTIONS not in seen:
        raise ParseError("it has defaults, but no connections", keys[0][1])


def checked_connections(value: Any, line: int) -> list[Any]:
    """Return the value of ``connections``. Raises :class:`ParseError` unless it is a list."""
    if not isinstance(value, list):
        raise _not_a_list(line)
    return value


def _not_a_list(line: int) -> ParseError:
    return ParseError("connections is not a list; without connections it is []", line)


def checked_defaults(value: Any, line: int) -> Record:
    """Return the value of ``defaults``, for null an empty one. Raises :class:`ParseError`.

    A field that identifies a connection cannot have a default, and neither can a password.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ParseError("defaults is not a mapping of a connection's fields", line)
    for name in (*IDENTIFYING_FIELDS, *sorted(SECRET_FIELDS)):
        if name in value or (name in SECRET_FIELDS and _has_field(value, name)):
            raise ParseError(f"defaults has the field {name}, which each connection must have for itself", line)
    return value


def _has_field(value: Any, name: str) -> bool:
    """Return whether a value has a field, at any depth."""
    if isinstance(value, list):
        return any(_has_field(each, name) for each in value)
    return isinstance(value, dict) and (name in value or any(_has_field(each, name) for each in value.values()))


def with_defaults(record: Any, defaults: Mapping[str, Any], above: Path = ()) -> Any:
    """Return a record with the defaults of the fields that it does not have; mappings are merged, all else is the record's.

    A field of the record counts under each of its names. ``above`` is the path of a mapping in a record.
    """
    if not isinstance(record, dict):
        return record
    aliases = ALIASES.get(above[0], {}) if len(above) == 1 else {}
    own = {aliases.get(name, name) for name in record}
    merged = dict(record)
    for name, default in defaults.items():
        if aliases.get(name, name) not in own:
            merged[name] = default
        elif isinstance(default, dict) and name in record:
            merged[name] = with_defaults(record[name], default, (*above, name))
    return merged


def own_fields(
    live: Mapping[str, Any], defaults: Mapping[str, Any], known: Collection[Path], *, others: bool, above: Path = ()
) -> Record:
    """Return the fields that a record must have for itself, to be as a live one: those that differ from the defaults.

    With ``others``, the fields without a default are returned, too. Only fields of ``known`` count. All names are canonical.
    """
    own: Record = {name: value for name, value in live.items() if name not in defaults} if others else {}
    for name, default in defaults.items():
        path, value = (*above, name), live.get(name)
        if path not in known:
            continue
        if isinstance(default, dict) and (value is None or isinstance(value, dict)):
            below = own_fields(value or {}, default, known, others=others, above=path)
            if below:
                own[name] = below
        elif not fields_equal(path, default, value):
            own[name] = value
    return own
