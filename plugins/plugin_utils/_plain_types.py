# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's values as the plain types that JSON has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError

BEYOND_NUMBERS = 1e308


def finite(number: int | float) -> int | float:
    """The number, or :class:`ValueError` for one that JSON does not have."""
    if not abs(number) < BEYOND_NUMBERS:  # NaN is not less either
        raise ValueError
    return number


def plain(value: Any) -> Any:
    """A value of Ansible's as JSON's own types: vaulted text in the clear, tags gone, dates as text.

    Raises :class:`OptionError` for a number that JSON does not have.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(each) for each in value]
    for exact in (int, float):
        if isinstance(value, exact):
            try:
                return finite(exact(value))
            except ValueError:
                raise OptionError("options", "hold a number that JSON does not have.") from None
    return str(value)
