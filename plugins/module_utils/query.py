# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JMESPath over plain records."""

from __future__ import annotations

import sys
from typing import Any, Set

from .errors import MissingLibraryError, QueryError, one_line


class Query:
    """A JMESPath expression, ready to be applied again and again (https://jmespath.org/specification.html).

    Making one raises :class:`QueryError`, which shows the place of a mistake, and :class:`MissingLibraryError`.
    """

    def __init__(self, expression: str) -> None:
        try:
            import jmespath
            from jmespath import exceptions
        except ImportError as exc:
            raise MissingLibraryError("jmespath", sys.executable) from exc
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

    @property
    def fields(self) -> Set[str]:
        """The names of fields that the expression asks for, at any depth, less those that it makes itself."""
        asked: Set[str] = set()
        made: Set[str] = set()

        def collect(node: Any) -> None:
            if node["type"] in ("field", "key_val_pair"):
                (asked if node["type"] == "field" else made).add(node["value"])
            elif node["type"] == "literal":
                made.update(_keys(node["value"]))
            for child in node["children"]:
                if isinstance(child, dict):
                    collect(child)

        collect(self._compiled.parsed)
        return asked - made

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


def _keys(value: Any) -> Set[str]:
    """The keys of a JSON value, at any depth."""
    if isinstance(value, dict):
        return set(value).union(*map(_keys, value.values()))
    return set().union(*map(_keys, value)) if isinstance(value, list) else set()


def search(expression: str, data: Any) -> Any:
    """Return what the expression selects from the data; raises what :class:`Query` does."""
    return Query(expression)(data)


def _message(expression: str, reason: str, position: "int | None" = None) -> str:
    if position is None:
        return f"The query {expression!r} failed: {reason}."
    # A caret would need a line of its own, and Ansible folds lines.
    before, after = expression[:position], expression[position:]
    return f"The query failed at character {position + 1}, marked by ▸, in {before + '▸' + after!r}: {reason}."
