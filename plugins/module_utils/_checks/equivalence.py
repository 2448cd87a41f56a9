# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When two values of a field mean the same, of which one came by YAML and the other by JSON."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Callable

from .._connections.fields import BLANK_IS_NULL, YAML_BOOLEAN_FIELDS, PHONE_NUMBERS, UNORDERED, YAML_BOOLEANS
from .._connections.records import SECRET_FIELDS, password_status

if TYPE_CHECKING:
    from .field_paths import Path


def passwords_equal(wanted: Any, found: Any) -> bool | None:
    """Whether two passwords are the same, or ``None`` where one is desired and the API does not tell the live one."""
    desired, live = password_status({"password": wanted}), password_status({"password": found})
    if "masked" in (desired, live) or (desired, live) == ("available", "absent"):
        return None
    if isinstance(wanted, str) and isinstance(found, str):
        return wanted == found  # a password has no other spelling
    return desired == live == "absent" or same(wanted, found)


def fields_equal(path: Path, wanted: Any, found: Any) -> bool:
    """Whether the field of this path has the same value on both sides, by what is peculiar about it."""
    if path[-1].endswith("_url") or path in BLANK_IS_NULL:
        wanted, found = (None if each == "" else each for each in (wanted, found))
    alike = _equal_or_yaml_boolean if path in YAML_BOOLEAN_FIELDS else same
    if path in UNORDERED and isinstance(wanted, list) and isinstance(found, list):
        return _equal_unordered(wanted, found, alike)
    if path in PHONE_NUMBERS and isinstance(found, str) and found.startswith("+"):
        wanted = f"+{wanted}" if isinstance(wanted, int) and not isinstance(wanted, bool) else wanted
    return alike(wanted, found)


def _equal_unordered(wanted: list[Any], found: list[Any], alike: Callable[[Any, Any], bool]) -> bool:
    """Whether two lists hold the same in any order, with each element of one alike to another element of the other.

    One element may be alike to several, as ``true`` is to ``yes`` and ``on``, so those that are not the same text are
    paired by augmenting paths (a maximum matching in a bipartite graph), not one after the other.
    """
    if len(wanted) != len(found):
        return False
    left, right = _without_common_texts(wanted, found)
    partner: list[int | None] = [None] * len(right)

    def pair(place: int, tried: set[int]) -> bool:
        candidates = [other for other, value in enumerate(right) if other not in tried and alike(left[place], value)]
        for other in sorted(candidates, key=lambda each: partner[each] is not None):  # the free ones first
            if other in tried:
                continue
            tried.add(other)
            taken_by = partner[other]
            if taken_by is None or pair(taken_by, tried):
                partner[other] = place
                return True
        return False

    return all(pair(place, set()) for place in range(len(left)))


def _without_common_texts(wanted: list[Any], found: list[Any]) -> tuple[list[Any], list[Any]]:
    """Two lists without the texts that both have. What one of these is alike to, the other is too, so none is missed."""
    left, right = [], list(found)
    for value in wanted:
        if isinstance(value, str) and value in right:
            right.remove(value)
        else:
            left.append(value)
    return left, right


def _equal_or_yaml_boolean(wanted: Any, found: Any) -> bool:
    word = isinstance(wanted, bool) and isinstance(found, str) and YAML_BOOLEANS.get(found.lower()) is wanted
    return word or same(wanted, found)


def same(wanted: Any, found: Any) -> bool:
    """Whether two values mean the same, of which one came by YAML and one by JSON."""
    if wanted is None or found is None:
        return is_blank(wanted) and is_blank(found)
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, (int, float)) and isinstance(found, str):
        return _number_reads(wanted, found)
    if isinstance(found, (int, float)) and isinstance(wanted, str):
        return _number_reads(found, wanted)
    if isinstance(wanted, str) and isinstance(found, str):
        return wanted == found or normalized(wanted) == normalized(found)
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(same, wanted, found))
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(
            passwords_equal(wanted.get(key), found.get(key)) is not False
            if key in SECRET_FIELDS
            else same(wanted.get(key), found.get(key))
            for key in {**wanted, **found}
        )
    return bool(wanted == found)


def normalized(text: str) -> str:
    """Text in one of the ways in which Unicode can write it (NFC): a name typed on a Mac is the same name."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_blank(value: Any) -> bool:
    """Whether a value says nothing: null, an empty list, or an object with nothing but that in it."""
    return all(map(is_blank, value.values())) if isinstance(value, dict) else value is None or value == []


def _number_reads(number: int | float, text: str) -> bool:
    """Whether the text is what the number was before someone took its quotes away: ``2.1`` may have been ``2.10``."""
    if isinstance(number, int):
        return str(number) == text
    return bool(_DECIMAL.fullmatch(text)) and float(text) == number


_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
