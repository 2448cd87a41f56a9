# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A draft of the inventory, which is copied to the real one once it is complete."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.inventory.group import Group

# What Ansible sets for each host by itself, from the source that it is reading.
_SET_BY_ANSIBLE = ("inventory_file", "inventory_dir")


class Draft(InventoryData):
    """An inventory that begins with the groups of the real one, which stays as it is if building the draft fails.

    The names of groups come from text of the API. If Ansible does not allow a group as the child of another, that relation is
    left out, and the child's name is in ``refused``.
    """

    def __init__(self, real: Any) -> None:
        self.refused: set[str] = set()
        super().__init__()
        self.current_source = real.current_source
        for name in real.groups:
            self.groups.setdefault(name, Group(name))
        for name, group in real.groups.items():
            for child in group.child_groups:
                super().add_child(name, child.name)

    def add_group(self, group: str) -> str:
        """Add a group, unless its name is empty."""
        return super().add_group(group) if group else group

    def add_child(self, group: str, child: str) -> bool:
        """Add a host or a group to a group; return whether it was added."""
        if child in self.hosts:
            # The inherited method prefers a group of that name.
            return bool(self.groups[group].add_host(self.hosts[child]))
        if not group or not child or group == child:
            return False
        if child in ("all", "ungrouped") and group != "all":
            self.refused.add(child)
            return False
        try:
            return super().add_child(group, child)
        except AnsibleError:  # a loop
            self.refused.add(child)
            return False

    def copy_to(self, real: Any) -> None:
        """Add the groups, hosts and variables of the draft to the real inventory."""
        for name in self.groups:
            real.add_group(name)
        for name, host in self.hosts.items():
            real.add_host(name)
            for variable, value in host.vars.items():
                if variable not in _SET_BY_ANSIBLE:
                    real.hosts[name].set_variable(variable, value)
        for name, group in self.groups.items():
            for child in group.child_groups:
                real.add_child(name, child.name)
            for host in group.hosts:
                real.add_child(name, host.name)
