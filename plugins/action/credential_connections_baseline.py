# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin of the module credential_connections_baseline."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError, OptionError, ReportError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import read_regular
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline import (
    baseline_record,
    without_secret_text,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline_update import update_files
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.paths import files_below
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.text_files import write_files
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_writer import dump, dump_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.account_action import AccountAction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import Options
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import Record

FIRST_LINE = "# Desired credential connections of a Telnyx account, written by siptrunk.telnyx.baseline.\n"
HEADING = f"{FIRST_LINE}---\n"
# What a folder holds for an account without connections: a drift check refuses a folder without files.
EMPTY = f"{HEADING}[]\n"
EMPTY_NAME = "empty.yml"


class ActionModule(AccountAction):
    """Write the live connections as desired ones."""

    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "dest": {"type": "path", "required": True},
        "layout": {"type": "str", "default": "single", "choices": ["single", "per_connection"]},
        "overwrite": {"type": "bool", "default": False},
    }

    def act(self, params: dict[str, Any], options: Options) -> dict[str, Any]:
        """Read the account, and write the files that differ from it. Raises :class:`TelnyxError`."""
        dest = os.path.abspath(os.path.expanduser(params["dest"]))
        per_connection = params["layout"] == "per_connection"
        if os.path.exists(dest) and os.path.isdir(dest) != per_connection:
            kind = "a folder" if per_connection else "a file"
            raise OptionError("dest", f"{dest!r} is not {kind}, which layout={params['layout']} needs.")
        if not per_connection and dest.lower().endswith(".json"):
            raise OptionError("dest", "a baseline is YAML, and the drift check reads a .json file as JSON.")
        if per_connection:
            _refuse_files_below(dest)
        before = _managed_files(dest) if per_connection else {dest: _read(dest)}
        listing = self.read_account(options, consistency="strict")
        records = sorted(listing.records, key=lambda each: (str(each.get("created_at") or ""), each["id"]))
        if per_connection:
            after = self._per_connection_files(dest, records, before)
        else:
            after = {dest: self._single_file(dest, records, before[dest])}
        differing = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
        # Nobody has edited the file of an empty account, so its removal is not a conflict.
        conflicts = [path for path in differing if before.get(path) not in (None, EMPTY)]
        refused = bool(conflicts) and not params["overwrite"]
        had_files = any(text is not None for text in before.values())
        result: dict[str, Any] = {
            # True for conflicts too, although nothing is written: otherwise Ansible does not show the diff.
            "changed": bool(differing),
            "files": sorted(path for path, text in after.items() if text is not None),
            "conflicts": conflicts if refused else [],
            "connections": len(records),
            "meta": listing.meta,
            # The first baseline has no diff: it would be the whole account.
            "diff": [_diff(path, before.get(path), after.get(path)) for path in (conflicts or differing)]
            if had_files
            else [],
        }
        if not refused and not self._task.check_mode:
            texts = {path: text for path in differing if (text := after.get(path)) is not None}
            removed = [path for path in differing if path not in texts]
            write_files(texts, removed, mode=0o644, keep_mode=True)
        return result

    def _single_file(self, path: str, records: list[Record], before: str | None) -> str:
        """Return the text of the one file. Raises :class:`DesiredError` and :class:`AmbiguousError`."""
        fresh = HEADING + dump([baseline_record(record) for record in records])
        if before is None or before == fresh or not before.strip():
            return fresh
        return update_files({path: before}, records, self.vault, file_of_id={}, add_to=path)[path] or ""

    def _per_connection_files(
        self, dest: str, records: list[Record], before: dict[str, str | None]
    ) -> dict[str, str | None]:
        """Return the texts of the files of a folder, ``None`` for those to remove.

        Existing files at the paths of new ones are added to ``before``. Raises :class:`DesiredError`,
        :class:`AmbiguousError` and :class:`ReportError`.
        """
        record_of_path = _connection_paths(dest, records)
        texts = dump_records([baseline_record(record) for record in record_of_path.values()])
        fresh = {path: HEADING + text for path, text in zip(record_of_path, texts)}
        before.update({path: _read(path) for path in fresh if path not in before})
        unchanged = [path for path, text in fresh.items() if before[path] == text]
        after: dict[str, str | None] = {path: fresh[path] for path in unchanged}
        edited = {
            path: text for path, text in before.items() if text is not None and path not in after and text != EMPTY
        }
        file_of_id = {record_of_path[path]["id"]: path for path in unchanged}
        path_of_id = {record["id"]: path for path, record in record_of_path.items()}
        after.update(update_files(edited, records, self.vault, file_of_id=file_of_id, paths=path_of_id))
        for path, record in record_of_path.items():
            if record["id"] not in file_of_id:
                if after.get(path) is not None:
                    raise DesiredError(
                        f"{path}: its content is about another connection than its name.", "Move it to another folder."
                    )
                after[path] = fresh[path]
        if not any(text is not None for text in after.values()):
            after[os.path.join(dest, EMPTY_NAME)] = EMPTY
        return after


