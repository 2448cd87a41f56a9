# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory that facts carry: connections as hosts, in the shape of ``ansible-inventory --list``."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Dict, List, Optional, Sequence

from .errors import QueryError
from .records import Record


def as_inventory(records: Sequence[Record]) -> Dict[str, Any]:
    """Return ``_meta.hostvars``, ``all`` and a group for each state, anchorsite, outbound voice profile and tag."""
    hosts = host_names(records)
    groups: Dict[str, List[str]] = {}
    for host, record in zip(hosts, records):
        for group in group_names(record) or ["ungrouped"]:
            groups.setdefault(group, []).append(host)
    inventory: Dict[str, Any] = {
        "_meta": {"hostvars": dict(zip(hosts, records))},
        "all": {"children": ["ungrouped", *sorted(set(groups) - {"ungrouped"})]},
    }
    inventory.update((group, {"hosts": members}) for group, members in sorted(groups.items()))
    return inventory


def whole_records(selected: Any, query: Optional[str]) -> List[Record]:
    """Return what a query selected, or raise :class:`QueryError` where that is no list of whole connections."""
    if isinstance(selected, list) and all(
        isinstance(each, dict) and isinstance(each.get("id"), str) for each in selected
    ):
        return selected
    raise QueryError(
        f"The query {query!r} does not select a list of whole connections, which hosts are made from.",
        "Keep the records whole, as in [?active].",
    )


def host_names(records: Sequence[Record], names: Optional[Sequence[str]] = None) -> List[str]:
    """Name a host for each record, by ``names`` or its connection name, with the id behind it where that is not unique."""
    if names is None:
        names = [str(record.get("connection_name") or "") for record in records]
    count = Counter(names)
    taken = {name for name in names if name and count[name] == 1}
    hosts = []
    for name, record in zip(names, records):
        host = name
        if not name or count[name] > 1:
            host = f"{name}-{record['id']}" if name else record["id"]
            while host in taken:
                # Someone gave another connection that very name.
                host += "-" + record["id"]
            taken.add(host)
        hosts.append(host)
    return hosts


def group_names(record: Record) -> List[str]:
    """The groups of one connection, each once."""
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


def _group(kind: str, value: object) -> str:
    """``anchorsite`` and ``Chicago, IL`` to ``anchorsite_chicago_il``: a name that Ansible takes for a group."""
    return f"{kind}_" + re.sub(r"\W+", "_", str(value).lower()).strip("_")
