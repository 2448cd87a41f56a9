# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credential connections as plain dicts: passwords taken out, and one of them found by a term."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from operator import is_
from typing import Any, Callable

from .._argument_spec import TERM_FIELDS
from .._errors import AmbiguousError, NotFoundError
from .._text import one_line

Record = dict[str, Any]

SECRET_FIELDS = frozenset(("password",))

# Keys that Ansible's JSON decoders give a meaning: an object with one of them would not come back from a cache as it was.
RESERVED_KEYS = frozenset(("__ansible_type", "__ansible_unsafe", "__ansible_vault"))

PASSWORD_STATUSES = ("available", "masked", "absent")


def password_status(record: Mapping[str, Any]) -> str:
    """Return ``available``, ``masked`` or ``absent``.

    Lists mask the password as ``********`` for accounts made on or after 2026-09-08 (source: the API reference).
    """
    password = record.get("password")
    if password is None or password == "":
        return "absent"
    return "masked" if isinstance(password, str) and not password.strip("*") else "available"


def shown(record: Record, include_passwords: bool) -> Record:
    """Return a record as users get it: every field, known or not, with ``password_status`` for the password.

    A few keys are made harmless by :func:`harmless_keys`.
    """
    result = dict(harmless_keys(record if include_passwords else without_secrets(record)))
    result["password_status"] = password_status(record)
    return result


def without_secrets(value: Any) -> Any:
    """The value without secret fields at any depth; the very same object where it has none, which saves most copies."""
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
    """The value with other keys where a key is more than a name; the very same object where none is.

    A key of :data:`RESERVED_KEYS` has ``field`` before it. Where an object holds text in its keys alone, ``_`` stands for
    what a template could begin with: ansible-core before 2.19 sees that text is unsafe by an object's values only, and
    templates what, say, ``to_json`` makes of it.
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


# Keys that were seen to be names and nothing else, so that all but the first record cost next to nothing.
_plain_keys: set[str] = set()
PLAIN_KEYS_MAX = 10_000

# What begins a template, or the line of a text that chooses what begins one.
_TEMPLATE = re.compile(r"\{+[{%#]|^#(?=jinja2:)")


def _harmless_key(key: str, of: Record) -> str:
    if key in RESERVED_KEYS:
        return f"field{key}"
    if _TEMPLATE.search(key):
        return key if _holds_text(of) else _TEMPLATE.sub("_", key)
    if len(_plain_keys) < PLAIN_KEYS_MAX:
        _plain_keys.add(key)
    return key


def _holds_text(value: Any) -> bool:
    if isinstance(value, (dict, list)):
        return any(map(_holds_text, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str)


class Finder:
    """Finds connections by id, else user name, else exact connection name. ``meta`` are the numbers about the listing."""

    def __init__(self, records: Sequence[Record], meta: Mapping[str, int | None] | None = None) -> None:
        self._records = records
        self.meta = dict(meta or {})
        self._by: dict[str, dict[str, list[Record]]] = {field: {} for field in TERM_FIELDS}
        for record in records:
            for field, found in self._by.items():
                value = record.get(field)
                if isinstance(value, str):
                    found.setdefault(value, []).append(record)

    def all(self) -> list[Record]:
        """Every record, in the order in which they came."""
        return list(self._records)

    def find(self, term: str) -> Record:
        """Return the one connection that the term names, or raise :class:`NotFoundError` or :class:`AmbiguousError`."""
        for field, found in self._by.items():
            records = found.get(term, [])
            if len(records) == 1:
                return records[0]
            if records:
                raise AmbiguousError.of_term(term, field, [record["id"] for record in records])
        raise NotFoundError(
            f"No credential connection has the id, user name or connection name {one_line(term)!r}.",
            "Names are compared exactly, and only among the connections that the filters let through.",
        )


def find_terms(terms: Sequence[str], listing: Any, on_missing: str, warn: Callable[[str], None]) -> list[Record]:
    """Return the connection that each term names, by ``listing.find``, in the order of the terms.

    ``on_missing`` is ``error``, ``warn`` or ``skip``. Raises :class:`AmbiguousError`, and, with ``error``,
    :class:`NotFoundError`.
    """
    found = []
    for term in terms:
        try:
            found.append(listing.find(term))
        except NotFoundError as exc:
            if on_missing == "error":
                raise
            if on_missing == "warn":
                warn(str(exc))
    return found
