# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON as its standard defines it (RFC 8259), without what Python's own parser also reads: NaN, infinities, unpaired surrogates."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

# A record has 3 levels. Ansible and this collection work on values by recursion, which Python limits.
DEPTH_MAX = 100


def loads(text: str, unique_keys: bool = False) -> Any:
    """Return the value of a JSON text, with U+FFFD for unpaired surrogates, which could be neither printed nor written.

    Raises :class:`ValueError` if it is not JSON, or with ``unique_keys`` if an object has a key twice; :class:`OverflowError`
    for a number such as 1e400, which would become an infinity; and :class:`RecursionError` for more than :data:`DEPTH_MAX` levels.
    """
    pairs_hook = _unique if unique_keys else None
    value = json.loads(text, parse_constant=_reject_constant, parse_float=_parse_float, object_pairs_hook=pairs_hook)
    _check_depth(value)
    return _without_surrogates(value) if "\\ud" in text or "\\uD" in text else value


def _check_depth(value: Any) -> None:
    level = [value]
    for _depth in range(DEPTH_MAX):
        containers = (each for each in level if isinstance(each, (dict, list)))
        level = [
            below
            for each in containers
            for below in (each.values() if isinstance(each, dict) else each)
            if isinstance(below, (dict, list))
        ]
        if not level:
            return
    raise RecursionError


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _parse_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise OverflowError(text)
    return number


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_without_surrogates(each) for each in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(each) for key, each in value.items()}
    return value
