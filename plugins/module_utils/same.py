# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When two values of a field mean the same, of which one came by YAML and the other by JSON."""

from __future__ import annotations

from typing import Any, Callable, List, Optional

from .fields import BLANK_IS_NULL, MAY_BE_WORDS, PHONE_NUMBERS, UNORDERED, YAML_WORDS
from .paths import Path
from .records import SECRET_FIELDS, password_status


def same_password(wanted: Any, found: Any) -> Optional[bool]:
    """Whether two passwords are the same, or ``None`` where one is desired and the API does not tell the live one."""
    desired, live = password_status({"password": wanted}), password_status({"password": found})
    if "masked" in (desired, live) or (desired, live) == ("available", "absent"):
        return None
    return desired == live == "absent" or same(wanted, found)


def same_field(path: Path, wanted: Any, found: Any) -> bool:
    """Whether the field of this path has the same value on both sides, by what is peculiar about it."""
    if path[-1].endswith("_url") or path in BLANK_IS_NULL:
        wanted, found = (None if each == "" else each for each in (wanted, found))
    alike = _same_or_word if path in MAY_BE_WORDS else same
    if path in UNORDERED and isinstance(wanted, list) and isinstance(found, list):
        return _same_bag(wanted, found, alike)
    if path in PHONE_NUMBERS and isinstance(found, str) and found.startswith("+"):
        wanted = f"+{wanted}" if isinstance(wanted, int) and not isinstance(wanted, bool) else wanted
    return alike(wanted, found)


def _same_bag(wanted: List[Any], found: List[Any], alike: Callable[[Any, Any], bool]) -> bool:
    """Whether two lists hold the same in any order. What is no text comes first: it has fewer to choose from."""
    left = list(found)
    for value in sorted(wanted, key=lambda each: isinstance(each, str)):
        place = next((place for place, each in enumerate(left) if alike(value, each)), None)
        if place is None:
            return False
        del left[place]
    return not left


def _same_or_word(wanted: Any, found: Any) -> bool:
    word = isinstance(wanted, bool) and isinstance(found, str) and YAML_WORDS.get(found.lower()) is wanted
    return word or same(wanted, found)


def same(wanted: Any, found: Any) -> bool:
    """Whether two values mean the same, of which one came by YAML and one by JSON."""
    if wanted is None or found is None:
        return _is_blank(wanted) and _is_blank(found)
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, (int, float)) and isinstance(found, str):
        return _number_reads(wanted, found)
    if isinstance(found, (int, float)) and isinstance(wanted, str):
        return _number_reads(found, wanted)
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(same, wanted, found))
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(
            same_password(wanted.get(key), found.get(key)) is not False
            if key in SECRET_FIELDS
            else same(wanted.get(key), found.get(key))
            for key in {**wanted, **found}
        )
    return bool(wanted == found)


def _is_blank(value: Any) -> bool:
    """Whether a value says nothing: null, or an object with nothing but that in it."""
    return all(map(_is_blank, value.values())) if isinstance(value, dict) else value is None


def _number_reads(number: "int | float", text: str) -> bool:
    """Whether the text is what the number was before someone took its quotes away."""
    return str(number) == text or (isinstance(number, float) and number.is_integer() and str(int(number)) == text)
