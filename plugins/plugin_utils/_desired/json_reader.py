# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired connections in JSON, read strictly."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.fields import REFERENCE, TEXT, Field
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import key_for_message
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import Refused
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plain_types import require_finite

_SPACE = re.compile(r"[ \t\r\n]*")


class _Unusable(ValueError):
    """What is wrong with a value, whose place the decoder does not tell."""


def json_records(text: str) -> list[tuple[Any, int]]:
    """The records of a JSON text, each with its line. Raises :class:`Refused`."""
    return _Reader(text).records()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._line, self._counted = 1, 0
        self._decoder = json.JSONDecoder(object_pairs_hook=_once, parse_float=_number, parse_constant=_number)

    def records(self) -> list[tuple[Any, int]]:
        self._skip()
        if self._place == len(self._text):
            raise Refused("it is empty; a list without connections is []", 1)
        if not self._take("["):
            found = [self._value()]
        else:
            found = []
            while found or not self._sees("]"):
                found.append(self._value())
                if not self._take(","):
                    break
            if not self._take("]"):
                raise self._invalid()
        if self._place < len(self._text):
            raise self._invalid()
        return found

    def _skip(self) -> None:
        self._place = _SPACE.match(self._text, self._place).end()  # type: ignore[union-attr]

    def _sees(self, mark: str) -> bool:
        return self._text.startswith(mark, self._place)

    def _take(self, mark: str) -> bool:
        seen = self._sees(mark)
        if seen:
            self._place += 1
            self._skip()
        return seen

    def _value(self) -> tuple[Any, int]:
        line = self._line_of(self._place)
        try:
            value, self._place = self._decoder.raw_decode(self._text, self._place)
        except _Unusable as exc:
            raise Refused(str(exc), line) from None
        except json.JSONDecodeError as exc:
            self._place = exc.pos
            raise self._invalid() from None
        except (ValueError, RecursionError):
            raise Refused("it holds a value that cannot be read", line) from None
        self._skip()
        return _with_texts(value, REFERENCE), line

    def _line_of(self, place: int) -> int:
        self._line += self._text.count("\n", self._counted, place)
        self._counted = place
        return self._line

    def _invalid(self) -> Refused:
        return Refused("it is no valid JSON", self._line_of(self._place))


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _value in pairs]
        raise _Unusable(f"the key {key_for_message(next(key for key in keys if keys.count(key) > 1))} is given twice")
    return found


class _Number(float):
    """A number with the text of its source."""

    written: str


def _number(text: str) -> _Number:
    try:
        number = _Number(require_finite(float(text)))
    except ValueError:
        raise _Unusable("a number is none that JSON has") from None
    number.written = text
    return number


def _with_texts(value: Any, reference: Any) -> Any:
    """The value with numbers and booleans of text fields as they are written, and all other numbers as plain ones."""
    if isinstance(value, dict):
        below = reference if isinstance(reference, dict) else {}
        return {key: _with_texts(each, below.get(key)) for key, each in value.items()}
    if isinstance(value, list):
        element = TEXT if isinstance(reference, Field) and reference.type == "list" else None
        return [_with_texts(each, element) for each in value]
    if isinstance(reference, Field) and reference.type == "text" and isinstance(value, (bool, int, float)):
        return value.written if isinstance(value, _Number) else json.dumps(value)
    return float(value) if isinstance(value, _Number) else value
