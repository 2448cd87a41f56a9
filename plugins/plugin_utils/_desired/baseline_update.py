# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Update baseline files in place, so that they agree with the account.

The new texts are read again and compared with the account, so that an impossible edit is an error and not a wrong
file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from ...module_utils._errors import AmbiguousError, DesiredError
from .._checks.desired_records import Desired
from .._checks.drift import compare
from .._checks.equivalence import normalized
from .._checks.record_matching import (
    NAME_FIELDS,
    match_recreated,
)
from .._records.fields import canonical
from .._records.record_lookup import RecordIndex
from .._records.records import SECRET_FIELDS, Record
from .baseline_file import (
    EDIT_BY_HAND,
    BaselineFile,
    Entry,
    document_defaults,
    document_value,
    field_name,
    known_fields,
    parse_document,
    reference_for,
)
from .defaults import with_defaults

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ansible.parsing.vault import VaultLib

    from .._records.field_paths import Path


@dataclass
class Update:
    """A file's new text, and its connections in their order, each with the entry that it had before."""

    path: str
    text: str
    connections: list[tuple[Record, Entry | None]]


def update_files(  # noqa: PLR0913 - the files, the account, and how they belong together
    texts: Mapping[str, str],
    records: Sequence[Record],
    vault: VaultLib,
    *,
    file_of_id: dict[str, str],
    add_to: str | None = None,
    paths: Mapping[str, str] | None = None,
) -> dict[str, str | None]:
    """Return the new texts of files, by path; ``None`` for a file to remove, as none of its connections exists any more.

    ``texts`` are the files as they are and ``records`` the live connections. ``file_of_id`` gives the file of each
    connection that is already known, and gets those that are found here. Connections that are in no file are added to the
    file ``add_to``. With ``paths``, which has the path for each id, a file of one connection is moved there.
    Raises :class:`DesiredError` and :class:`AmbiguousError`.
    """
    known = known_fields(records)
    files = [BaselineFile(path, text, vault, known) for path, text in texts.items()]
    match_entries([entry for file in files for entry in file.entries], records, file_of_id)
    after: dict[str, str | None] = {}
    updates = []
    for file in files:
        found = [(entry.live, entry) for entry in file.entries if entry.live is not None]
        for record, entry in found:
            if record["id"] in file_of_id:
                raise DesiredError(f"{file_of_id[record['id']]} and {entry}: both are the connection {record['id']!r}.")
            file_of_id[record["id"]] = file.path
        new = [record for record in records if record["id"] not in file_of_id] if file.path == add_to else []
        if not found and file.path != add_to:
            after.setdefault(file.path, None)
            continue
        path = file.path
        if paths is not None and len(file.entries) == 1:
            path = paths[found[0][0]["id"]]
            after.setdefault(file.path, None)
        if after.get(path) is not None:
            raise DesiredError(f"{path}: several files hold its connection.", "Move the others to another folder.")
        text = after[path] = file.updated_text(new)
        updates.append(Update(file.path, text, [*found, *((record, None) for record in new)]))
    verify(updates, records, known, vault)
    return after


def match_entries(entries: Sequence[Entry], live: Sequence[Record], elsewhere: Collection[str] = ()) -> None:
    """Set the live connection of each entry, found by its id, else by its connection name, else by its user name.

    An entry with an id that the account does not have is matched with the connection that was created again, if there is
    one, as in a drift check. ``elsewhere`` are the ids of connections that other files are known to hold.
    Raises :class:`DesiredError` if two entries match one connection, and :class:`AmbiguousError` if several connections
    match one entry.
    """
    index = RecordIndex(live, normalize=normalized)  # as in a drift check
    matched: dict[str, Entry] = {}  # by the id of the connection
    # Entries with an id come first: a connection that is matched by its id is not matched by a name.
    for entry in sorted(entries, key=lambda each: "id" not in each.identifiers):
        if not entry.identifiers:
            raise DesiredError(f"{entry}: it has no id, connection_name or user_name, by which it could be matched.")
        for name in ("id",) if "id" in entry.identifiers else NAME_FIELDS:
            found = index.get_by(name, entry.identifiers.get(name))
            if name != "id":
                found = [record for record in found if not _is_matched_by_id(record, matched)]
            if len(found) > 1:
                raise AmbiguousError.of_term(entry.identifiers[name], name, [record["id"] for record in found])
            if found:
                entry.live = found[0]
                break
        if entry.live is not None:
            other = matched.setdefault(entry.live["id"], entry)
            if other is not entry:
                raise DesiredError(f"{other} and {entry}: both are the connection {entry.live['id']!r}.")
    lost = [entry for entry in entries if entry.live is None and "id" in entry.identifiers]
    unmatched = [record for record in live if record["id"] not in matched and record["id"] not in elsewhere]
    for entry, recreated in zip(lost, match_recreated([each.identifiers for each in lost], unmatched)):
        entry.live = recreated


