# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin of the module accept_findings."""

from __future__ import annotations

import datetime
import os
from typing import TYPE_CHECKING, Any, ClassVar

from ansible.plugins.action import ActionBase
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AcceptanceError, OptionError, TelnyxError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import one_line
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import parse_day
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance_update import (
    Note,
    Selection,
    Update,
    update_acceptances,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.accepted_editing import updated_text
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.accepted_files import parse_accepted, read_text
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.text_files import write_files
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.account_action import error_result
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.action_options import resolve_options
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.reading import read_report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LISTS = ("rules", "severities", "connections", "paths", "fingerprints")


class ActionModule(ActionBase):
    """Write findings of reports into a file of accepted findings."""

    _requires_connection = False
    _supports_async = False
    TRANSFERS_FILES = False
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "reports": {"type": "list", "elements": "path", "required": True},
        "dest": {"type": "path", "required": True},
        "reason": {"type": "str"},
        "who": {"type": "str"},
        "expires": {"type": "str"},
        **{name: {"type": "list", "elements": "str", "default": []} for name in LISTS},
        "prune": {"type": "bool", "default": False},
    }

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the action; every error of the collection becomes a failed result with ``error`` in it."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            params = resolve_options(self.SPEC, self._task.args, {}, self._templar)
            return {**result, **self._accept(params)}
        except TelnyxError as exc:
            return {**result, **error_result(exc)}

    def _accept(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Change the file, and return the result. Raises :class:`TelnyxError`."""
        note = _note(params)
        if not params["reports"]:
            raise AcceptanceError("There is no report to accept findings of.", "Run a check first.")
        reports = [read_report(path) for path in params["reports"]]
        dest = os.path.abspath(os.path.expanduser(params["dest"]))
        before = read_text(dest)
        existing = parse_accepted(dest, before or "")
        selection = Selection(*(params[name] for name in LISTS))
        updates = [update_acceptances(existing, each, selection, note, prune=params["prune"]) for each in reports]
        update = _merged(updates)
        if (update.added or update.changed) and not note.reason:
            raise OptionError(
                "reason",
                "is missing.",
                "Say why these findings are accepted (accept_reason), for those who come after.",
            )
        # A file that does not exist is written even if nothing is accepted, because the checks need one.
        after = updated_text(dest, before, existing, update)
        changed = before != after
        if changed and not self._task.check_mode:
            write_files({dest: after}, mode=0o644, keep_mode=True)
        return {
            "changed": changed,
            "dest": dest,
            "added": update.added,
            "updated": [existing[place].selects() for place in sorted(update.changed)],
            "removed": [existing[place].selects() for place in sorted(update.removed)],
            "diff": [
                {
                    "before": before or "",
                    "after": after,
                    "before_header": "/dev/null" if before is None else dest,
                    "after_header": dest,
                }
            ],
        }


def _note(params: Mapping[str, Any]) -> Note:
    """Return why findings are accepted. Raises :class:`OptionError`."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    expires = None
    if params["expires"]:
        try:
            expires = parse_day(params["expires"])
        except ValueError:
            raise OptionError(
                "expires", f"must be a day, as in 2027-03-31, not {one_line(params['expires'], 40)!r}."
            ) from None
        if expires < today:
            raise OptionError("expires", f"{expires} has passed.")
    return Note((params["reason"] or "").strip(), today, params["who"] or None, expires)


def _merged(updates: Sequence[Update]) -> Update:
    """Return the updates of several reports as one; each entry is added once."""
    merged = Update([], {}, [])
    for update in updates:
        merged.added.extend(entry for entry in update.added if entry not in merged.added)
        merged.changed.update(update.changed)
        merged.removed.extend(place for place in update.removed if place not in merged.removed)
    return merged
