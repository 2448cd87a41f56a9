# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of the module credential_connections_baseline."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError, OptionError, ReportError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import read_regular
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_base import AccountAction
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline import (
    baseline_record,
    dump,
    without_secret_text,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline_update import (
    BaselineFile,
    Update,
    known_fields,
    match,
    verify,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._text_files import write_files

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import Record
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import Options

HEADING = "# The desired credential connections of a Telnyx account, as siptrunk.telnyx.baseline wrote them.\n---\n"
EMPTY = f"{HEADING}[]\n"


class ActionModule(AccountAction):
    """Write the live connections as desired ones."""

    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "dest": {"type": "path", "required": True},
        "layout": {"type": "str", "default": "single", "choices": ["single", "per_connection"]},
        "overwrite": {"type": "bool", "default": False},
    }

    def act(self, params: dict[str, Any], options: Options) -> dict[str, Any]:
        """Read the account, and update what differs in the files that are there."""
        dest = os.path.abspath(os.path.expanduser(params["dest"]))
        per_connection = params["layout"] == "per_connection"
        if os.path.exists(dest) and os.path.isdir(dest) != per_connection:
            kind = "a folder" if per_connection else "a file"
            raise OptionError("dest", f"{dest!r} is not {kind}, as layout={params['layout']} wants it.")
        if not per_connection and dest.lower().endswith(".json"):
            raise OptionError("dest", "a baseline is YAML, and the drift check reads a .json file as JSON.")
        before = _present(dest) if per_connection else {dest: _read(dest)}
        listing = self.read_account(options, consistency="strict")
        records = sorted(listing.records, key=lambda each: (str(each.get("created_at") or ""), each["id"]))
        after = (
            self._folder(dest, records, before) if per_connection else {dest: self._file(dest, records, before[dest])}
        )
        differing = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
        # The mark of an empty account is nobody's work.
        conflicts = [path for path in differing if before.get(path) not in (None, EMPTY)]
        refused = bool(conflicts) and not params["overwrite"]
        result: dict[str, Any] = {
            "changed": bool(differing),  # also where it would be: Ansible shows no difference otherwise
            "files": sorted(path for path, text in after.items() if text is not None),
            "conflicts": conflicts if refused else [],
            "connections": len(records),
            "meta": listing.meta,
            # Where there was nothing, all is new, and nobody needs to see it.
            "diff": [_diff(path, before.get(path), after.get(path)) for path in (conflicts or differing)]
            if any(text is not None for text in before.values())
            else [],
        }
        if not refused and not self._task.check_mode:
            texts = {path: text for path in differing if (text := after.get(path)) is not None}
            write_files(texts, [path for path in differing if path not in texts], mode=0o644, keep_mode=True)
        return result

    def _file(self, path: str, records: list[Record], before: str | None) -> str:
        """The text of the one file."""
        fresh = HEADING + dump([baseline_record(record) for record in records])
        if before is None or before == fresh or not before.strip():
            return fresh
        return self._updated({path: before}, records, {}, add_to=path)[path] or ""

    def _folder(self, dest: str, records: list[Record], before: dict[str, str | None]) -> dict[str, str | None]:
        """The texts of the files of a folder, ``None`` for those to remove. ``before`` gets what is in the way of a new one."""
        paths = _paths(dest, records)
        fresh = {path: HEADING + dump(baseline_record(record)) for path, record in paths.items()}
        before.update({path: _read(path) for path in fresh if path not in before})
        same = [path for path, text in fresh.items() if before[path] == text]
        after: dict[str, str | None] = {path: fresh[path] for path in same}
        edited = {
            path: text for path, text in before.items() if text is not None and path not in after and text != EMPTY
        }
        held = {paths[path]["id"]: path for path in same}
        after.update(self._updated(edited, records, held, paths={record["id"]: path for path, record in paths.items()}))
        for path, record in paths.items():
            if record["id"] not in held:
                if after.get(path) is not None:
                    raise DesiredError(f"{path}: it is about another connection than its name says.", "Move it away.")
                after[path] = fresh[path]
        if not any(text is not None for text in after.values()):
            after[os.path.join(dest, "empty.yml")] = EMPTY  # a folder without files could not be compared with
        return after

    def _updated(
        self,
        texts: Mapping[str, str],
        records: Sequence[Record],
        held: dict[str, str],
        *,
        add_to: str | None = None,
        paths: Mapping[str, str] | None = None,
    ) -> dict[str, str | None]:
        """Files updated in place; ``None`` for one whose connections are all gone, unless new ones are added to it.

        ``held`` says which file each connection has, and is added to. A file of one connection gets the path that it has
        in ``paths``. Raises :class:`DesiredError`.
        """
        vault, known = self.vault, known_fields(records)
        files = [BaselineFile(path, text, vault, known) for path, text in texts.items()]
        match([entry for file in files for entry in file.entries], records)
        after: dict[str, str | None] = {}
        updates = []
        for file in files:
            found = [(entry.live, entry) for entry in file.entries if entry.live is not None]
            for record, entry in found:
                if record["id"] in held:
                    raise DesiredError(f"{held[record['id']]} and {entry}: both are the connection {record['id']!r}.")
                held[record["id"]] = file.path
            new = [record for record in records if record["id"] not in held] if file.path == add_to else []
            if not found and file.path != add_to:
                after.setdefault(file.path, None)
                continue
            path = file.path
            if paths is not None and len(file.entries) == 1:
                path = paths[found[0][0]["id"]]
                after.setdefault(file.path, None)
            if after.get(path) is not None:
                raise DesiredError(f"{path}: several files are about its connection.", "Move the others away.")
            after[path] = file.updated(new)
            updates.append(Update(file.path, after[path] or "", [*found, *((record, None) for record in new)]))
        verify(updates, records, known, vault)
        return after


def _paths(dest: str, records: Sequence[Record]) -> dict[str, Record]:
    """The path of each connection's file: its name, for people, and its id, which makes it the only one.

    Where file systems that ignore case would take two for one, a part of the id's hash is added.
    """
    stems = {}
    for record in records:
        name = re.sub(r"[^a-z0-9]+", "-", str(record.get("connection_name") or "").lower()).strip("-")[:60]
        identity = re.sub(r"[^A-Za-z0-9-]", "_", record["id"])[:64]
        stems[record["id"]] = f"{name}.{identity}" if name else identity
    count = Counter(stem.lower() for stem in stems.values())
    paths = {}
    for record in records:
        stem = stems[record["id"]]
        if count[stem.lower()] > 1:
            stem += "." + hashlib.sha256(record["id"].encode("utf-8", "replace")).hexdigest()[:8]
        paths[os.path.join(dest, f"{stem}.yml")] = record
    return paths


def _present(folder: str) -> dict[str, str | None]:
    """The files of the folder that we wrote; others are left alone."""
    present: dict[str, str | None] = {}
    first = HEADING.split("\n", 1)[0].encode()
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        path = os.path.join(folder, name)
        if (
            name.endswith(".yml")
            and os.path.isfile(path)
            and _bytes(path).removeprefix(b"\xef\xbb\xbf").startswith(first)
        ):
            present[path] = _read(path)
    return present


def _bytes(path: str) -> bytes:
    try:
        return read_regular(path) or b""
    except OSError as exc:
        raise _unreadable(path, exc.strerror) from None


def _read(path: str) -> str | None:
    try:
        content = read_regular(path)
        return None if content is None else content.decode("utf-8")
    except OSError as exc:
        raise _unreadable(path, exc.strerror) from None
    except UnicodeDecodeError:
        raise _unreadable(path, "it is no text") from None


def _unreadable(path: str, reason: str | None) -> ReportError:
    return ReportError(f"{path}: what is there cannot be read: {reason or 'unknown reason'}.", "Move it away.")


def _diff(path: str, before: str | None, after: str | None) -> dict[str, str]:
    try:
        shown = [without_secret_text(text or "") for text in (before, after)]
    except DesiredError as exc:
        shown = [f"(what is there is not shown: {exc})\n", ""]
    absent = "/dev/null"
    headers = {"before_header": absent if before is None else path, "after_header": absent if after is None else path}
    return {"before": shown[0], "after": shown[1], **headers}
