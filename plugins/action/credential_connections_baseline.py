# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of the module credential_connections_baseline."""

from __future__ import annotations

import os
import re
from typing import Any, ClassVar, Dict, List, Optional

from ansible_collections.siptrunk.telnyx.plugins.module_utils.errors import DesiredError, OptionError, ReportError
from ansible_collections.siptrunk.telnyx.plugins.module_utils.options import Options
from ansible_collections.siptrunk.telnyx.plugins.module_utils.records import Record
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.action import AccountAction
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.baseline import (
    baseline_record,
    dump,
    without_secret_text,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.report import write_file

HEADING = "# The desired credential connections of a Telnyx account, as siptrunk.telnyx.baseline wrote them.\n---\n"


class ActionModule(AccountAction):
    """Write the live connections as desired ones."""

    SPEC: ClassVar[Dict[str, Dict[str, Any]]] = {
        "dest": {"type": "path", "required": True},
        "layout": {"type": "str", "default": "single", "choices": ["single", "per_connection"]},
        "overwrite": {"type": "bool", "default": False},
    }

    def act(self, params: Dict[str, Any], options: Options) -> Dict[str, Any]:
        """Read the account, and write what differs from the files that are there, unless that loses something."""
        dest = os.path.abspath(os.path.expanduser(params["dest"]))
        per_connection = params["layout"] == "per_connection"
        if os.path.exists(dest) and os.path.isdir(dest) != per_connection:
            kind = "a folder" if per_connection else "a file"
            raise OptionError("dest", f"{dest!r} is not {kind}, as layout={params['layout']} wants it.")
        listing = self.listing(options, consistency="strict")
        wanted = _files(dest, listing.records) if per_connection else {dest: HEADING + dump(_sorted(listing.records))}
        existing = {path: _read(path) for path in {*wanted, *(_present(dest) if per_connection else ())}}
        differing = {path: text for path, text in existing.items() if text != wanted.get(path)}
        conflicts = sorted(path for path, text in differing.items() if text is not None)
        refused = bool(conflicts) and not params["overwrite"]
        result: Dict[str, Any] = {
            "changed": bool(differing),  # also where it would be: Ansible shows no difference otherwise
            "files": sorted(wanted),
            "conflicts": conflicts if refused else [],
            "connections": len(listing.records),
            "meta": listing.meta,
            # Where there was nothing, all is new, and nobody needs to see it.
            "diff": [_diff(path, differing[path], wanted.get(path)) for path in (conflicts or sorted(differing))]
            if any(text is not None for text in existing.values())
            else [],
        }
        if refused or self._task.check_mode:
            return result
        for path in sorted(differing):
            if path in wanted:
                write_file(path, wanted[path], 0o644)
            else:
                _remove(path)
        return result


def _sorted(records: List[Record]) -> List[Record]:
    ordered = sorted(records, key=lambda record: (str(record.get("connection_name")), record["id"]))
    return [baseline_record(record) for record in ordered]


def _files(dest: str, records: List[Record]) -> Dict[str, str]:
    """A file for each connection, named by its name, for people, and its id, which makes it the only one."""
    files = {}
    for record in _sorted(records):
        name = re.sub(r"[^a-z0-9]+", "-", str(record.get("connection_name") or "").lower()).strip("-")[:60]
        identity = re.sub(r"[^A-Za-z0-9-]", "_", record["id"])[:64]
        files[os.path.join(dest, f"{name}.{identity}.yml" if name else f"{identity}.yml")] = HEADING + dump(record)
    if len(files) < len(records):
        raise OptionError("layout", "two connections have ids that look alike in a file's name; use layout=single.")
    return files


def _present(folder: str) -> List[str]:
    """The files of the folder that we wrote; others are left alone."""
    if not os.path.isdir(folder):
        return []
    paths = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".yml")]
    return [path for path in paths if (_read(path) or "").startswith(HEADING.split("\n", 1)[0])]


def _read(path: str) -> Optional[str]:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as exc:
        reason = getattr(exc, "strerror", None) or "it is no text"
        raise ReportError(f"{path}: what is there cannot be read: {reason}.", "Move it away.") from None


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError as exc:
        raise ReportError(f"{path}: cannot be removed: {exc.strerror}.") from None


def _diff(path: str, before: Optional[str], after: Optional[str]) -> Dict[str, str]:
    try:
        shown = without_secret_text(before or "")
    except DesiredError as exc:
        shown = f"(what is there is not shown: {exc})\n"
    absent = "/dev/null"
    headers = {"before_header": absent if before is None else path, "after_header": absent if after is None else path}
    return {"before": shown, "after": after or "", **headers}
