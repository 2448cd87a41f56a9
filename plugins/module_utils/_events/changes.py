# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between two complete readings of an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._checks.equivalence import fields_equal
from .._checks.field_paths import IgnoredPaths, Path
from .._connections.fields import canonical
from .._connections.records import SECRET_FIELDS, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CREATED, DELETED, CHANGED = "created", "deleted", "changed"
NOTHING_IGNORED = IgnoredPaths(())


@dataclass(frozen=True)
class FieldChange:
    """A field with another value. A field that a record does not have is ``None``, as if it were null."""

    path: Path
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """A connection that was created, deleted or changed.

    ``kind`` is one of these words. ``record`` is from the later of the two readings, for a deleted connection from the earlier
    one. ``fields`` is empty unless the connection was changed.
    """

    kind: str
    record: Record
    fields: tuple[FieldChange, ...] = ()


def compare_readings(
    before: Mapping[str, Record], after: Mapping[str, Record], ignored: IgnoredPaths = NOTHING_IGNORED
) -> list[Change]:
    """Return the changes from one reading to the next: the deleted connections first, then the created, then the changed ones.

    Both are records by their ids. Values that mean the same, see :func:`fields_equal`, are no change: a new field of the
    API that is null everywhere does not change every connection. Ignored and secret fields are not compared.
    """
    deleted = [Change(DELETED, record) for key, record in before.items() if key not in after]
    created = [Change(CREATED, record) for key, record in after.items() if key not in before]
    changed = [
        Change(CHANGED, record, fields)
        for key, record in after.items()
        if key in before
        and record != before[key]
        and (fields := tuple(_field_changes(canonical(before[key]), canonical(record), (), ignored)))
    ]
    return [*deleted, *created, *changed]


def _field_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], parent_path: Path, ignored: IgnoredPaths
) -> Iterator[FieldChange]:
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        path = (*parent_path, key)
        if key in SECRET_FIELDS or path in ignored:
            continue
        if (isinstance(old, dict) or isinstance(new, dict)) and all(
            each is None or isinstance(each, dict) for each in (old, new)
        ):
            yield from _field_changes(old or {}, new or {}, path, ignored)
        elif not fields_equal(path, old, new):
            yield FieldChange(path, old, new)
