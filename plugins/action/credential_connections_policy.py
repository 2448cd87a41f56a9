# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action that does the work of the module credential_connections_policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import one_line, prefixed
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import make_exemptions
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.policy import (
    POLICY_SETTINGS,
    PolicyCheck,
    places_in_files,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rules import make_rules
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.files import read_desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.account_action import display
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.subset import select_subset
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.check_action import CheckAction
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.differences import policy_differences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import Acceptance
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.findings import Finding, Outcome
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import Record


class ActionModule(CheckAction):
    """Evaluate rules over the account's connections."""

    CHECK = "policy"
    OWN: ClassVar[dict[str, dict[str, Any]]] = {
        "rules": {"type": "list", "elements": "dict", "default": []},
        "built_in_rules": {"type": "bool", "default": True},
        "disabled_rules": {"type": "list", "elements": "str", "default": []},
        "exemptions": {"type": "list", "elements": "dict", "default": []},
        "allowed_outbound_voice_profile_ids": {"type": "list", "elements": "str"},
        "desired_files": {"type": "list", "elements": "path", "default": []},
    }

    def acceptances(self, params: dict[str, Any]) -> list[Acceptance]:
        """Return the exemptions and the accepted findings."""
        return make_exemptions(params["exemptions"], params["rules"]) + super().acceptances(params)

    def start(self, params: dict[str, Any]) -> PolicyCheck:
        """Return the rules, and where the connections are desired."""
        self._custom_rules = {rule.get("id") for rule in params["rules"]}
        return PolicyCheck(
            rules=make_rules(params["rules"], params["disabled_rules"], params["built_in_rules"]),
            settings={name: params[name] for name in POLICY_SETTINGS},
            account=self.account.label,
            portal_url=params["portal_url"],
            desired=places_in_files(read_desired(params["desired_files"], self.vault)),
        )

    def check(self, started: PolicyCheck, records: list[Record]) -> Outcome:
        """Evaluate the rules over the account."""
        selection, selected = self.account.selection, None
        if selection is not None:
            selected = {record["id"] for record in select_subset(records, selection)}
        outcome = started.evaluate(records, selected)
        for rule in outcome.rules:
            if rule["id"] in self._custom_rules and not rule["applied_to"]:
                # Its `when` may be wrong.
                display.warning(prefixed(f"The rule {one_line(rule['id'])} applied to no connection."))
        return outcome

    def diff(self, findings: Sequence[Finding]) -> list[dict[str, str]]:
        """Return the differences from what the connections have to what the rules want."""
        return policy_differences(findings)
