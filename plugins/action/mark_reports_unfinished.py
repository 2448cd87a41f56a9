# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin of the module mark_reports_unfinished."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible.plugins.action import ActionBase
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TelnyxError, UnfinishedError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_base import error_result
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import write_reports
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import make_model


class ActionModule(ActionBase):
    """Write the reports of a check that did not finish."""

    _requires_connection = False
    TRANSFERS_FILES = False
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "check": {"type": "str", "required": True, "choices": ["drift", "policy"]},
        "report_dir": {"type": "path", "required": True},
        "account_label": {"type": "str"},
    }

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the action. It writes the reports in check mode, too."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(self.SPEC)
        try:
            model = make_model(params["check"], None, error=UnfinishedError(), account_label=params["account_label"])
            files = write_reports(params["report_dir"], model)
        except TelnyxError as exc:
            return {**result, **error_result(exc)}
        return {**result, "changed": False, "reports": list(files.values())}
