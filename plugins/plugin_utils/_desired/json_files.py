# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read desired connections from JSON. Its records have no line numbers."""

from __future__ import annotations

import json
from typing import Any

from .._records import strict_json
from .errors import ParseError
from .layout import (
    CONNECTIONS,
    DEFAULTS,
    FileContent,
    Item,
    checked_defaults,
    has_layout_keys,
    not_a_list,
    refuse_mapping_by_name,
)


def json_content(text: str) -> FileContent:
    """Return the records and the defaults of a JSON text. Raises :class:`ParseError`."""
    root = _parse(text)
    if isinstance(root, list):
        return FileContent([Item(each) for each in root])
    if not isinstance(root, dict) or not has_layout_keys(dict.fromkeys(root)):
        if isinstance(root, dict):
            refuse_mapping_by_name(root, {})
        return FileContent([Item(root)])
    records = root[CONNECTIONS]
    if not isinstance(records, list):
        raise not_a_list(None)
    return FileContent([Item(each) for each in records], checked_defaults(Item(root.get(DEFAULTS))))


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
