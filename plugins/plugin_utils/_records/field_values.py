# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a field of a connection can have a value, by the API's reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ...module_utils._text import most_similar
from .fields import OTHER_NAMES, Field

if TYPE_CHECKING:
    from collections.abc import Sequence


def problem_with(reference: Field, value: Any, yaml_boolean: bool = False, element: bool = False) -> str:
    """Return the problem with a desired value of a field, or an empty string.

    ``element``: the value is an element of the field's list. ``yaml_boolean``: a boolean is accepted as text, because YAML
    makes it of some unquoted words. The value is not quoted in the problem: it may be a misplaced password.
    """
    if reference.type == "boolean":
        return "" if isinstance(value, bool) else "it must be true or false, without quotes."
    if reference.type == "integer":
        return _problem_with_number(reference, value)
    if reference.type == "list" and not element:
        return "" if isinstance(value, list) else "it must be a list."
    if isinstance(value, bool) and not reference.values and not yaml_boolean:
        return "it must be text, in quotes."
    return _problem_with_text(reference, value)


def _problem_with_number(reference: Field, value: Any) -> str:
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    # Text is accepted because some API responses have numbers as text; str(True) does not match.
    if not re.fullmatch("-?[0-9]{1,18}", text):
        return "it must be a whole number."
    low, high = reference.minimum, reference.maximum
    outside = low is not None and high is not None and not low <= int(text) <= high
    return f"it must be from {low} to {high}." if outside else ""


def _problem_with_text(reference: Field, value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "it must be text, in quotes."
    if not reference.values or str(value) in reference.values:
        return ""
    similar = _similar_value(str(value), reference.values, EXTENSIBLE_CUTOFF if reference.extensible else CUTOFF)
    if reference.extensible and not similar:
        return ""
    hint = f" Did you mean {similar}?" if similar else ""
    return f"no connection has that value, only {'; '.join(reference.values)}.{hint}"


# The least similarity, from 0 to 1, with which a text is taken for a misspelt value. An extensible field may get a
# similar value that is another one: "London, ON" is not "London, UK".
CUTOFF = 0.7
EXTENSIBLE_CUTOFF = 0.93


def _similar_value(text: str, values: Sequence[str], cutoff: float) -> str:
    """Return the value that a misspelt text most likely means, or an empty string."""
    folded = {re.sub(r"[^a-z0-9]", "", value.casefold()): value for value in values}
    key = re.sub(r"[^a-z0-9]", "", text.casefold())
    if OTHER_NAMES.get(key) in values:
        return OTHER_NAMES[key]
    return folded.get(most_similar(key, folded, cutoff), "")
