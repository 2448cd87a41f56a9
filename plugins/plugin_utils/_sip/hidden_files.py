# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pass files with passwords to a module without adding them to the task's arguments.

Callback plugins can read a task's arguments and store them.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail

from .._reading.action_options import HiddenText
from .._reading.plain_types import to_plain

if TYPE_CHECKING:
    from ansible.template import Templar


def arguments_with_files(
    module: str, args: Mapping[str, Any], task_vars: Mapping[str, Any], templar: Templar
) -> dict[str, Any]:
    """Return the arguments of a module: those of the task, with the content of ``files`` or ``files_variable`` as ``files``.

    ``module`` is the module's name, for messages. Raises ``AnsibleActionFail``.
    """
    arguments = {name: value for name, value in args.items() if name != "files_variable"}
    variable = args.get("files_variable")
    if (variable is None) == (arguments.get("files") is None):
        raise AnsibleActionFail(f"{module}: give either files or files_variable.")
    if variable is None:
        files = arguments["files"]
    elif variable in task_vars:
        files = templar.template(task_vars[variable])
    else:
        raise AnsibleActionFail(f"{module}: files_variable: there is no variable {variable!r}.")
    arguments["files"] = _hidden(module, files)
    return arguments


def _hidden(module: str, files: Any) -> dict[str, HiddenText]:
    """Return the content of the files as text that Ansible does not show when it prints a module's arguments."""
    if isinstance(files, str):
        with contextlib.suppress(ValueError):
            files = json.loads(files)
    if not isinstance(files, Mapping):
        raise AnsibleActionFail(f"{module}: the files must be a dictionary of names and content.")
    return {str(name): HiddenText(content) for name, content in to_plain(files).items()}
