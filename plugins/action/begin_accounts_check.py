# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin of the module begin_accounts_check."""

from __future__ import annotations

import contextlib
import os
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.accounts import CHECKS, read_accounts
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import ReportError, TelnyxError, UnfinishedError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import visible
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_base import error_result
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plain_types import to_plain
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import write_reports
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import make_model
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.overview import write_unfinished_overview
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._single_account import refuse_several_accounts


class ActionModule(ActionBase):
    """Mark the reports of all accounts as unfinished, and return what is to be checked."""

    _requires_connection = False
    TRANSFERS_FILES = False
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "accounts": {"type": "raw"},
        "checks": {"type": "raw", "default": list(CHECKS)},
        "report_dir": {"type": "path", "required": True},
    }

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the action. It writes the reports in check mode, too."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(self.SPEC)
        folder = params["report_dir"]
        try:
            write_unfinished_overview(folder)
            runs = []
            if params["accounts"] is not None:
                refuse_several_accounts(self._task, task_vars or {}, self._loader, ["accounts_check_accounts"])
                runs = _begin(folder, params["accounts"], params["checks"])
        except TelnyxError as exc:
            with contextlib.suppress(ReportError):
                write_unfinished_overview(folder, exc)
            return {**result, **error_result(exc)}
        return {**result, "changed": False, "runs": runs}


def _begin(folder: str, accounts: Any, checks: Any) -> list[dict[str, Any]]:
    """Mark the reports of each account, and return the checks that are to be run. Raises :class:`OptionError`."""
    runs = []
    for account in read_accounts(to_plain(accounts), to_plain(checks)):
        for check in account.checks if account.folder else ():
            # If this fails, so does the check, which then says so.
            with contextlib.suppress(ReportError):
                model = make_model(check, None, error=UnfinishedError(), account_label=account.name)
                write_reports(os.path.join(folder, str(account.folder), check), model)
            runs.append({"number": account.number, "check": check, "name": visible(account.name)})
    return runs
