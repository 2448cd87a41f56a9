# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a field of a connection can have a value, by what the API's reference says of the field."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any

from .fields import OTHER_NAMES, Field


def problem_with(reference: Field, value: Any, may_be_word: bool = False, element: bool = False) -> str:
    """What is wrong with a desired value of a field, or of an ``element`` of its list; nothing: an empty string.

    ``may_be_word``: a boolean may be a word without its quotes. The value is not quoted: it may be a misplaced password.
    """
    if reference.type == "boolean":
        return "" if isinstance(value, bool) else "it must be true or false, without quotes."
    if reference.type == "integer":
        return _problem_with_number(reference, value)
    if reference.type == "list" and not element:
        return "it must be a list."
    if isinstance(value, bool) and not reference.values and not may_be_word:
        return "it must be text, in quotes."
    return _problem_with_text(reference, value)


def _problem_with_number(reference: Field, value: Any) -> str:
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    # As text, as older answers of the API have it; True is no number here.
    if not re.fullmatch("-?[0-9]{1,18}", text):
        return "it must be a whole number."
    least, most = reference.minimum, reference.maximum
    outside = least is not None and most is not None and not least <= int(text) <= most
    return f"it must be from {least} to {most}." if outside else ""


def _problem_with_text(reference: Field, value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "it must be text, in quotes."
    if not reference.values or str(value) in reference.values:
        return ""
    near = _nearest(str(value), reference.values, GROWING_CUTOFF if reference.grows else CUTOFF)
    if reference.grows and not near:
        return ""
    meant = f" Did you mean {near}?" if near else ""
    return f"no connection has that value, only {'; '.join(reference.values)}.{meant}"


# How alike a text and a value are, of 1, where the one is taken for the other. Where the vendor adds values, one may be
# alike and still another: "London, ON" is not "London, UK".
CUTOFF = 0.7
GROWING_CUTOFF = 0.93


def _nearest(text: str, values: Sequence[str], cutoff: float) -> str:
    """The value that a text most likely means, or an empty string."""
    folded = {re.sub(r"[^a-z0-9]", "", value.casefold()): value for value in values}
    key = re.sub(r"[^a-z0-9]", "", text.casefold())
    if OTHER_NAMES.get(key) in values:
        return OTHER_NAMES[key]
    near = difflib.get_close_matches(key, list(folded), 1, cutoff)
    return folded[near[0]] if near else ""
