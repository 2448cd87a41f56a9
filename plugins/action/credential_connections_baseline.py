# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin of the module credential_connections_baseline."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar

from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline_files import (
    baseline_texts,
    diff,
    existing_files,
    plan,
    refuse_files_below,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.text_files import write_files
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.account_action import AccountAction
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.subset import select_subset, subset_text

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import Options


class ActionModule(AccountAction):
    """Write the live connections as desired ones."""

    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "dest": {"type": "path", "required": True},
        "layout": {"type": "str", "default": "single", "choices": ["single", "per_connection"]},
        "overwrite": {"type": "bool", "default": False},
        "connections": {"type": "raw"},
    }

    def act(self, params: dict[str, Any], options: Options) -> dict[str, Any]:
        """Read the account, and write the files that differ from it. Raises :class:`TelnyxError`."""
        dest, per_connection = _destination(params)
        subset = params["connections"]
        selection = "" if subset is None else subset_text(subset)
        listing = self.read_account(options, consistency="strict")
        records = sorted(listing.records, key=lambda each: (str(each.get("created_at") or ""), each["id"]))
        if selection:
            records = select_subset(records, subset)
        files = baseline_texts(dest, records, selection, per_connection=per_connection)
        existing = existing_files(files, dest if per_connection else None)
        planned = plan(files, existing, selection)
        refused = bool(planned.conflicts) and not params["overwrite"]
        # A file that is not of this baseline is replaced where that is wanted, but never removed.
        kept = [path for path in planned.conflicts if path not in files]
        if not refused and not self._task.check_mode:
            write_files(planned.texts, planned.removed, mode=0o644, keep_mode=True)
        shown = planned.conflicts if refused else [*planned.texts, *planned.removed]
        return {
            # True for conflicts too, although nothing is written: otherwise Ansible does not show the diff.
            "changed": bool(shown),
            "files": sorted(files),
            "conflicts": sorted(planned.conflicts) if refused else [],
            "connections": len(records),
            "meta": listing.meta,
            # The first baseline has no diff: it would be the whole account.
            "diff": [diff(path, existing.get(path), files.get(path)) for path in sorted(shown)] if existing else [],
            **({"warnings": [_warning(kept)]} if kept and not refused else {}),
        }


def _destination(params: dict[str, Any]) -> tuple[str, bool]:
    """Return the absolute path, and whether it is that of a folder. Raises :class:`OptionError`."""
    dest = os.path.abspath(os.path.expanduser(params["dest"]))
    per_connection = params["layout"] == "per_connection"
    if os.path.exists(dest) and os.path.isdir(dest) != per_connection:
        kind = "a folder" if per_connection else "a file"
        raise OptionError("dest", f"{dest!r} is not {kind}, which layout={params['layout']} needs.")
    if not per_connection and dest.lower().endswith(".json"):
        raise OptionError("dest", "a baseline is YAML, and the drift check reads a .json file as JSON.")
    if per_connection:
        refuse_files_below(dest)
    return dest, per_connection


def _warning(kept: list[str]) -> str:
    return f"siptrunk.telnyx: not removed, because it was edited: {', '.join(sorted(kept))}. The account has no such connection any more."
