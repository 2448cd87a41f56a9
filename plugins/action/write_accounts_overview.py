# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin of the module write_accounts_overview."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, ClassVar

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.accounts import CHECKS, read_accounts
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.overview import account_line, is_failing
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import ReportError, TelnyxError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_base import check_report_url, error_result
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plain_types import to_plain
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.overview import (
    overview_of_reports,
    write_overview,
    write_unfinished_overview,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class ActionModule(ActionBase):
    """Write the overview of the accounts that this run has checked."""

    _requires_connection = False
    TRANSFERS_FILES = False
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "accounts": {"type": "raw", "required": True},
        "checks": {"type": "raw", "default": list(CHECKS)},
        "results": {"type": "list", "elements": "dict", "required": True},
        "report_dir": {"type": "path", "required": True},
        "history_dir": {"type": "path"},
        "report_url": {"type": "str"},
    }

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the action. It writes the files in check mode, too."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(self.SPEC)
        folder, url = params["report_dir"], params["report_url"]
        try:
            check_report_url(url)
            accounts = read_accounts(to_plain(params["accounts"]), to_plain(params["checks"]))
            results = _by_check(to_plain(params["results"]))
            recorded = [each for each in CHECKS if params["history_dir"] or self._has_history(each, task_vars or {})]
            overview, changed = overview_of_reports(folder, accounts, results, recorded)
            files = write_overview(folder, overview, changed, url)
        except TelnyxError as exc:
            with contextlib.suppress(ReportError):
                write_unfinished_overview(folder, exc)
            return {**result, **error_result(exc)}
        return {
            **result,
            "changed": False,
            "msg": f"{overview['summary']}; overview: {files['html']}",
            "lines": [account_line(each) for each in overview["accounts"]],
            "failing": [account_line(each) for each in overview["accounts"] if is_failing(each)],
            "totals": overview["totals"],
            "reports": list(files.values()),
        }

    def _has_history(self, check: str, task_vars: Mapping[str, Any]) -> bool:
        """Return whether the variable of the check's role names a folder for the history."""
        try:
            return bool(self._templar.template(task_vars.get(f"{check}_check_history_dir")))
        except AnsibleError:
            return False  # without its value, nothing was recorded


def _by_check(results: Iterable[Mapping[str, Any]]) -> dict[tuple[int, str], Mapping[str, Any]]:
    """Return the results of ``check_account`` by account and check; a task that failed without running its check has none."""
    return {(each["number"], each["check"]): each for each in results if {"number", "check"} <= each.keys()}
