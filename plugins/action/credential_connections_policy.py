# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of the module credential_connections_policy."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from ansible.utils.display import Display
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.policy import (
    SETTINGS,
    evaluate,
    make_exemptions,
    make_rules,
    unused,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import one_line
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_base import CheckAction
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.files import read_desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import make_model

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.drift import Desired
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import Options

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
        "fail_on_violations": {"type": "bool", "default": False},
    }

    def act(self, params: dict[str, Any], options: Options) -> dict[str, Any]:
        """Make the rules, read the account, evaluate, report."""
        rules = make_rules(params["rules"], params["disabled_rules"], params["built_in_rules"])
        exemptions = make_exemptions(params["exemptions"], params["rules"])
        sources = _sources(read_desired(params["desired_files"], self.vault))
        listing = self.read_account_for_check(params, options)
        today = datetime.datetime.now(datetime.timezone.utc).date()
        settings = {name: params[name] for name in SETTINGS}
        policy = evaluate(listing.records, rules, exemptions, settings, today=today)
        for warning in unused(exemptions):
            display.warning(warning)
        own = {rule.get("id") for rule in params["rules"]}
        for rule in policy["rules"]:
            if rule["id"] in own and not rule["applied_to"]:
                display.warning(f"siptrunk.telnyx: the rule {one_line(rule['id'])} applied to no connection.")
        for found in (*policy["violations"], *policy["exempted"]):
            source = sources.get(("id", found["id"])) or sources.get(("connection_name", str(found["name"])))
            if source:
                found["source"] = source
        model = make_model(
            self.CHECK,
            options.api_url,
            result=policy,
            total=listing.total_results,
            account_label=params["account_label"],
        )
        report_result = self.write_reports_result(
            model, fail=bool(policy["violations"]) and params["fail_on_violations"]
        )
        return {"policy": policy, "meta": listing.meta, **report_result}


def _sources(desired: list[Desired]) -> dict[Any, dict[str, Any]]:
    """Where each connection stands in the baseline, by id and, where that is unique, by name."""
    sources: dict[Any, dict[str, Any]] = {}
    twice = set()
    for each in desired:
        for field in ("id", "connection_name"):
            value = each.record.get(field) if isinstance(each.record, dict) else None
            if value is not None and each.source:
                key = (field, str(value))
                twice |= {key} & sources.keys()
                sources[key] = each.source
    return {key: source for key, source in sources.items() if key not in twice}
