# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action that does the work of the module credential_connections_drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import (
    UNEXPECTED,
    Comparison,
    DriftCheck,
    drift_outcome,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.files import read_desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.record_lookup import TERM_FIELDS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import with_masked_password
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.check_action import CheckAction
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.differences import drift_differences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.findings import Finding, Outcome
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import Record


class ActionModule(CheckAction):
    """Compare desired connections with the live ones."""

    CHECK = "drift"
    OWN: ClassVar[dict[str, dict[str, Any]]] = {
        "desired": {"type": "list", "elements": "dict"},
        "desired_files": {"type": "list", "elements": "path"},
        "match_by": {"type": "str", "default": "connection_name", "choices": list(reversed(TERM_FIELDS))},
        "unexpected": {"type": "str", "default": "report", "choices": list(UNEXPECTED)},
        "ignore": {"type": "list", "elements": "str", "default": []},
    }
    READING: ClassVar[dict[str, Any]] = {**CheckAction.READING, "include_passwords": True}
    comparisons: Sequence[Comparison] = ()

    def start(self, params: dict[str, Any]) -> tuple[DriftCheck, list[Desired]]:
        """Return how connections are compared, and the desired ones."""
        records, files = params["desired"], params["desired_files"]
        if (records is None) == (files is None):
            raise OptionError("desired", "give either this option or desired_files, not both.")
        if files is not None and not files:
            raise OptionError("desired_files", "the list is empty.")
        desired = read_desired(files, self.vault, params["match_by"]) if files else [Desired(each) for each in records]
        if not desired and params["unexpected"] == "ignore":
            message = "no connection is desired, and unexpected ones are ignored, so nothing would be compared."
            raise OptionError("desired_files" if files else "desired", message)
        check = DriftCheck(
            match_by=params["match_by"],
            unexpected=params["unexpected"],
            ignore=params["ignore"],
            account=self.account.label,
            portal_url=params["portal_url"],
        )
        return check, desired

    def check(self, started: tuple[DriftCheck, list[Desired]], records: list[Record]) -> Outcome:
        """Compare the desired connections with the account."""
        check, desired = started
        if self.account.read_at is not None:
            records = [with_masked_password(record) for record in records]  # unknown, and not absent
        self.comparisons = check.compare(desired, records)
        return drift_outcome(self.comparisons)

    def diff(self, findings: Sequence[Finding]) -> list[dict[str, str]]:
        """Return the differences from desired to live."""
        return drift_differences(self.comparisons, findings)
