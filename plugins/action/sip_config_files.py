# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pass the files of a SIP program to the module sip_config_files without adding them to the task's arguments.

Callback plugins can read a task's arguments and store them, and the files contain passwords.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_options import HiddenText
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plain_types import to_plain


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
    }

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module with the content of the files."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = {name: value for name, value in self._task.args.items() if name != "files_variable"}
        variable = self._task.args.get("files_variable")
        if (variable is None) == (arguments.get("files") is None):
            raise AnsibleActionFail("sip_config_files: give either files or files_variable.")
        files = arguments["files"] if variable is None else self._evaluate(str(variable), variables)
        arguments["files"] = _hidden(files)
        return {
            **result,
            **self._execute_module("siptrunk.telnyx.sip_config_files", arguments, task_vars=variables),
        }

    def _evaluate(self, variable: str, variables: Mapping[str, Any]) -> Any:
        if variable not in variables:
            raise AnsibleActionFail(f"sip_config_files: files_variable: there is no variable {variable!r}.")
        return self._templar.template(variables[variable])


def _hidden(files: Any) -> dict[str, HiddenText]:
    """Return the content of the files as text that Ansible does not show when it prints a module's arguments."""
    if isinstance(files, str):
        with contextlib.suppress(ValueError):
            files = json.loads(files)
    if not isinstance(files, Mapping):
        raise AnsibleActionFail("sip_config_files: the files must be a dictionary of names and content.")
    return {str(name): HiddenText(content) for name, content in to_plain(files).items()}
