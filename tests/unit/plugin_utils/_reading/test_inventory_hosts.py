# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts, groups and variables of an inventory, in Ansible's own inventory and with its templates."""

from __future__ import annotations

from typing import Any

import ansible.template
import pytest
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.template import Templar
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.inventory_hosts import ConnectionHosts

trust = getattr(ansible.template, "trust_as_template", str)

DEFAULTS: dict[str, Any] = {
    "hostnames": ["connection_name"],
    "hostvars_prefix": "telnyx_",
    "strict": False,
    "compose": {},
    "groups": {},
    "keyed_groups": [],
    "use_extra_vars": False,
    "leading_separator": True,
}
RECORDS: list[dict[str, Any]] = [
    {"id": "1", "connection_name": "Berlin", "user_name": "u1", "active": True, "tags": ["hq"]},
    {"id": "2", "connection_name": "hq", "user_name": "u2", "active": False, "tags": ["hq", "all"]},
]


def trusted(value: Any) -> Any:
    """Return options as those of an inventory file, whose templates ansible-core 2.19 and later trust."""
    if isinstance(value, dict):
        return {trusted(key): trusted(each) for key, each in value.items()}
    if isinstance(value, list):
        return [trusted(each) for each in value]
    return trust(value) if isinstance(value, str) else value


class Hosts(BaseInventoryPlugin, ConnectionHosts):
    """The part of the plugin that adds hosts, with its options as a dictionary."""

    def __init__(self, **options: Any) -> None:
        self.options = {**DEFAULTS, **trusted(options)}
        self.inventory = InventoryData()
        self.templar = Templar(DataLoader())
        self._vars: dict[str, Any] = {"site": "x"}

    def get_option(self, option: str, hostvars: Any = None) -> Any:
        return self.options[option]

    def added(self, records: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Return the variables of each host after these records were added."""
        self.add_hosts(records)
        return {name: host.vars for name, host in self.inventory.hosts.items()}


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ["Berlin", "hq"]),
        ({"hostnames": ["user_name ~ '.example'"]}, ["u1.example", "u2.example"]),
        ({"hostnames": ["tags[1] ~ '+'", "user_name"]}, ["u1", "all+"]),
        ({"hostnames": ["{{ site }}-{{ user_name }}"], "use_extra_vars": True}, ["x-u1", "x-u2"]),
        ({"hostnames": ["active"]}, ["1", "2"]),
        ({"keyed_groups": [{"key": "telnyx_tags", "prefix": "", "separator": ""}]}, ["Berlin", "hq-2"]),
    ],
    ids=str,
)
def test_host_has_the_first_usable_name_or_the_id(options: dict[str, Any], names: list[str]) -> None:
    assert list(Hosts(**options).added(RECORDS)) == names


def test_hosts_have_the_fields_and_the_composed_variables_and_groups() -> None:
    hosts = Hosts(
        hostvars_prefix="",
        compose={"first": "tags[0]"},
        groups={"on": "active"},
        keyed_groups=[{"key": "active", "prefix": "active"}],
    )
    added = hosts.added([{**RECORDS[0], "ansible_host": "x", "{{ 1 }}": "y"}])
    assert added["Berlin"]["first"] == "hq"
    assert added["Berlin"]["telnyx_ansible_host"] == "x"
    assert "ansible_host" not in added["Berlin"]
    assert [host.name for host in hosts.inventory.groups["on"].hosts] == ["Berlin"]
    assert [host.name for host in hosts.inventory.groups["active_True"].hosts] == ["Berlin"]


def test_relation_of_groups_that_ansible_refuses_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    keyed = [
        {"key": "telnyx_tags", "prefix": "", "separator": "", "parent_group": "top"},
        {"key": "telnyx_up", "prefix": "", "separator": "", "parent_group": "{{ telnyx_down }}"},
    ]
    records = [{**RECORDS[1], "up": "a", "down": "b"}, {**RECORDS[0], "up": "b", "down": "a"}]
    hosts = Hosts(keyed_groups=keyed)
    hosts.added(records)
    assert {group.name for group in hosts.inventory.groups["top"].child_groups} == {"hq"}
    assert {host.name for host in hosts.inventory.groups["b"].get_hosts()} == {"hq-2", "Berlin"}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"hostnames": ["name"]}, OptionError, "no connection has the field 'name'"),
        ({"hostnames": ["nope ~ ''"]}, OptionError, "failed for every connection"),
        ({"hostnames": ["nope ~ ''"], "strict": True}, AnsibleError, "failed for a connection"),
        ({"compose": {"x": "nope"}, "strict": True}, AnsibleError, "nope"),
    ],
    ids=str,
)
def test_failure_adds_nothing(options: dict[str, Any], error: type[Exception], message: str) -> None:
    hosts = Hosts(**options)
    with pytest.raises(error, match=message):
        hosts.add_hosts(RECORDS)
    assert (list(hosts.inventory.hosts), list(hosts.inventory.groups)) == ([], ["all", "ungrouped"])


def test_host_of_another_source_with_the_same_name_is_kept() -> None:
    hosts = Hosts()
    hosts.inventory.add_host("Berlin")
    hosts.inventory.set_variable("Berlin", "telnyx_id", "9")
    hosts.inventory.add_group("hq")
    assert list(hosts.added(RECORDS)) == ["Berlin", "Berlin-1", "hq-2"]
    hosts = Hosts()
    for name in ("Berlin", "Berlin-1"):
        hosts.inventory.add_host(name)
        hosts.inventory.set_variable(name, "telnyx_id", "9")
    with pytest.raises(AnsibleError, match=r"the names of 1 of them are in use already\. No host was added"):
        hosts.add_hosts(RECORDS)