def _is_matched_by_id(record: Record, matched: Mapping[str, Entry]) -> bool:
    return record["id"] in matched and "id" in matched[record["id"]].identifiers


def verify(updates: Sequence[Update], live: Sequence[Record], known: set[Path], vault: VaultLib) -> None:
    """Read updated texts as a drift check does, and compare them with the account.

    Raises :class:`DesiredError` unless every field of the texts agrees with the account, and every password is the one that
    the file had before.
    """
    desired: list[Desired] = []
    checked: list[tuple[Record, Entry | None]] = []
    for update in updates:
        document = parse_document(update.path, update.text.removeprefix("\ufeff"), vault)
        nodes, defaults = document.items(), document_defaults(document, update.path)
        if len(nodes) != len(update.connections):
            _refuse_update(update.path, "the number of its records")
        for node, (record, entry) in zip(nodes, update.connections):
            if entry and _passwords(entry.node) != _passwords(node):
                _refuse_update(str(entry), "a password")
            _remove_secrets(node, set())
            own = canonical(dict(document_value(document, node, update.path, reference_for(canonical(record)))))
            known_record = _known_part(with_defaults(own, defaults), known, ())
            if str(known_record.get("id", record["id"])) != record["id"]:
                _refuse_change(entry or update.path, "id", record)  # the id of a connection that was created again
            line = entry.line if entry else node.start_mark.line + 1
            desired.append(Desired({**known_record, "id": record["id"]}, update.path, line))
            checked.append((record, entry))
    for compared, (record, entry) in zip(compare(desired, live, unexpected="ignore"), checked):
        if compared.status != "in_sync":
            fields = ", ".join(".".join(change.path) for change in compared.changes[:5])
            _refuse_change(entry or compared.desired, fields, record)


def _refuse_change(place: object, fields: str, record: Record) -> NoReturn:
    raise DesiredError(
        f"{place}: {fields} of the connection {record['id']!r} changed in the account, "
        "and cannot be changed in the file.",
        EDIT_BY_HAND,
    )


def _refuse_update(place: str, what: str) -> NoReturn:
    raise DesiredError(f"{place}: an update in place would change {what}.", EDIT_BY_HAND)


def _known_part(record: Mapping[str, Any], known: set[Path], above: Path) -> Record:
    return {
        name: _known_part(value, known, (*above, name)) if isinstance(value, dict) else value
        for name, value in record.items()
        if (*above, name) in known
    }


def _passwords(node: Any) -> list[Any]:
    return [
        value.value if isinstance(value, yaml.ScalarNode) else None
        for key, value in node.value
        if field_name(key) in SECRET_FIELDS
    ]


def _remove_secrets(node: Any, visited: set[int]) -> None:
    """Remove secret fields from a tree of nodes: they are not compared, and their vault need not be open."""
    if id(node) in visited or isinstance(node, yaml.ScalarNode):
        return
    visited.add(id(node))
    if isinstance(node, yaml.MappingNode):
        node.value = [(key, value) for key, value in node.value if field_name(key) not in SECRET_FIELDS]
    for each in node.value:
        _remove_secrets(each[1] if isinstance(each, tuple) else each, visited)
