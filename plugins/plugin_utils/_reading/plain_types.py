# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's values as the plain types that JSON has."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeVar

from ...module_utils._errors import OptionError

Number = TypeVar("Number", int, float)


def require_finite(number: Number) -> Number:
    """Return the number. Raises :class:`ValueError` for infinity, NaN, and an integer that no float can hold."""
    try:
        finite = math.isfinite(number)
    except OverflowError:  # an integer beyond 1.8e308: JSON parsers in other languages read numbers as floats
        finite = False
    if not finite:
        raise ValueError("the number is not finite")
    return number


def to_plain(value: object) -> Any:
    """Return a value of Ansible's as JSON's own types: vaulted text decrypted, tags removed, dates as text.

    Raises :class:`OptionError` for a number that JSON does not have.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): to_plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [to_plain(each) for each in value]
    try:
        if isinstance(value, int):
            return require_finite(int(value))
        if isinstance(value, float):
            return require_finite(float(value))
    except ValueError:
        raise OptionError("options", "hold a number that is not valid in JSON.") from None
    # The text of a vaulted value before ansible-core 2.19, then without the class that marks text as unsafe.
    return str.__str__(str(value))