def _connection_paths(dest: str, records: Sequence[Record]) -> dict[str, Record]:
    """Return the record of each path: the name is the connection's name, for people, and its id, which is unique.

    If two names are the same on a file system that ignores case, a part of the id's hash is added to both.
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


def _refuse_files_below(folder: str) -> None:
    """Refuse a folder whose subfolders have files that a drift check of it reads besides the baseline.

    Raises :class:`OptionError`, and :class:`DesiredError` for a folder that cannot be read.
    """
    for path in sorted(files_below(folder)) if os.path.isdir(folder) else ():
        if os.path.dirname(path) != folder:
            raise OptionError(
                "dest",
                f"{folder!r} has files in folders below it, such as {os.path.relpath(path, folder)!r}. A drift check of it reads them too,"
                " and would find their connections twice.",
                "Nothing was written. Choose another folder, such as the one of that file, or move these files out of it.",
            )


def _managed_files(folder: str) -> dict[str, str | None]:
    """Return the texts of the folder's files that begin with the baseline's heading; other files are left alone.

    Raises :class:`ReportError`.
    """
    managed: dict[str, str | None] = {}
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        path = os.path.join(folder, name)
        if (
            name.endswith(".yml")
            and os.path.isfile(path)
            and _read_bytes(path).removeprefix(b"\xef\xbb\xbf").startswith(FIRST_LINE.rstrip("\n").encode())
        ):
            managed[path] = _read(path)
    return managed


def _read_bytes(path: str) -> bytes:
    try:
        return read_regular(path) or b""
    except OSError as exc:
        raise _unreadable(path, exc.strerror) from None


def _read(path: str) -> str | None:
    """Return the text of a file, ``None`` if there is no file. Raises :class:`ReportError`."""
    try:
        content = read_regular(path)
        return None if content is None else content.decode("utf-8")
    except OSError as exc:
        raise _unreadable(path, exc.strerror) from None
    except UnicodeDecodeError:
        raise _unreadable(path, "it is not text") from None


def _unreadable(path: str, reason: str | None) -> ReportError:
    return ReportError(
        f"{path}: the existing file cannot be read: {reason or 'unknown reason'}.", "Move it to another folder."
    )


def _diff(path: str, before: str | None, after: str | None) -> dict[str, str]:
    """Return Ansible's diff of a file, without secrets; ``None`` is a file that does not exist."""
    try:
        texts = [without_secret_text(text or "") for text in (before, after)]
    except DesiredError as exc:
        texts = [f"(the existing file is not shown: {exc})\n", ""]
    absent = "/dev/null"
    headers = {"before_header": absent if before is None else path, "after_header": absent if after is None else path}
    return {"before": texts[0], "after": texts[1], **headers}
