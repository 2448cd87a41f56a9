# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a desired value, which was read from YAML, and a live one, which was read from JSON, mean the same."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Callable

from .._records.records import SECRET_FIELDS, password_status

if TYPE_CHECKING:
    from .._records.field_paths import Path

# Unset is null or "" in API responses for these fields, and for every field that ends in _url (see fields_equal).
BLANK_IS_NULL = (("outbound", "ani_override"), ("outbound", "localization"))

# The order of these lists has no meaning.
UNORDERED = (("tags",),)

# YAML reads an unquoted +15125550100 as a number, without the sign.
PHONE_NUMBERS = (("outbound", "ani_override"),)

# From here on, not every whole number is a float, so that a float does not say which id was meant.
EXACT_MAX = 2**53

# Words that YAML 1.1 reads as booleans, and the fields in which they are accepted: an unquoted NO, for Norway, is false.
YAML_BOOLEANS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
YAML_BOOLEAN_FIELDS = (("outbound", "localization"), ("tags",))


def passwords_equal(desired: Any, live: Any) -> bool | None:
    """Return whether two passwords are equal, or ``None`` where the API does not return the one to compare with."""
    statuses = (password_status({"password": desired}), password_status({"password": live}))
    if "masked" in statuses or statuses == ("available", "absent"):
        return None
    if isinstance(desired, str) and isinstance(live, str):
        return desired == live  # not normalized: different bytes are different passwords
    return statuses == ("absent", "absent") or equal(desired, live)


def fields_equal(path: Path, desired: Any, live: Any) -> bool:
    """Return whether two values of the field at ``path`` mean the same, by :func:`equal` and the exceptions for the field."""
    if desired is None or live is None:
        return _is_blank_at(path, desired) and _is_blank_at(path, live)
    compare = _equal_or_yaml_boolean if path in YAML_BOOLEAN_FIELDS else equal
    if path in UNORDERED and isinstance(desired, list) and isinstance(live, list):
        return _equal_unordered(desired, live, compare)
    if path in PHONE_NUMBERS and isinstance(live, str) and live.startswith("+"):
        desired = f"+{desired}" if isinstance(desired, int) and not isinstance(desired, bool) else desired
    return compare(desired, live)


def _is_blank_at(path: Path, value: Any) -> bool:
    """Return whether the value of the field at ``path`` means the same as null."""
    if isinstance(value, dict):
        return all(_is_blank_at((*path, key), each) for key, each in value.items())
    return _is_blank(value) or (value == "" and (path[-1].endswith("_url") or path in BLANK_IS_NULL))


def _equal_unordered(desired: list[Any], live: list[Any], compare: Callable[[Any, Any], bool]) -> bool:
    """Return whether two lists have equal elements in any order, each element paired with another one.

    A float may be equal to two texts (``1.0`` to ``1`` and ``1.0``), so it is paired last.
    """
    if len(desired) != len(live):
        return False
    left, right = _without_common_texts(desired, live)
    for value in sorted(left, key=lambda each: isinstance(each, float)):
        place = next((place for place, other in enumerate(right) if compare(value, other)), None)
        if place is None:
            return False
        del right[place]
    return True


def _without_common_texts(desired: list[Any], live: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return two lists without the texts that both have, which are equal to the same elements as each other."""
    left, right = [], list(live)
    for value in desired:
        if isinstance(value, str) and value in right:
            right.remove(value)
        else:
            left.append(value)
    return left, right


def _equal_or_yaml_boolean(desired: Any, live: Any) -> bool:
    """Return whether two values are equal, or the desired one is the boolean that YAML 1.1 makes of the live word."""
    is_word = isinstance(desired, bool) and isinstance(live, str) and YAML_BOOLEANS.get(live.lower()) is desired
    return is_word or equal(desired, live)


def equal(desired: Any, live: Any) -> bool:
    """Return whether two values mean the same.

    Null is equal to an empty list and to an object with only such values; a number to the same number as text; text to
    text with the same Unicode normalization form (NFC). Booleans are equal to themselves only.
    """
    if desired is None or live is None:
        return _is_blank(desired) and _is_blank(live)
    if isinstance(desired, bool) or isinstance(live, bool):
        return desired is live
    if isinstance(desired, (int, float)) and isinstance(live, str):
        return _reads_as_number(live, desired)
    if isinstance(live, (int, float)) and isinstance(desired, str):
        return _reads_as_number(desired, live)
    if isinstance(desired, str) and isinstance(live, str):
        return desired == live or normalized(desired) == normalized(live)
    if isinstance(desired, list) and isinstance(live, list):
        return len(desired) == len(live) and all(map(equal, desired, live))
    if isinstance(desired, dict) and isinstance(live, dict):
        return all(
            passwords_equal(desired.get(key), live.get(key)) is not False
            if key in SECRET_FIELDS
            else equal(desired.get(key), live.get(key))
            for key in {**desired, **live}
        )
    return bool(desired == live)


def normalized(text: str) -> str:
    """Return text in Unicode normalization form C: macOS may decompose the characters of a name."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _is_blank(value: Any) -> bool:
    """Return whether a value is null, an empty list, or an object in which every value is blank."""
    return all(map(_is_blank, value.values())) if isinstance(value, dict) else value is None or value == []


def _reads_as_number(text: str, number: int | float) -> bool:
    """Return whether YAML reads the text, without quotes, as the number: it reads ``2.10`` as ``2.1``."""
    if isinstance(number, int):
        return str(number) == text
    return abs(number) < EXACT_MAX and bool(_DECIMAL.fullmatch(text)) and float(text) == number


_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
