# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the hosts for which a task runs once all mean one account.

A task with ``run_once`` sees the variables of the first host alone: the accounts of the others would not be checked, and
nothing would say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleError
from ansible.template import Templar
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SeveralAccountsError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plugin_options import VARS_PREFIX

if TYPE_CHECKING:
    from ansible.parsing.dataloader import DataLoader
    from ansible.playbook.task import Task

# The options that say which account is read.
ACCOUNT_OPTIONS = ("api_key", "api_key_file", "api_url")
# The strategies that run a task for each host in spite of ``run_once``.
STRATEGIES_WITHOUT_RUN_ONCE = ("free", "host_pinned")


def refuse_several_accounts(task: Task, task_vars: Mapping[str, Any], loader: DataLoader) -> None:
    """Raise :class:`SeveralAccountsError` where the task runs once for hosts whose account variables differ.

    The variables are resolved for each host as Ansible resolves them for the task, those of the play and of the role
    included. Their values go into no message.
    """
    names = [VARS_PREFIX + name for name in ACCOUNT_OPTIONS if task.args.get(name) is None]
    hosts = list(task_vars.get("ansible_play_batch") or [])
    play = task.get_play()
    strategy = str(play.strategy or "").rpartition(".")[2]
    if not task.run_once or len(hosts) < 2 or strategy in STRATEGIES_WITHOUT_RUN_ONCE:
        return
    hostvars = task_vars["hostvars"]
    groups: dict[str, dict[Any, list[str]]] = {name: {} for name in names}
    for host in hosts:
        variables = hostvars._variable_manager.get_vars(play=play, host=hostvars._inventory.get_host(host), task=task)
        if not any(name in variables for name in names):
            values: dict[str, Any] = {}
        else:
            values = _resolved(names, variables, loader)
        for name in names:
            groups[name].setdefault(values.get(name), []).append(host)
    differing = {name: list(found.values()) for name, found in groups.items() if len(found) > 1}
    if differing:
        raise SeveralAccountsError(differing)


def _resolved(names: list[str], variables: dict[str, Any], loader: DataLoader) -> dict[str, Any]:
    """The values of the variables that are set, as text; ``False`` for one that cannot be templated."""
    templar = Templar(loader=loader, variables=variables)
    values: dict[str, Any] = {}
    for name in names:
        if variables.get(name) is not None:
            try:
                values[name] = str(templar.template(variables[name]))
            except AnsibleError:
                values[name] = False
    return values
