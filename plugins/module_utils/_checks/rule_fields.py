# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a rule's JMESPath expression asks for fields that exist, and compares them with values that they can have.

JMESPath gives ``null`` for a field that does not exist, so a rule over a misspelt one would find nothing, and look as if all
was well. The expression's syntax tree is resolved from the root of a record; where a part of it cannot be resolved, nothing
is said of it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from .._connections.fields import ALIASES, BOOLEAN, REFERENCE, Field
from .._text import key_for_message

if TYPE_CHECKING:
    from .._connections.records import Record

Path = tuple[str, ...]


class Leaf(NamedTuple):
    """A field without fields below it. ``field`` is ``None`` where the reference does not have it."""

    path: Path
    field: Field | None


@dataclass(frozen=True)
class ListOf:
    """A list, and the shape of its elements."""

    element: Any
    field: Leaf | None = None


class Literal(NamedTuple):
    """A value that stands in the expression."""

    value: Any


# What an expression may give: fields by name, a leaf, a list, a literal, or ``None`` for anything.
Shape = Union[dict[str, Any], Leaf, ListOf, Literal, None]

# What ! gives.
NEGATION = Leaf(("!",), BOOLEAN)

# A field without backticks of this name does not exist, and so is null: it works as meant.
NULL = "null"


class ExpressionError(Exception):
    """What is wrong with an expression, and what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class RecordFields:
    """The fields that a rule can ask for: of the reference, of the live records, and what stands beside them."""

    def __init__(self, records: Sequence[Record], beside: Mapping[str, Sequence[str]]) -> None:
        self._records = records
        self._root: dict[str, Any] = _shapes(REFERENCE, ())
        for name, aliases in ALIASES.items():
            part = self._root[name]
            part.update({alias: part[of] for alias, of in aliases.items()})
        for record in records:
            _learn(self._root, record, ())
        self._root.pop("password")  # No rule sees it.
        self._root.update({name: dict.fromkeys(below) for name, below in beside.items()})

    def check(self, tree: Any) -> None:
        """Check the syntax tree of an expression over a record. Raises :class:`ExpressionError`."""
        self._resolve(tree, self._root)

    def _resolve(self, node: Mapping[str, Any], scope: Shape) -> Shape:
        resolve = getattr(self, f"_{node['type']}", None)
        if resolve:
            shape: Shape = resolve(node, scope)
            return shape
        for child in node["children"]:
            if isinstance(child, dict):
                self._resolve(child, scope)
        return None

    def _field(self, node: Mapping[str, Any], scope: Shape) -> Shape:
        name = node["value"]
        if isinstance(scope, dict):
            if name in scope:
                found: Shape = scope[name]
                return found
            if name == NULL:
                return Literal(None)
            raise self._unknown(name, scope)
        if scope == NEGATION:
            raise ExpressionError("! binds tighter than the dot.", "Write it as in !(inbound.prack_enabled).")
        if isinstance(scope, Leaf) and scope.field:
            raise ExpressionError(f"the field {'.'.join(scope.path)} has no field {key_for_message(name)} below it.")
        if isinstance(scope, ListOf):
            raise ExpressionError(f"the field {key_for_message(name)} is asked of a list.", "Use [] for its elements.")
        return None

    def _unknown(self, name: str, scope: Mapping[str, Any]) -> ExpressionError:
        message = f"it asks for the field {key_for_message(name)}, which no connection has there."
        if name in ("true", "false"):
            return ExpressionError(f"{name} is a field there.", f"Write `{name}`.")
        elsewhere = [".".join(path) for path in _leaves(self._root, ()) if path[-1] == name]
        if not elsewhere:
            near = difflib.get_close_matches(name, list(scope), 1)
            near = near or difflib.get_close_matches(name, [path[-1] for path in _leaves(self._root, ())], 1)
            elsewhere = [".".join(path) for path in _leaves(self._root, ()) if near and path[-1] == near[0]] or near
        return ExpressionError(message, f"Did you mean {' or '.join(elsewhere)}?" if elsewhere else "")

    def _not_expression(self, node: Mapping[str, Any], scope: Shape) -> Shape:
        self._resolve(node["children"][0], scope)
        return NEGATION

    def _subexpression(self, node: Mapping[str, Any], scope: Shape) -> Shape:
        for child in node["children"]:
            scope = self._resolve(child, scope)
        return scope

    _pipe = _index_expression = _subexpression

    def _index(self, _node: Mapping[str, Any], scope: Shape) -> Shape:
        return scope.element if isinstance(scope, ListOf) else None

    def _slice(self, _node: Mapping[str, Any], scope: Shape) -> Shape:
        return scope

    def _flatten(self, node: Mapping[str, Any], scope: Shape) -> Shape:
        found = self._resolve(node["children"][0], scope)
        return found.element if isinstance(found, ListOf) and isinstance(found.element, ListOf) else found

    def _projection(self, node: Mapping[str, Any], scope: Shape) -> Shape:
        left = self._resolve(node["children"][0], scope)
        return ListOf(self._resolve(node["children"][1], left.element if isinstance(left, ListOf) else None))

    def _value_projection(self, node: Mapping[str, Any], scope: Shape) -> Shape:
        self._resolve(node["children"][0], scope)
        return ListOf(self._resolve(node["children"][1], None))

    def _filter_projection(self, node: Mapping[str, Any], scope: Shape) -> Shape:
        left = self._resolve(node["children"][0], scope)
        element = left.element if isinstance(left, ListOf) else None
        self._resolve(node["children"][2], element)
        return ListOf(self._resolve(node["children"][1], element))

    def _multi_select_dict(self, node: Mapping[str, Any], scope: Shape) -> Shape:
        return {pair["value"]: self._resolve(pair["children"][0], scope) for pair in node["children"]}

    def _current(self, _node: Mapping[str, Any], scope: Shape) -> Shape:
        return scope

    _identity = _current

    def _literal(self, node: Mapping[str, Any], _scope: Shape) -> Shape:
        return Literal(node["value"])

    def _function_expression(self, node: Mapping[str, Any], scope: Shape) -> Shape:
        shapes = [self._resolve(child, scope) if child["type"] != "expref" else None for child in node["children"]]
        element = next((shape.element for shape in shapes if isinstance(shape, ListOf)), None)
        for child in node["children"]:
            if child["type"] == "expref":
                self._resolve(child["children"][0], element)
        if node["value"] == "contains" and isinstance(shapes[0], ListOf) and isinstance(shapes[1], Literal):
            leaf = shapes[0].field
            if leaf and leaf.field and isinstance(shapes[1].value, str):
                self._check_value(leaf, shapes[1].value)
        return None

    def _comparator(self, node: Mapping[str, Any], scope: Shape) -> Shape:
        left, right = (self._resolve(child, scope) for child in node["children"])
        if isinstance(left, Literal):
            left, right = right, left
        if isinstance(right, Literal):
            leaf = left.field if isinstance(left, ListOf) else left
            if isinstance(leaf, Leaf) and leaf.field:
                self._check_comparison(leaf, leaf.field, node["value"] in ("eq", "ne"), right.value)
        return None

    def _check_comparison(self, leaf: Leaf, field: Field, equality: bool, value: Any) -> None:
        name = ".".join(leaf.path)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not equality:
            if (field.type, number, isinstance(value, str)) not in (("integer", True, False), ("text", False, True)):
                raise ExpressionError(f"{name}: numbers have an order, and texts, but not one with the other.")
        elif value is None or field.type == "list":
            return  # a list can be compared with a list
        elif field.type == "boolean" and not isinstance(value, bool):
            raise ExpressionError(
                f"{name} is true or false, and is compared with something else.", "Write `true` or `false`."
            )
        elif field.type == "integer" and not number and not (isinstance(value, str) and value.isdigit()):
            raise ExpressionError(f"{name} is a number, and is compared with something else.", "Write it as in `10`.")
        elif field.type == "text" and not isinstance(value, str):
            raise ExpressionError(f"{name} is text, and is compared with something else.", "Write it as in 'text'.")
        elif field.type == "text":
            self._check_value(leaf, value)

    def _check_value(self, leaf: Leaf, value: str) -> None:
        """Refuse a text that the field cannot have. The vendor adds values, so one that a live record has is right."""
        values = leaf.field.values if leaf.field else ()
        if (
            not value
            or not values
            or value in values
            or (leaf.field and leaf.field.grows)
            or value in self._live_values(leaf.path)
        ):
            return
        near = difflib.get_close_matches(value.casefold(), [each.casefold() for each in values], 1)
        meant = next((each for each in values if near and each.casefold() == near[0]), "")
        hint = f"Did you mean {meant}?" if meant else f"It is one of {', '.join(values)}."
        raise ExpressionError(f"{'.'.join(leaf.path)} is compared with a value that it never has.", hint)

    def _live_values(self, path: Path) -> Iterator[Any]:
        for record in self._records:
            value: Any = record
            for name in path:
                value = value.get(name) if isinstance(value, dict) else None
            yield from value if isinstance(value, list) else [value]


def _shapes(reference: Mapping[str, Any], above: Path) -> dict[str, Any]:
    return {name: _shape_of_field(below, (*above, name)) for name, below in reference.items()}


def _shape_of_field(below: Any, path: Path) -> Any:
    if isinstance(below, dict):
        return _shapes(below, path)
    leaf = Leaf(path, below)
    element = Leaf(path, Field("text", below.values, grows=below.grows))
    return ListOf(element, leaf) if below.type == "list" else leaf


def _learn(shapes: dict[str, Any], record: Mapping[str, Any], above: Path) -> None:
    """Add the fields of a live record. What is once an object and once something else may be anything."""
    for name, value in record.items():
        if isinstance(value, dict):
            found = shapes.setdefault(name, {})
            if isinstance(found, dict):
                _learn(found, value, (*above, name))
        elif name not in shapes:
            shapes[name] = None


def _leaves(shapes: Mapping[str, Any], above: Path) -> list[Path]:
    paths: list[Path] = []
    for name, below in shapes.items():
        paths += _leaves(below, (*above, name)) if isinstance(below, dict) else [(*above, name)]
    return paths
