# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON as its standard defines it (RFC 8259): Python's own parser also reads NaN and infinities."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn


def loads(text: str) -> Any:
    """Return the value of a JSON text.

    Raises :class:`ValueError` if it is not JSON, :class:`OverflowError` for a number such as 1e400, which would become an
    infinity, and :class:`RecursionError`.
    """
    return json.loads(text, parse_constant=_reject_constant, parse_float=_parse_float)


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _parse_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise OverflowError(text)
    return number
