# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credential connections as plain dicts: removal of passwords and of keys that decoders interpret."""

from __future__ import annotations

import re
from operator import is_
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Record = dict[str, Any]

SECRET_FIELDS = frozenset(("password",))

# The password in lists for accounts created on or after 2026-09-08 (source: the API reference).
MASK = "********"

# What output shows instead of a secret.
HIDDEN = "(hidden)"

# Keys that Ansible's JSON decoders interpret: an object with one of them would be read back from a cache as something else.
RESERVED_KEYS = frozenset(("__ansible_type", "__ansible_unsafe", "__ansible_vault"))

PASSWORD_STATUSES = ("available", "masked", "absent")


def is_secret_path(path: str) -> bool:
    """Return whether the values of a path, such as ``outbound.password``, are secret."""
    return path.rpartition(".")[2] in SECRET_FIELDS


def checked_records(records: Any) -> list[Record]:
    """Return records from a file or a cache without secrets, if they are valid records of the API, as users get them.

    Raises :class:`ValueError`, whose text is the reason, as a clause after "because".
    """
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ValueError("it is not a list of connections")
    ids = [record.get("id") for record in records]
    if not all(isinstance(identity, str) and identity for identity in ids):
        raise ValueError("a connection has no id")
    if len(set(ids)) < len(ids):
        raise ValueError("a connection is in it twice")
    if not all(record.get("password_status") in PASSWORD_STATUSES for record in records):
        raise ValueError("a connection has no password_status")
    cleaned: list[Record] = [harmless_keys(without_secrets(record)) for record in records]
    return cleaned


def with_masked_password(record: Record) -> Record:
    """Return a record without its password as a list of the API has it where passwords are masked."""
    status = record["password_status"]
    return record if status == "absent" else {**record, "password": MASK}


def password_status(record: Mapping[str, Any]) -> str:
    """Return ``available``, ``masked`` or ``absent``.

    Lists mask the password as ``********`` for accounts made on or after 2026-09-08 (source: the API reference).
    """
    password = record.get("password")
    if password is None or password == "":
        return "absent"
    return "masked" if isinstance(password, str) and not password.strip("*") else "available"


def to_user_record(record: Record, include_passwords: bool) -> Record:
    """Return a record as users get it: every field, and ``password_status``; the password only with ``include_passwords``.

    Some keys are replaced, see :func:`harmless_keys`.
    """
    result = dict(harmless_keys(record if include_passwords else without_secrets(record)))
    result["password_status"] = password_status(record)
    return result


def without_secrets(value: Any) -> Any:
    """Return ``value`` without secret fields, at every depth.

    If there are none, the same object is returned: this avoids most copies, and callers test for it with ``is``.
    """
    if not isinstance(value, (dict, list)):
        return value
    items = value.items() if isinstance(value, dict) else enumerate(value)
    cleaned = {
        key: clean
        for key, each in items
        if isinstance(each, (dict, list)) and (clean := without_secrets(each)) is not each
    }
    if isinstance(value, list):
        return [cleaned.get(place, each) for place, each in enumerate(value)] if cleaned else value
    if cleaned or not SECRET_FIELDS.isdisjoint(value):
        return {key: cleaned.get(key, each) for key, each in value.items() if key not in SECRET_FIELDS}
    return value


def harmless_keys(value: Any) -> Any:
    """Return ``value`` with replaced keys where Ansible would interpret a key; the same object where there are none.

    A key of :data:`RESERVED_KEYS` gets the prefix ``field``. In an object without text in its values, ``_`` replaces the
    characters in keys that begin a template: ansible-core before 2.19 marks an object as unsafe by its values only, and
    would template the output of a filter such as ``to_json``.
    """
    if isinstance(value, list):
        items = [harmless_keys(each) if isinstance(each, (dict, list)) else each for each in value]
        return value if all(map(is_, items, value)) else items
    changed = {
        key: harmless
        for key, each in value.items()
        if isinstance(each, (dict, list)) and (harmless := harmless_keys(each)) is not each
    }
    if not changed and _plain_keys.issuperset(value):
        return value
    renamed: Record = {}
    for key, each in value.items():
        name = _harmless_key(key, value)
        while name in renamed or (name != key and name in value):
            name += "_"
        renamed[name] = changed.get(key, each)
    return renamed if changed or list(renamed) != list(value) else value


# Keys that need no replacement, so that the keys of further records cost only a set comparison.
_plain_keys: set[str] = set()
PLAIN_KEYS_MAX = 10_000

# The beginning of a template, or of the header line that changes what begins one.
_TEMPLATE = re.compile(r"\{+[{%#]|^#(?=jinja2:)")


def _harmless_key(key: str, parent: Record) -> str:
    if key in RESERVED_KEYS:
        return f"field{key}"
    if _TEMPLATE.search(key):
        return key if _contains_text(parent) else _TEMPLATE.sub("_", key)
    if len(_plain_keys) < PLAIN_KEYS_MAX:
        _plain_keys.add(key)
    return key


def _contains_text(value: Any) -> bool:
    if isinstance(value, (dict, list)):
        return any(map(_contains_text, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str)
