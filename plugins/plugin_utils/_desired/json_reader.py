# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read desired connections from JSON, strictly."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ...module_utils._text import key_for_message
from .._reading.plain_types import require_finite
from .._records.fields import BOOLEAN, REFERENCE, TEXT, Field
from .defaults import (
    CONNECTIONS,
    DEFAULTS,
    FileContent,
    check_layout_keys,
    checked_connections,
    checked_defaults,
    has_layout_keys,
)
from .errors import InvalidValueError, ParseError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPACE = re.compile(r"[ \t\r\n]*")


def json_records(text: str) -> FileContent:
    """Return the records and the defaults of a JSON text, with their lines. Raises :class:`ParseError`."""
    return _Reader(text).content()


class _Reader:
    """Reads the top level and the list of records itself, as :mod:`json` does not give the lines of elements."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._line, self._line_position = 1, 0  # the line of a position, see _line_of
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_reject_duplicate_keys,
            parse_float=_parse_number,
            parse_int=_parse_integer,
            parse_constant=_parse_number,
        )

    def content(self) -> FileContent:
        self._skip_space()
        if self._position == len(self._text):
            raise ParseError("it is empty; a list without connections is []", 1)
        if self._is_next("["):
            found = FileContent(self._list())
        elif self._is_next("{"):
            found = self._object()
        else:
            found = FileContent([self._record()])
        if self._position < len(self._text):
            raise self._invalid()
        return found

    def _list(self) -> list[tuple[Any, int]]:
        self._accept("[")
        found: list[tuple[Any, int]] = []
        while found or not self._is_next("]"):
            found.append(self._record())
            if not self._accept(","):
                break
        if not self._accept("]"):
            raise self._invalid()
        return found

    def _object(self) -> FileContent:
        """Read one record, or an object with defaults and records."""
        line = self._line_of(self._position)
        self._accept("{")
        keys: list[tuple[str, int]] = []
        values: list[tuple[Any, int]] = []
        while keys or not self._is_next("}"):
            if not self._is_next('"'):
                raise self._invalid()
            keys.append(self._value())
            if not self._accept(":"):
                raise self._invalid()
            is_list = keys[-1][0] == CONNECTIONS and self._is_next("[")
            values.append((self._list(), 0) if is_list else self._value())
            if not self._accept(","):
                break
        if not self._accept("}"):
            raise self._invalid()
        names = [key for key, _line in keys]
        if has_layout_keys(names):
            check_layout_keys(keys)
            return _with_defaults(dict(zip(names, values)))
        try:
            record = _reject_duplicate_keys([(name, value) for name, (value, _line) in zip(names, values)])
        except InvalidValueError as exc:
            raise ParseError(str(exc), line) from None
        return FileContent([(_keep_source_text(record, REFERENCE), line)])

    def _skip_space(self) -> None:
        self._position = _SPACE.match(self._text, self._position).end()  # type: ignore[union-attr]

    def _is_next(self, mark: str) -> bool:
        return self._text.startswith(mark, self._position)

    def _accept(self, mark: str) -> bool:
        """Skip a mark and the space after it, if it is next; return whether it was."""
        accepted = self._is_next(mark)
        if accepted:
            self._position += 1
            self._skip_space()
        return accepted

    def _record(self) -> tuple[Any, int]:
        value, line = self._value()
        return _keep_source_text(value, REFERENCE), line

    def _value(self) -> tuple[Any, int]:
        """Return the value that is next, and its line."""
        line = self._line_of(self._position)
        try:
            value, self._position = self._decoder.raw_decode(self._text, self._position)
        except InvalidValueError as exc:
            raise ParseError(str(exc), line) from None
        except json.JSONDecodeError as exc:
            self._position = exc.pos
            raise self._invalid() from None
        except (ValueError, RecursionError):
            raise ParseError("it holds a value that cannot be read", line) from None
        self._skip_space()
        return value, line

    def _line_of(self, position: int) -> int:
        """Return the line of a position. Positions must not decrease: each line break is counted once."""
        self._line += self._text.count("\n", self._line_position, position)
        self._line_position = position
        return self._line

    def _invalid(self) -> ParseError:
        return ParseError("it is not valid JSON", self._line_of(self._position))


def _with_defaults(values: dict[str, tuple[Any, int]]) -> FileContent:
    """Return the content of a file with defaults. Raises :class:`ParseError`."""
    records = checked_connections(*values[CONNECTIONS])
    if DEFAULTS not in values:
        return FileContent(records)
    value, line = values[DEFAULTS]
    return FileContent(records, (checked_defaults(_keep_source_text(value, REFERENCE), line), line))


def _reject_duplicate_keys(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _value in pairs]
        duplicate = next(key for key in keys if keys.count(key) > 1)
        raise InvalidValueError(f"the key {key_for_message(duplicate)} is given twice")
    return found


class _Number(float):
    """A number with the text of its source."""

    source: str


def _parse_number(text: str) -> _Number:
    try:
        number = _Number(require_finite(float(text)))
    except ValueError:
        raise InvalidValueError("a number is not valid in JSON") from None
    number.source = text
    return number


def _parse_integer(text: str) -> int:
    try:
        return require_finite(int(text))
    except ValueError:
        raise InvalidValueError("a number is not valid in JSON") from None


def _keep_source_text(value: Any, reference: Any) -> Any:
    """Return the value with numbers and booleans of text fields as their source text, and other numbers as plain floats.

    Objects and lists are changed in place: nearly all values stay, and copies of all take twice the time.
    """
    if isinstance(value, dict):
        below = reference if isinstance(reference, dict) else {}
        for key, each in value.items():
            if not (each is None or isinstance(each, str) or (isinstance(each, bool) and below.get(key) is BOOLEAN)):
                value[key] = _keep_source_text(each, below.get(key))
        return value
    if isinstance(value, list):
        element = TEXT if isinstance(reference, Field) and reference.type == "list" else None
        value[:] = [each if isinstance(each, str) else _keep_source_text(each, element) for each in value]
        return value
    if isinstance(reference, Field) and reference.type == "text" and isinstance(value, (bool, int, float)):
        return value.source if isinstance(value, _Number) else json.dumps(value)
    return float(value) if isinstance(value, _Number) else value
