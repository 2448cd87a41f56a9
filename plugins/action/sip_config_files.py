# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pass the files of a SIP program to the module sip_config_files without adding them to the task's arguments."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible.plugins.action import ActionBase
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.hidden_files import arguments_with_files


class ActionModule(ActionBase):
    """Evaluate the variable with the files on the controller, and run the module on the managed node."""

    _supports_async = False
    TRANSFERS_FILES = False
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "dest": {"type": "path", "required": True},
        "files": {"type": "dict"},
        "files_variable": {"type": "str"},
        "program": {"type": "str", "required": True},
        "validate": {"type": "str"},
        "mode": {"type": "raw", "default": "0600"},
        "backups": {"type": "int", "default": 0},
        "note_reload": {"type": "bool", "default": False},
    }

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module with the content of the files."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = arguments_with_files("sip_config_files", self._task.args, variables, self._templar)
        return {
            **result,
            **self._execute_module("siptrunk.telnyx.sip_config_files", arguments, task_vars=variables),
        }
