# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a JMESPath expression uses fields that exist, and compares them with values that they can have.

JMESPath returns ``null`` for a field that does not exist, so a rule or a query with a misspelt one would find nothing. The
expression's syntax tree is resolved from the root of a record or a list of them; a part whose shape is not known is accepted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from ...module_utils._text import key_for_message, most_similar
from .field_shapes import Leaf, ListOf, Literal, Shape, add_live_fields, leaf_paths, reference_shapes
from .field_values import problem_with
from .fields import ALIASES, BOOLEAN, Field
from .records import SECRET_FIELDS, is_secret_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .field_paths import Path
    from .records import Record

# The shape of a negation.
NEGATION = Leaf(("!",), BOOLEAN)

# Without backticks it is a field that does not exist, and therefore null, as intended.
NULL = "null"


class ExpressionError(Exception):
    """The problem with an expression; ``hint`` is how to correct it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class RecordFields:
    """The fields that an expression can use: those of the reference and of live records, and ``extra`` objects beside them.

    An expression can use the field ``password`` with ``passwords`` only.
    """

    def __init__(self, records: Sequence[Record], extra: Mapping[str, Sequence[str]], passwords: bool = False) -> None:
        self._records = records
        self._root: dict[str, Any] = reference_shapes()
        for name, aliases in ALIASES.items():
            part = self._root[name]
            part.update({alias: part[field] for alias, field in aliases.items()})
        self._passwords = passwords
        self._extra = extra
        self._live_fields_added = False
        self._complete_root()

    def _complete_root(self) -> None:
        if not self._passwords:
            self._root.pop("password", None)
        self._root.update({name: dict.fromkeys(fields) for name, fields in self._extra.items()})

    def check(self, tree: Any, of_list: bool = False) -> None:
        """Check the syntax tree of an expression that is applied to a record, or to a list of records.

        Raises :class:`ExpressionError`.
        """
        self._with_live_fields(lambda: self._resolve(tree, ListOf(self._root) if of_list else self._root))

    def _with_live_fields(self, resolve: Callable[[], Shape]) -> Shape:
        """Return what ``resolve`` returns. Only if the reference lacks a field are those of 10,000 records looked at."""
        if not self._live_fields_added:
            try:
                return resolve()
            except ExpressionError:
                self._live_fields_added = True
                for record in self._records:
                    add_live_fields(self._root, record)
                self._complete_root()
        return resolve()

    def check_value(self, path: str, value: Any) -> None:
        """Check that a connection has the field at a path, and that it can be set to a value. Raises :class:`ExpressionError`."""
        if is_secret_path(path):
            return  # any text; the problem could quote it
        shape = self._with_live_fields(lambda: self._shape_at(path))
        if isinstance(shape, (dict, Literal)) or path.partition(".")[0] in self._extra:
            raise ExpressionError(f"{key_for_message(path)} is not a field that has a value.")
        leaf = shape.field if isinstance(shape, ListOf) else shape
        reference = leaf.field if isinstance(leaf, Leaf) else None
        if reference is None or value is None:
            return
        for each in value if reference.type == "list" and isinstance(value, list) else [value]:
            problem = problem_with(reference, each, element=each is not value)
            if problem and each not in self._live_values(tuple(path.split("."))):
                raise ExpressionError(f"{path}: {problem}")

    def _shape_at(self, path: str) -> Shape:
        shape: Shape = self._root
        for name in path.split("."):
            shape = self._field({"value": name}, shape)
        return shape

    def _resolve(self, node: Mapping[str, Any], scope: Shape) -> Shape:
        """Return the shape of a node's result; ``scope`` is the shape of the data it is applied to.

        A node type has a method with its name and a leading underscore; the children of any other one are checked.
        """
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
                shape: Shape = scope[name]
                return shape
            if name == NULL:
                return Literal(None)
            raise self._unknown(name, scope)
        if scope == NEGATION:
            raise ExpressionError("! takes precedence over the dot.", "Write it as in !(inbound.prack_enabled).")
        if isinstance(scope, Leaf) and scope.field:
            raise ExpressionError(f"the field {'.'.join(scope.path)} has no field {key_for_message(name)} below it.")
        if isinstance(scope, ListOf) and scope.element is self._root:
            raise ExpressionError(
                f"the field {key_for_message(name)} is used on a list: the query is applied to the list of connections.",
                f"Write [0].{name} for the first of them, or [].{name} for each.",
            )
        if isinstance(scope, ListOf):
            raise ExpressionError(f"the field {key_for_message(name)} is used on a list.", "Use [] for its elements.")
        return None

    def _unknown(self, name: str, scope: Mapping[str, Any]) -> ExpressionError:
        message = f"it uses the field {key_for_message(name)}, which no connection has there."
        if name in ("true", "false"):
            return ExpressionError(f"{name} without backticks is a field.", f"Write `{name}`.")
        if name in SECRET_FIELDS and scope is self._root:
            return ExpressionError("it uses the field 'password', which is left out.", "Did you mean password_status?")
        paths = leaf_paths(self._root)
        leaves = {path[-1] for path in paths}
        similar = name if name in leaves else most_similar(name, scope) or most_similar(name, sorted(leaves))
        suggestions = [".".join(path) for path in paths if path[-1] == similar] or list(filter(None, [similar]))
        return ExpressionError(message, f"Did you mean {' or '.join(suggestions)}?" if suggestions else "")

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
        shape = self._resolve(node["children"][0], scope)
        return shape.element if isinstance(shape, ListOf) and isinstance(shape.element, ListOf) else shape

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
        left, right = (self._compared(child, scope) for child in node["children"])
        if isinstance(left, Literal):
            left, right = right, left
        if isinstance(right, Literal):
            leaf = left.field if isinstance(left, ListOf) else left
            if isinstance(leaf, Leaf) and leaf.field:
                self._check_comparison(leaf, leaf.field, node["value"] in ("eq", "ne"), right.value)
        return None

    def _compared(self, node: Mapping[str, Any], scope: Shape) -> Shape:
        """Return the shape of a side of a comparison. Text in double quotes is a field for JMESPath."""
        try:
            return self._resolve(node, scope)
        except ExpressionError as exc:
            if node["type"] != "field" or exc.hint.startswith("Write"):
                raise
            hint = f"{exc.hint} If it is a text, write it in single quotes: '{node['value']}'."
            raise ExpressionError(str(exc), hint.strip()) from None

    def _check_comparison(self, leaf: Leaf, field: Field, equality: bool, value: Any) -> None:
        name = ".".join(leaf.path)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not equality:
            if (field.type, number, isinstance(value, str)) not in (("integer", True, False), ("text", False, True)):
                raise ExpressionError(
                    f"{name}: only numbers with numbers, and texts with texts, can be compared by order."
                )
        elif value is None:
            return
        elif field.type == "list":
            if not isinstance(value, list):
                hint = f"Write it as in contains({name}, 'text')."
                raise ExpressionError(f"{name} is a list, but is compared with another type.", hint)
        elif field.type == "boolean" and not isinstance(value, bool):
            raise ExpressionError(
                f"{name} is true or false, but is compared with another type.", "Write `true` or `false`."
            )
        elif field.type == "integer" and not number and not (isinstance(value, str) and value.isdigit()):
            raise ExpressionError(f"{name} is a number, but is compared with another type.", "Write it as in `10`.")
        elif field.type == "text" and not isinstance(value, str):
            raise ExpressionError(f"{name} is text, but is compared with another type.", "Write it as in 'text'.")
        elif field.type == "text":
            self._check_value(leaf, value)

    def _check_value(self, leaf: Leaf, value: str) -> None:
        """Reject a text that the field cannot have. A value that a live record has is accepted, because the vendor adds values."""
        values = leaf.field.values if leaf.field else ()
        if (
            not value
            or not values
            or value in values
            or (leaf.field and leaf.field.extensible)
            or value in self._live_values(leaf.path)
        ):
            return
        folded = {each.casefold(): each for each in values}
        similar = folded.get(most_similar(value.casefold(), folded), "")
        hint = f"Did you mean {similar}?" if similar else f"It is one of {', '.join(values)}."
        raise ExpressionError(f"{'.'.join(leaf.path)} is compared with a value that it never has.", hint)

    def _live_values(self, path: Path) -> Iterator[Any]:
        """Yield the values that live records have in a field, or in the elements of its list."""
        for record in self._records:
            value: Any = record
            for name in path:
                value = value.get(name) if isinstance(value, dict) else None
            yield from value if isinstance(value, list) else [value]
