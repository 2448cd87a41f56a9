# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file of desired connections may hold: a list of records, one record, or a mapping with defaults and connections.

No connection has a field with one of these two names, so such a mapping cannot be mistaken for a record.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import yaml

from ...module_utils._text import key_for_message, most_similar, one_line
from .._checks.record_matching import NAME_FIELDS
from .._records.fields import FIELDS
from .._records.records import SECRET_FIELDS
from .errors import ParseError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._checks.desired_records import Origin

DEFAULTS, CONNECTIONS = KEYS = ("defaults", "connections")
IDENTIFYING_FIELDS = ("id", *NAME_FIELDS)


def connections_and_defaults(root: Mapping[Any, Any], lines: Mapping[Any, int | None]) -> tuple[Any, Any] | None:
    """Return the two values of a mapping with connections and perhaps defaults, and ``None`` for a mapping that is one record.

    The values are those of JSON, or nodes of YAML; ``lines`` are those of the keys. Raises :class:`ParseError` for such a mapping with
    another key, or without a list of connections, and for a mapping from names to connections.
    """
    if not any(key in root for key in KEYS):
        if (
            root
            and all(isinstance(each, (dict, yaml.MappingNode)) for each in root.values())
            and not FIELDS.keys() & root.keys()
        ):
            name = next(iter(root))
            raise ParseError(
                "it is a mapping by names, and a list is wanted: each connection begins with"
                f' "- connection_name: {one_line(name, 60)}", and its fields stand below',
                lines.get(name),
            )
        return None
    for key in root:
        if key not in KEYS:
            similar = most_similar(str(key), KEYS)
            hint = f" (did you mean {similar}?)" if similar else ""
            shown = key_for_message(str(key))
            raise ParseError(f"the key {shown} is unknown beside defaults and connections{hint}", lines.get(key))
    if CONNECTIONS not in root:
        raise ParseError("it has defaults, but no connections", lines.get(DEFAULTS))
    if not isinstance(root[CONNECTIONS], (list, yaml.SequenceNode)):
        raise ParseError("connections is not a list; without connections it is []", lines.get(CONNECTIONS))
    return root[CONNECTIONS], root.get(DEFAULTS)


def checked_defaults(origin: Origin) -> Origin:
    """Return the defaults of a file, for null empty ones. Raises :class:`ParseError`.

    A field that identifies a connection cannot have a default, and neither can a password.
    """
    value = {} if origin.fields is None else origin.fields
    if not isinstance(value, dict):
        raise ParseError("defaults is not a mapping of a connection's fields", origin.line)
    for name in (*IDENTIFYING_FIELDS, *sorted(SECRET_FIELDS)):
        if name in value or (name in SECRET_FIELDS and _has_field(value, name)):
            line = origin.find_line((name,)) if origin.find_line else None
            raise ParseError(
                f"defaults has the field {name}, which each connection must have for itself", line or origin.line
            )
    return replace(origin, fields=value)


def _has_field(value: Any, name: str) -> bool:
    """Return whether a value has a field, at any depth."""
    if isinstance(value, list):
        return any(_has_field(each, name) for each in value)
    return isinstance(value, dict) and (name in value or any(_has_field(each, name) for each in value.values()))
