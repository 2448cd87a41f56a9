# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JMESPath over plain records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...module_utils._errors import MissingLibraryError, QueryError
from ...module_utils._text import most_similar, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .records import Record


class Query:
    """A compiled JMESPath expression (https://jmespath.org/specification.html): ``Query(expression)(data)``.

    The constructor raises :class:`QueryError`, which shows the position of the mistake, and :class:`MissingLibraryError`.
    """

    def __init__(self, expression: str) -> None:
        try:
            import jmespath
            from jmespath import exceptions
        except ImportError as exc:
            raise MissingLibraryError("jmespath") from exc
        # jmespath's own type checks need the exact type str, not a subclass of Ansible's.
        self.expression = str(expression)
        self._exceptions = exceptions
        try:
            self._compiled = jmespath.compile(self.expression)
        except exceptions.LexerError as exc:
            hint = "Compare with == or !=." if exc.lexer_value == "=" else ""
            raise QueryError(_message(expression, one_line(exc.message), exc.lexer_position), hint) from None
        except exceptions.ParseError as exc:
            ended = exc.token_value is None
            reason = "the expression ends too early" if ended else f"unexpected {one_line(exc.token_value)!r}"
            number = isinstance(exc.token_value, (int, float))
            hint = f"Write a number in backticks, as in `{exc.token_value}`." if number else ""
            raise QueryError(_message(expression, reason, exc.lex_position), hint) from None
        except (exceptions.JMESPathError, RecursionError, ValueError) as exc:
            raise QueryError(_message(expression, type(exc).__name__)) from None

        for node in _nodes(self.tree):
            if node["type"] == "function_expression":
                _check_function(node, self.expression)

    @property
    def tree(self) -> Any:
        """The syntax tree of the expression: jmespath's own, of dicts with ``type``, ``value`` and ``children``."""
        return self._compiled.parsed

    def __call__(self, data: Any) -> Any:
        """Return what the expression selects from the data.

        Raises :class:`QueryError`, which quotes no value from the data, because it may be a password.
        """
        exceptions, expression = self._exceptions, self.expression
        try:
            return self._compiled.search(data)
        except exceptions.JMESPathTypeError as exc:
            expected = " or ".join(exc.expected_types)
            reason = f"{exc.function_name}() takes {expected}, but was given a value of type {exc.actual_type}"
            hint = "Filter such values out first, as in [?field != null]."
            raise QueryError(_message(expression, reason), hint) from None
        except exceptions.ArityError as exc:
            reason = f"{exc.function_name}() takes {exc.expected_arity} arguments, but was given {exc.actual_arity}"
            raise QueryError(_message(expression, reason)) from None
        except (exceptions.JMESPathError, RecursionError, ArithmeticError, ValueError, TypeError, KeyError) as exc:
            reason = one_line(exc) if isinstance(exc, exceptions.UnknownFunctionError) else type(exc).__name__
            raise QueryError(_message(expression, reason)) from None


def _nodes(node: Any) -> Iterator[Any]:
    """Yield a node of a syntax tree, and all nodes below it."""
    yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _nodes(child)


def _check_function(node: Any, expression: str) -> None:
    """Raise :class:`QueryError` for an unknown function, and for a wrong number of arguments.

    jmespath itself checks these only when the function is called, which may never happen.
    """
    from jmespath import functions

    name, count = node["value"], len(node["children"])
    table = functions.Functions.FUNCTION_TABLE
    if name not in table:
        similar = most_similar(name, table)
        hint = f"Did you mean {similar}()?" if similar else ""
        raise QueryError(_message(expression, f"there is no function {one_line(name, 60)}()"), hint)
    signature = table[name]["signature"]
    variadic = bool(signature) and bool(signature[-1].get("variadic"))
    if count < len(signature) or (count > len(signature) and not variadic):
        expected = f"{len(signature)}{' or more' if variadic else ''}"
        raise QueryError(_message(expression, f"{name}() takes {expected} arguments, but was given {count}"))


def search(expression: str, records: Sequence[Record], passwords: bool = False) -> Any:
    """Return what the expression selects from a list of records; raises what :class:`Query` does.

    A field that neither the reference nor any of the records has is a :class:`QueryError`, too. ``passwords``: the records may
    have passwords.
    """
    from .rule_fields import ExpressionError, RecordFields

    query = Query(expression)
    try:
        RecordFields(records, {}, passwords).check(query.tree, of_list=True)
    except ExpressionError as exc:
        raise QueryError(_message(query.expression, str(exc).rstrip(".")), exc.hint) from None
    return query(records)


def _message(expression: str, reason: str, position: int | None = None) -> str:
    if position is None:
        return f"The query {expression!r} failed: {reason}."
    # Marked within the line: Ansible folds lines, so a caret on the next line would not stay below its character.
    before, after = expression[:position], expression[position:]
    return f"The query failed at character {position + 1}, marked by ▸, in {before + '▸' + after!r}: {reason}."
