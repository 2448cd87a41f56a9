# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of a record's fields, as far as they are known: objects, lists, and fields with a type and values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from .fields import REFERENCE, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .field_paths import Path


class Leaf(NamedTuple):
    """A field without fields below it. ``field`` is ``None`` if the reference does not have it."""

    path: Path
    field: Field | None


@dataclass(frozen=True)
class ListOf:
    """A list, and the shape of its elements."""

    element: Any
    field: Leaf | None = None


class Literal(NamedTuple):
    """A value that is written in an expression."""

    value: Any


# What an expression returns: fields by name, a leaf, a list, a literal, or ``None`` if it is not known.
Shape = Union[dict[str, Any], Leaf, ListOf, Literal, None]


def reference_shapes(reference: Mapping[str, Any] = REFERENCE, parent_path: Path = ()) -> dict[str, Any]:
    """Return the shapes of the fields in the API's reference."""
    return {name: _shape(part, (*parent_path, name)) for name, part in reference.items()}


def _shape(reference: Any, path: Path) -> Shape:
    if isinstance(reference, dict):
        return reference_shapes(reference, path)
    leaf = Leaf(path, reference)
    element = Leaf(path, Field("text", reference.values, extensible=reference.extensible))
    return ListOf(element, leaf) if reference.type == "list" else leaf


def add_live_fields(shapes: dict[str, Any], record: Mapping[str, Any]) -> None:
    """Add the fields of a live record. The shape of a field that is not an object in every record is not known."""
    for name, value in record.items():
        if isinstance(value, dict):
            below = shapes.setdefault(name, {})
            if isinstance(below, dict):
                add_live_fields(below, value)
            else:
                shapes[name] = None  # the API has made an object of it
        elif name not in shapes:
            shapes[name] = None


def leaf_paths(shapes: Mapping[str, Any], parent_path: Path = ()) -> list[Path]:
    """Return the paths of all fields that are not objects."""
    paths: list[Path] = []
    for name, shape in shapes.items():
        paths += leaf_paths(shape, (*parent_path, name)) if isinstance(shape, dict) else [(*parent_path, name)]
    return paths
