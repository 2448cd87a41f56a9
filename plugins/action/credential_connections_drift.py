# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of the module credential_connections_drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ansible_collections.siptrunk.telnyx.plugins.module_utils._argument_spec import TERM_FIELDS
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.drift import (
    UNEXPECTED,
    Compared,
    Desired,
    as_result,
    compare,
    part_compared,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import without_secrets
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import visible
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_base import CheckAction
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline import baseline_record
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.files import read_desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_writer import dump
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import make_model

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import Options


class ActionModule(CheckAction):
    """Compare desired connections with the live ones."""

    CHECK = "drift"
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        **CheckAction.REPORT_SPEC,
        "desired": {"type": "list", "elements": "dict"},
        "desired_files": {"type": "list", "elements": "path"},
        "match_by": {"type": "str", "default": "connection_name", "choices": list(reversed(TERM_FIELDS))},
        "unexpected": {"type": "str", "default": "report", "choices": list(UNEXPECTED)},
        "ignore": {"type": "list", "elements": "str", "default": []},
        "fail_on_drift": {"type": "bool", "default": False},
    }

    def act(self, params: dict[str, Any], options: Options) -> dict[str, Any]:
        """Read both sides, compare, report."""
        desired = self._desired(params)
        secret = any(without_secrets(each.record) is not each.record for each in desired)
        listing = self.read_account_for_check(params, options, include_passwords=secret)
        compared = compare(desired, listing.records, params["match_by"], params["unexpected"], params["ignore"])
        drift = as_result(compared)
        drifted = drift["status"] == "drift"
        unwelcome = params["unexpected"] == "fail" and drift["totals"]["unexpected"] > 0
        model = make_model(
            self.CHECK,
            options.api_url,
            result=drift,
            total=listing.total_results,
            account_label=params["account_label"],
        )
        report_result = self.write_reports_result(model, fail=unwelcome or (drifted and params["fail_on_drift"]))
        if self._task.diff:
            report_result["diff"] = _diff(compared, params["ignore"])
        return {"changed": drifted, "drift": drift, "meta": listing.meta, **report_result}

    def _desired(self, params: dict[str, Any]) -> list[Desired]:
        given, files = params["desired"], params["desired_files"]
        if (given is None) == (files is None):
            raise OptionError("desired", "give either it or desired_files, and not both.")
        if files is not None and not files:
            raise OptionError("desired_files", "the list is empty.")
        return read_desired(files, self.vault) if files else [Desired(record) for record in given]


def _diff(compared: list[Compared], ignore: list[str]) -> list[dict[str, str]]:
    """A difference for each connection that is not in sync: what is desired, and then what is there."""
    diffs = []
    for each in compared:
        if each.status in ("drifted", "missing", "unexpected"):
            parts = part_compared(each, ignore)
            # Of a stranger, what a baseline would say: that part can be copied into it.
            parts = ({}, baseline_record(parts[1])) if each.status == "unexpected" else parts
            before, after = (dump(part) if part else "" for part in parts)
            name = visible(str(each.as_dict()["name"]))
            headers = {"before_header": f"{name} (desired)", "after_header": f"{name} (live)"}
            diffs.append({"before": before, "after": after, **headers})
    return diffs
