# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read desired connections from JSON. Its records have no line numbers."""

from __future__ import annotations

import json
from typing import Any

from .._checks.desired_records import Origin
from .._records import strict_json
from .errors import ParseError
from .layout import connections_and_defaults


def json_content(text: str, file: str) -> tuple[list[Origin], Origin | None]:
    """Return the records, and the defaults if there are any, of a JSON text. Raises :class:`ParseError`."""
    root = _parse(text)
    records, defaults = root if isinstance(root, list) else [root], None
    if isinstance(root, dict):
        records, defaults = connections_and_defaults(root, {}) or (records, None)
    return [Origin(each, file) for each in records], None if defaults is None else Origin(defaults, file)


def _parse(text: str) -> Any:
    if not text.strip():
        raise ParseError("it is empty; a list without connections is []", None)
    try:
        return strict_json.loads(text, unique_keys=True)
    except json.JSONDecodeError as exc:
        raise ParseError("it is not valid JSON", exc.lineno) from None
    except OverflowError:
        raise ParseError("a number is too large", None) from None
    except RecursionError:
        raise ParseError("it is nested too deeply", None) from None
    except ValueError as exc:
        twice = "a key is given twice in one object" if "twice" in str(exc) else "it is not valid JSON"
        raise ParseError(twice, None) from None
