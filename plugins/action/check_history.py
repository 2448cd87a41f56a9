# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin of the module check_history."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TelnyxError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import prefixed
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_base import error_result
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._history.comparing import compare_stored_runs
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._history.store import HistoryStore

display = Display()


class ActionModule(ActionBase):
    """Compare two runs of a check."""

    _requires_connection = False
    TRANSFERS_FILES = False
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "history_dir": {"type": "path", "required": True},
        "check": {"type": "str", "required": True, "choices": ["drift", "policy"]},
        "account_label": {"type": "str"},
        "newer": {"type": "str"},
        "older": {"type": "str"},
    }

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the action."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(self.SPEC)
        store = HistoryStore(params["history_dir"], params["check"], params["account_label"])
        try:
            compared = compare_stored_runs(store, params["older"], params["newer"])
        except TelnyxError as exc:
            return {**result, **error_result(exc)}
        finally:
            for warning in store.warnings:
                display.warning(prefixed(warning))
        return {**result, "changed": False, **compared}
