# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JMESPath over plain records."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from typing import Any

from .._errors import MissingLibraryError, QueryError
from .._text import one_line


class Query:
    """A JMESPath expression, ready to be applied again and again (https://jmespath.org/specification.html).

    Making one raises :class:`QueryError`, which shows the place of a mistake, and :class:`MissingLibraryError`.
    """

    def __init__(self, expression: str) -> None:
        try:
            import jmespath
            from jmespath import exceptions
        except ImportError as exc:
            raise MissingLibraryError.of_library("jmespath", sys.executable) from exc
        # Only the exact type str, not Ansible's subclasses of it, makes jmespath's own type checks work.
        self.expression = str(expression)
        self._exceptions = exceptions
        try:
            self._compiled = jmespath.compile(self.expression)
        except exceptions.LexerError as exc:
            raise QueryError(_message(expression, one_line(exc.message), exc.lexer_position)) from None
        except exceptions.ParseError as exc:
            ended = exc.token_value is None
            reason = "the expression ends too early" if ended else f"unexpected {one_line(exc.token_value)!r}"
            raise QueryError(_message(expression, reason, exc.lex_position)) from None
        except (exceptions.JMESPathError, RecursionError, ValueError) as exc:
            raise QueryError(_message(expression, type(exc).__name__)) from None

        for node in _nodes(self.tree):
            if node["type"] == "function_expression":
                _check_function(node, self.expression)

    @property
    def tree(self) -> Any:
        """The syntax tree of the expression, as jmespath has it."""
        return self._compiled.parsed

    def __call__(self, data: Any) -> Any:
        """Return what the expression selects from the data.

        Raises :class:`QueryError`, which shows no value from the data, for that may be a password.
        """
        exceptions, expression = self._exceptions, self.expression
        try:
            return self._compiled.search(data)
        except exceptions.JMESPathTypeError as exc:
            wanted = " or ".join(exc.expected_types)
            reason = f"{exc.function_name}() takes {wanted}, but was given a value of type {exc.actual_type}"
            hint = "Filter such values out first, as in [?field != null]."
            raise QueryError(_message(expression, reason), hint) from None
        except exceptions.ArityError as exc:
            reason = f"{exc.function_name}() takes {exc.expected_arity} arguments, but was given {exc.actual_arity}"
            raise QueryError(_message(expression, reason)) from None
        except (exceptions.JMESPathError, RecursionError, ArithmeticError, ValueError, TypeError, KeyError) as exc:
            reason = one_line(exc) if isinstance(exc, exceptions.UnknownFunctionError) else type(exc).__name__
            raise QueryError(_message(expression, reason)) from None


def _nodes(node: Any) -> Iterator[Any]:
    """A node of a syntax tree, and all nodes below it."""
    yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _nodes(child)


def _check_function(node: Any, expression: str) -> None:
    """Raise :class:`QueryError` for a function that JMESPath does not have, and for a wrong number of arguments.

    jmespath itself finds these out where the function is called, which may be never.
    """
    from jmespath import functions

    name, given = node["value"], len(node["children"])
    known = functions.Functions.FUNCTION_TABLE
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"Did you mean {near[0]}()?" if near else ""
        raise QueryError(_message(expression, f"there is no function {one_line(name, 60)}()"), hint)
    signature = known[name]["signature"]
    variadic = bool(signature) and bool(signature[-1].get("variadic"))
    if given < len(signature) or (given > len(signature) and not variadic):
        wanted = f"{len(signature)}{' or more' if variadic else ''}"
        raise QueryError(_message(expression, f"{name}() takes {wanted} arguments, but was given {given}"))


def search(expression: str, data: Any) -> Any:
    """Return what the expression selects from the data; raises what :class:`Query` does."""
    return Query(expression)(data)


def _message(expression: str, reason: str, position: int | None = None) -> str:
    if position is None:
        return f"The query {expression!r} failed: {reason}."
    # A caret would need a line of its own, and Ansible folds lines.
    before, after = expression[:position], expression[position:]
    return f"The query failed at character {position + 1}, marked by ▸, in {before + '▸' + after!r}: {reason}."
