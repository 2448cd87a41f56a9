# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory in facts: connections as hosts and groups, in the shape of ``ansible-inventory --list``."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

from ansible.plugins.inventory import to_safe_group_name

from ...module_utils._errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .._records.records import Record

# What the variables of a host begin with, unless the inventory plugin is given another prefix.
HOSTVARS_PREFIX = "telnyx_"

# A name that has only these characters, as most have, is not checked character by character.
_PLAIN = re.compile(r"[\w .()+='@-]*", re.ASCII)

# Braces begin templates. Slashes and "$" lead to other files, because Ansible searches host_vars by a host's name. The rest
# have a meaning in a host pattern: "a,all" selects all hosts.
_REPLACED = frozenset("{}/\\$,:[]*?")

# The beginning of a comment or of "#jinja2:", of an excluding, intersecting or regular-expression pattern, of a file for
# --limit, or of a command-line option.
_REPLACED_AT_START = frozenset("#!&~@-")

# Fact caches have a file for each host, and file systems allow 255 bytes for its name.
NAME_BYTES_MAX = 150
_ID_BYTES_MAX = 64

# The current folder, its parent, and the controller itself.
_RESERVED = re.compile(
    r"\.*|(localhost|ip6-localhost|ip6-loopback)([0-9.].*)?|.*\.localhost|127(\.[0-9]+)+|0(\.0)+", re.IGNORECASE
)

# Unicode categories of control, format, unassigned, private and surrogate characters, and of line and paragraph separators.
_ODD_CATEGORIES = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))


def as_inventory(records: Sequence[Record]) -> dict[str, Any]:
    """Return ``_meta.hostvars``, ``all`` and a group for each state, anchorsite, outbound voice profile and tag.

    Hosts, variables and groups have the names that the inventory plugin gives them, and no host has the name of a group.
    """
    groups_of = [group_names(record) or ["ungrouped"] for record in records]
    hosts = host_names(records, avoid={"all", "ungrouped", "_meta"}.union(*groups_of))
    groups: dict[str, list[str]] = {}
    for host, names in zip(hosts, groups_of):
        for group in names:
            groups.setdefault(group, []).append(host)
    inventory: dict[str, Any] = {
        "_meta": {"hostvars": dict(zip(hosts, map(_host_variables, records)))},
        "all": {"children": ["ungrouped", *sorted(set(groups) - {"ungrouped"})]},
    }
    inventory.update((group, {"hosts": members}) for group, members in sorted(groups.items()))
    return inventory


def _host_variables(record: Record) -> Record:
    return {f"{HOSTVARS_PREFIX}{field}": value for field, value in record.items()}


def whole_records(selected: Any, query: str | None) -> list[Record]:
    """Return the result of a query. Raises :class:`QueryError` if it is not a list of whole connections."""
    if isinstance(selected, list) and all(
        isinstance(each, dict) and isinstance(each.get("id"), str) for each in selected
    ):
        return selected
    raise QueryError(
        f"The query {query!r} does not select a list of whole connections, which the hosts are created from.",
        "Keep the records whole, as in [?active].",
    )


def harmless_name(text: str) -> str:
    """Return text as a host name: ``_`` replaces what has a meaning for Ansible, a file system or a terminal.

    ansible-core before 2.19 templates host names; every version searches files of that name and prints it.
    """
    text = text.strip()
    if not _PLAIN.fullmatch(text):
        text = "".join(
            "_" if char in _REPLACED or unicodedata.category(char) in _ODD_CATEGORIES else char for char in text
        ).strip()
    if text[:1] in _REPLACED_AT_START:
        text = "_" + text[1:]
    return _cut(text, NAME_BYTES_MAX)


def _cut(text: str, size: int) -> str:
    """Return the beginning of a text, of at most ``size`` bytes."""
    return text.encode()[:size].decode(errors="ignore").strip() if len(text) * 4 > size else text


def _is_reserved(name: str) -> bool:
    """Return whether a name is a folder (``.``, ``..``) or means the controller itself."""
    return _RESERVED.fullmatch(name) is not None


def host_names(records: Sequence[Record], names: Sequence[str] | None = None, avoid: Collection[str] = ()) -> list[str]:
    """Return a unique host name for each record, by ``names`` or its connection name.

    The id is appended to a name that is reserved, in ``avoid`` or not unique; without a name, the id is the name. If
    :func:`harmless_name` makes names equal, the record whose name it did not change keeps that name.
    """
    if names is None:
        names = [str(record.get("connection_name") or "") for record in records]
    clean = [harmless_name(name) for name in names]
    usable = [bool(name) and name not in avoid and not _is_reserved(name) for name in clean]
    hosts: list[str] = [""] * len(records)
    taken: set[str] = set()
    for unchanged in (True, False):
        places = [place for place, name in enumerate(clean) if usable[place] and (name == names[place]) is unchanged]
        count = Counter(clean[place] for place in places)
        for place in places:
            if count[clean[place]] == 1 and clean[place] not in taken:
                hosts[place] = clean[place]
        taken.update(filter(None, hosts))
        if unchanged:
            # No record gets a name that several records have unchanged.
            for place in places:
                taken.add(clean[place])
    taken.update(avoid)
    numbers: dict[str, int] = {}
    for place, record in enumerate(records):
        if not hosts[place]:
            hosts[place] = _derived(clean[place], record["id"], taken, numbers)
            taken.add(hosts[place])
    return hosts


def _derived(name: str, identity: str, taken: Collection[str], numbers: dict[str, int]) -> str:
    """Return a name with the id appended, and also a number if another host has that name."""
    suffix = _cut(harmless_name(identity), _ID_BYTES_MAX) or "_"
    base = f"{name}-{suffix}" if name else suffix
    if _is_reserved(base):
        base = f"connection-{suffix}"
    host = base
    while host in taken:
        numbers[base] = numbers.get(base, 1) + 1
        host = f"{base}-{numbers[base]}"
    return host


def is_harmless(name: str, avoid: Collection[str] = ()) -> bool:
    """Return whether a text can be a host name unchanged."""
    return name == harmless_name(name) and name not in avoid and not _is_reserved(name)


def group_names(record: Record) -> list[str]:
    """Return the groups of one connection, without duplicates."""
    groups = []
    if isinstance(record.get("active"), bool):
        groups.append("active" if record["active"] else "inactive")
    if record.get("anchorsite_override"):
        groups.append(_group("anchorsite", record["anchorsite_override"]))
    outbound = record.get("outbound")
    if isinstance(outbound, dict) and outbound.get("outbound_voice_profile_id"):
        groups.append(_group("outbound_voice_profile", outbound["outbound_voice_profile_id"]))
    tags = record.get("tags")
    groups += [_group("tag", tag) for tag in (tags if isinstance(tags, list) else [])]
    return list(dict.fromkeys(groups))


def _group(prefix: str, value: object) -> str:
    """Return the name that ``keyed_groups`` gives a group: ``anchorsite_Chicago__IL`` for ``Chicago, IL``."""
    name: str = to_safe_group_name(f"{prefix}_{value}")
    return name
