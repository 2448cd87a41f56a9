# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that the hosts for which a task runs once all have the same account.

A task with ``run_once`` sees the variables of the first host only, so the accounts of the other hosts would not be checked,
without any message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleError
from ansible.template import Templar
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SeveralAccountsError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plugin_options import VARS_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible.parsing.dataloader import DataLoader
    from ansible.playbook.task import Task

# The options that select the account.
ACCOUNT_OPTIONS = ("api_key", "api_key_file", "api_url", "snapshot_file")
SNAPSHOT_VARIABLE = f"{VARS_PREFIX}snapshot_file"
# The strategies that ignore ``run_once``.
STRATEGIES_WITHOUT_RUN_ONCE = ("free", "host_pinned")


def refuse_several_accounts(
    task: Task, task_vars: Mapping[str, Any], loader: DataLoader, variables: Sequence[str] = ()
) -> None:
    """Raise :class:`SeveralAccountsError` if the task runs once for hosts whose account variables differ.

    ``variables`` are the names of these variables; by default, those of the :data:`ACCOUNT_OPTIONS` that the task does not set.
    The variables are resolved for each host as Ansible does it for the task, including those of the play and of the role.
    No message contains their values.
    """
    names = list(variables) or [VARS_PREFIX + name for name in ACCOUNT_OPTIONS if task.args.get(name) is None]
    hosts = list(task_vars.get("ansible_play_batch") or [])
    strategy = str(task.get_play().strategy or "").rpartition(".")[2]
    if (
        not task.run_once
        or len(hosts) < 2
        or strategy in STRATEGIES_WITHOUT_RUN_ONCE
        or task.args.get("snapshot_file") is not None
    ):
        return
    groups: dict[str, dict[Any, list[str]]] = {name: {} for name in names}
    for host in hosts:
        values = _resolved(names, _variables(task_vars["hostvars"], host, task), loader)
        if values.get(SNAPSHOT_VARIABLE) is not None:
            values = {SNAPSHOT_VARIABLE: values[SNAPSHOT_VARIABLE]}  # with a snapshot file, the API is not asked
        for name in names:
            groups[name].setdefault(values.get(name), []).append(host)
    differing = {name: list(found.values()) for name, found in groups.items() if len(found) > 1}
    if differing:
        raise SeveralAccountsError.of_groups(differing)


def _variables(hostvars: Any, host: str, task: Task) -> dict[str, Any]:
    """Return a host's variables for a task, not templated.

    Ansible's public ``hostvars`` lacks the variables of the play, the role and the task, and an action plugin gets no other
    way to the variable manager.
    """
    manager, inventory = hostvars._variable_manager, hostvars._inventory  # noqa: SLF001
    variables: dict[str, Any] = manager.get_vars(play=task.get_play(), host=inventory.get_host(host), task=task)
    return variables


def _resolved(names: list[str], variables: dict[str, Any], loader: DataLoader) -> dict[str, Any]:
    """Return the values of the variables that are set, as text; ``False`` for one that cannot be templated."""
    if not any(name in variables for name in names):
        return {}
    templar = Templar(loader=loader, variables=variables)
    values: dict[str, Any] = {}
    for name in names:
        if variables.get(name) is not None:
            try:
                values[name] = str(templar.template(variables[name]))
            except AnsibleError:
                values[name] = False
    return values
