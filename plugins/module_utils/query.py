# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JMESPath over plain records."""

from __future__ import annotations

import sys
from typing import Any

from .errors import MissingLibraryError, QueryError, one_line


def search(expression: str, data: Any) -> Any:
    """Return what the JMESPath expression selects from the data (https://jmespath.org/specification.html).

    Raises :class:`QueryError`, which shows the place of a mistake but no value from the data, for that may be a
    password, and :class:`MissingLibraryError`.
    """
    try:
        import jmespath
        from jmespath import exceptions
    except ImportError as exc:
        raise MissingLibraryError("jmespath", sys.executable) from exc

    try:
        # Only the exact type str, not Ansible's subclasses of it, makes jmespath's own type checks work.
        return jmespath.compile(str(expression)).search(data)
    except exceptions.JMESPathTypeError as exc:
        wanted = " or ".join(exc.expected_types)
        reason = f"{exc.function_name}() takes {wanted}, but was given a value of type {exc.actual_type}"
        raise QueryError(
            _message(expression, reason), "Filter such values out first, as in [?field != null]."
        ) from None
    except exceptions.ArityError as exc:
        reason = f"{exc.function_name}() takes {exc.expected_arity} arguments, but was given {exc.actual_arity}"
        raise QueryError(_message(expression, reason)) from None
    except exceptions.LexerError as exc:
        raise QueryError(_message(expression, one_line(exc.message), exc.lexer_position)) from None
    except exceptions.ParseError as exc:
        where = exc.lex_position
        ended = exc.token_value is None
        reason = "the expression ends too early" if ended else f"unexpected {one_line(exc.token_value)!r}"
        raise QueryError(_message(expression, reason, where)) from None
    except (exceptions.JMESPathError, RecursionError, ValueError, TypeError, KeyError) as exc:
        reason = one_line(exc) if isinstance(exc, exceptions.UnknownFunctionError) else type(exc).__name__
        raise QueryError(_message(expression, reason)) from None


def _message(expression: str, reason: str, position: "int | None" = None) -> str:
    if position is None:
        return f"The query {expression!r} failed: {reason}."
    # A caret would need a line of its own, and Ansible folds lines.
    before, after = expression[:position], expression[position:]
    return f"The query failed at character {position + 1}, marked by ▸, in {before + '▸' + after!r}: {reason}."
