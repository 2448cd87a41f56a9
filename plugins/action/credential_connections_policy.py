# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action that does the work of the module credential_connections_policy."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from ansible.utils.display import Display
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import one_line, prefixed
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import make_exemptions
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.fail_on import CHOICES, ERROR
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.policy import POLICY_SETTINGS, evaluate
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.remedies import add_links, check_portal_url
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rules import make_rules
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.accepted_files import read_accepted
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.files import read_desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.record_lookup import RecordIndex
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.check_action import CheckAction
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import make_model

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.results import PolicyResult
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import Options

display = Display()


class ActionModule(CheckAction):
    """Evaluate rules over the account's connections."""

    CHECK = "policy"
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        **CheckAction.REPORT_SPEC,
        "rules": {"type": "list", "elements": "dict", "default": []},
        "built_in_rules": {"type": "bool", "default": True},
        "disabled_rules": {"type": "list", "elements": "str", "default": []},
        "exemptions": {"type": "list", "elements": "dict", "default": []},
        "allowed_outbound_voice_profile_ids": {"type": "list", "elements": "str"},
        "desired_files": {"type": "list", "elements": "path", "default": []},
        "fail_on": {"type": "list", "elements": "str", "default": [ERROR], "choices": CHOICES["policy"]},
    }

    def act(self, params: dict[str, Any], options: Options) -> dict[str, Any]:
        """Evaluate the rules over the account, write the reports and return the result."""
        rules = make_rules(params["rules"], params["disabled_rules"], params["built_in_rules"])
        if params["portal_url"]:
            check_portal_url(params["portal_url"])
        acceptances = make_exemptions(params["exemptions"], params["rules"]) + read_accepted(params["accepted_files"])
        reading = self.start_reading_for_check(params, options)
        desired = read_desired(params["desired_files"], self.vault)
        listing = reading()
        today = datetime.datetime.now(datetime.timezone.utc).date()
        settings = {name: params[name] for name in POLICY_SETTINGS}
        policy = evaluate(listing.records, rules, acceptances, settings, today=today, account=params["account_label"])
        custom_ids = {rule.get("id") for rule in params["rules"]}
        for warning in _unapplied_rule_warnings(policy, custom_ids):
            display.warning(prefixed(warning))
        _add_sources(policy, desired)
        add_links(policy, params["portal_url"])
        model = make_model(
            self.CHECK,
            listing.api_url,
            result=policy,
            connections=listing.total_results,
            account_label=params["account_label"],
            accepted_files=params["accepted_files"],
            read_at=listing.read_at,
        )
        report_result = self.write_reports_result(model, params["fail_on"])
        return {"policy": policy, "meta": listing.meta, **report_result}


def _unapplied_rule_warnings(policy: PolicyResult, custom_ids: set[Any]) -> list[str]:
    """Return a warning for each custom rule that applied to no connection: its ``when`` may be wrong."""
    return [
        f"The rule {one_line(rule['id'])} applied to no connection."
        for rule in policy["rules"]
        if rule["id"] in custom_ids and not rule["applied_to"]
    ]


def _add_sources(policy: PolicyResult, desired: list[Desired]) -> None:
    """Add to each violation where the connection is desired: by its id, or by its name where only one record has it."""
    index = RecordIndex([{**each.record, "source": each.source} for each in desired if isinstance(each.record, dict)])
    for violation in (*policy["violations"], *policy["accepted"]):
        records = index.get_by("id", violation["id"])
        if len(records) != 1:
            records = index.get_by("connection_name", violation["name"])
        if len(records) == 1:
            violation["source"] = records[0]["source"]
