# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory of credential connections."""

from __future__ import annotations

DOCUMENTATION = r"""
name: credential_connections
short_description: Credential connections (SIP trunks) of a Telnyx account as inventory
version_added: 0.1.0
description:
  - Makes a host of each credential connection, with its fields as variables.
  - It is all of them or an error, never a part of the list. An error adds no host, group or variable.
  - Reads files that end in C(telnyx.yml) or C(telnyx.yaml).
  - Text from the API is data, which is never templated.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.credential_connections.requests
  - siptrunk.telnyx.credential_connections
  - siptrunk.telnyx.credential_connections.inventory
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Names this plugin.
    type: str
    required: true
    choices: [siptrunk.telnyx.credential_connections]
  hostnames:
    description:
      - What to name a host by. The first that gives a text is taken, else the V(id).
      - Each is a field, a Jinja2 expression over the fields, or a template with them.
      - >-
        In a name, braces, brackets, slashes, commas, colons, and C($), C(*), C(?), control characters and other invisible ones are
        replaced by V(_), and so is C(#), C(!), C(&), C(~), C(@) or C(-) at its start. It ends after 150 bytes. So it is no template, no
        path and no host pattern.
      - A name that several connections get has V(-) and the V(id) behind it.
      - So has a name of dots alone, V(localhost) and other names of the controller itself, and the name of a group, which may be V(all),
        V(ungrouped), one that O(groups) or O(keyed_groups) make, or one of an inventory source that was read before.
      - A warning names the connections that got another name because theirs cannot be that of a host.
    type: list
    elements: str
    default: [connection_name]
  hostvars_prefix:
    description:
      - What the variables' names begin with, before the field's name. It keeps them from overriding other variables.
      - Without a prefix, a field whose name begins with C(ansible_) has V(telnyx_) before it all the same.
    type: str
    default: telnyx_
notes:
  - By default Ansible goes on without an inventory that failed, with a warning. Set C(any_unparsed_is_failed = true) in the section
    C([inventory]) of C(ansible.cfg), or E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true), to make C(ansible-playbook) fail with it.
  - With O(cache=true) the listing is kept by the cache plugin, which is read before any request. A listing with passwords is not.
  - A cached listing is checked as the API's answers are. One that is malformed, or was not written with the same API key, is ignored with a
    warning, and the API is asked.
  - With ansible-core before 2.19, all text is marked as C(!unsafe), which C(ansible-inventory --list) shows as C(__ansible_unsafe).
  - A host that another inventory source has as well gets the variables of both, as always. Where it is the connection of another
    account, this one gets V(-) and its V(id) behind its name.
seealso:
  - plugin: siptrunk.telnyx.credential_connections
    plugin_type: lookup
"""

EXAMPLES = r"""
# trunks.telnyx.yml, for: ansible-inventory -i trunks.telnyx.yml --graph
plugin: siptrunk.telnyx.credential_connections
query: "[?active]"
hostnames:
  - user_name
keyed_groups:
  - key: telnyx_anchorsite_override
    prefix: anchorsite
  - key: telnyx_tags
    prefix: tag
groups:
  encrypted: telnyx_encrypted_media == 'SRTP'
compose:
  pbx_codecs: telnyx_inbound.codecs
"""

import difflib
from collections.abc import Collection
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.inventory.group import Group
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.host_groups import (
    harmless_name,
    host_names,
    is_harmless,
    whole_records,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.query import search
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import check_options
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._cache_plugin import (
    EntryError,
    pack,
    unpack,
    warn_of_failed_read,
    warn_of_failed_write,
    warn_of_ignored_entry,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._fetch import fetch_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plugin_options import errors_as, warn
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._snapshot import cache_key, read_snapshot
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._unsafe import mark_unsafe

Record = dict[str, Any]

NAMES_SHOWN = 5

# How often the hosts are put into groups anew because one of them has a group's name. A second time is rare, for the
# groups seldom depend on the hosts' names.
ATTEMPTS_MAX = 4


class Draft(InventoryData):
    """An inventory to fill: what fails leaves the real one as it was.

    It begins with the groups of the real one. Relations of groups that cannot be are left out, for their names come from
    text of the API; ``refused`` names them.
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
        """Add a group; one without a name is none."""
        return super().add_group(group) if group else group

    def add_child(self, group: str, child: str) -> bool:
        """Add a host or group to a group."""
        if child in self.hosts:
            # The inventory's own method would take a group of that name.
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


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """The inventory plugin ``siptrunk.telnyx.credential_connections``."""

    inventory: Any
    _to_cache = False
    NAME = "siptrunk.telnyx.credential_connections"

    def verify_file(self, path: str) -> bool:
        """Whether the file's name is one of ours."""
        return super().verify_file(path) and path.endswith(("telnyx.yml", "telnyx.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read the connections, and then add the hosts. Raises ``AnsibleParserError``."""
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        with errors_as(AnsibleParserError):
            values = self._values(config)
            records = self._records(path, values, cache)
            if values["query"] is not None:
                records = whole_records(search(values["query"], records), values["query"])
            self._populate(records)

    def _values(self, config: dict[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {name: self.get_option(name) for name in self.option_definitions}
        for name in config:
            if name not in values:
                near = difflib.get_close_matches(name, values, 1)
                raise OptionError(name, "there is no such option.", f"Did you mean {near[0]}?" if near else "")
        for name in ("api_key", "api_key_file", "api_url"):
            if name in config and isinstance(values[name], str):
                values[name] = self.templar.template(values[name])
        return values

    def _records(self, path: str, values: dict[str, Any], cache: bool) -> list[Record]:
        """The records from the cache plugin, the run's snapshot, or the API."""
        keep = values["cache"] and not values["include_passwords"]
        key = f"{self.get_cache_key(path)}_{cache_key(values, b'siptrunk.telnyx')}"
        of_the_run = {**values, "cache_scope": "run", "refresh": not cache}
        if keep and cache:
            try:
                return unpack(self._cache[key], values, check_options(of_the_run, list(values)))[0]
            except KeyError:
                pass
            except EntryError as reason:
                warn_of_ignored_entry(values["cache_plugin"], reason)
            except Exception as exc:  # noqa: BLE001 - whatever the cache plugin raises, the API can be asked
                warn_of_failed_read(values["cache_plugin"], exc)
        records: list[Record] = read_snapshot(
            of_the_run, lambda: fetch_records(of_the_run, list(values)), lambda listing: listing.all(), warn
        )
        if keep:
            self._cache[key] = pack(records, values)
            self._to_cache = True
        return records

    def update_cache_if_changed(self) -> None:
        """Write to the cache plugin what is new; the inventory stands, whatever the plugin raises.

        It is not compared with what was read from there, which may be a vaulted text that nobody can decrypt.
        """
        if self._to_cache:
            try:
                self.set_cache_plugin()
            except Exception as exc:  # noqa: BLE001
                warn_of_failed_write(self.get_option("cache_plugin"), exc)

    def _populate(self, records: list[Record]) -> None:
        """Fill a draft, and then the inventory from it. Raises ``AnsibleError``, and then the inventory is as it was."""
        real, prefix = self.inventory, self.get_option("hostvars_prefix")
        names = [self._name(record, self.get_option("strict")) for record in records]
        avoid = set(real.groups)
        for attempt in range(ATTEMPTS_MAX):
            hosts = host_names(records, names, avoid)
            draft = self._draft(records, hosts)
            conflicts = draft.groups.keys() & set(hosts)
            conflicts |= {
                host
                for host, record in zip(hosts, records)
                if host in real.hosts and real.hosts[host].vars.get(f"{prefix}id") not in (None, record["id"])
            }
            if not conflicts:
                break
            avoid |= conflicts
            if attempt == ATTEMPTS_MAX - 2:
                # A host's name that has an id behind it holds a "-", which no group's name does.
                avoid |= {host for host in hosts if host.isidentifier()}
        if conflicts or len(draft.hosts) != len(records):
            raise AnsibleParserError(
                f"siptrunk.telnyx: {len(records)} connections gave {len(draft.hosts)} hosts, {len(conflicts)} of them with a "
                "name that is taken. No host was added."
            )
        _add(draft, real)
        self._warn_of_names(records, names, hosts, avoid)
        if draft.refused:
            shown = ", ".join(sorted(draft.refused)[:NAMES_SHOWN])
            warn(f"Groups that cannot be the child of another were not made one: {shown}.")

    def _draft(self, records: list[Record], hosts: list[str]) -> Draft:
        prefix, strict = self.get_option("hostvars_prefix"), self.get_option("strict")
        compose, groups, keyed = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        real, draft = self.inventory, Draft(self.inventory)
        self.inventory = draft
        try:
            for host, record in zip(hosts, records):
                draft.add_host(host)
                variables = _variables(record, prefix)
                draft.hosts[host].vars.update(variables)
                self._set_composite_vars(compose, variables, host, strict=strict)
                for name in compose or ():
                    if name in draft.hosts[host].vars:
                        draft.hosts[host].vars[name] = mark_unsafe(draft.hosts[host].vars[name])
                if groups or keyed:
                    variables = draft.hosts[host].get_vars()
                    self._add_host_to_composed_groups(groups, variables, host, strict=strict)
                    self._add_host_to_keyed_groups(keyed, variables, host, strict=strict)
        finally:
            self.inventory = real
        return draft

    def _name(self, record: Record, strict: bool) -> str:
        for wanted in self.get_option("hostnames"):
            if wanted in record:
                value = record[wanted]
            else:
                try:
                    value = self._evaluate(wanted, mark_unsafe(record))
                except Exception as exc:  # noqa: BLE001 - whatever a user's expression raises
                    if strict:
                        raise AnsibleParserError(
                            f"siptrunk.telnyx: hostnames: {wanted!r} failed for a connection: {exc}"
                        ) from None
                    continue
            if isinstance(value, (str, int)) and not isinstance(value, bool):
                name = "".join(str(value))  # without the mark that text of the API has
                if harmless_name(name):
                    return name
        return ""

    def _evaluate(self, wanted: str, record: Record) -> Any:
        if "{{" not in wanted:
            return self._compose(wanted, record)
        self.templar.available_variables = record
        return self.templar.template(wanted)

    def _warn_of_names(self, records: list[Record], names: list[str], hosts: list[str], avoid: Collection[str]) -> None:
        others = [
            host for record, name, host in zip(records, names, hosts) if not is_harmless(name or record["id"], avoid)
        ]
        if others:
            shown = ", ".join(repr(host) for host in others[:NAMES_SHOWN])
            more = f" and {len(others) - NAMES_SHOWN} more" if len(others) > NAMES_SHOWN else ""
            warn(
                f"The names of {len(others)} connections cannot be those of hosts, for they mean something else to Ansible, a "
                f"file system or a terminal. The hosts are {shown}{more}."
            )


def _variables(record: Record, prefix: str) -> Record:
    """The fields of a record as variables of its host."""
    variables: Record = {}
    for field, value in record.items():
        # Without a prefix, a field could say how Ansible connects, and with which program.
        name = f"telnyx_{field}" if not prefix and field.startswith("ansible_") else prefix + field
        # A name that is no identifier is text like any other.
        variables[name if name.isidentifier() else mark_unsafe(name)] = mark_unsafe(value)
    return variables


def _add(draft: Draft, real: Any) -> None:
    """Add what is in the draft to the real inventory."""
    for name in draft.groups:
        real.add_group(name)
    for name, host in draft.hosts.items():
        real.add_host(name)
        for variable, value in host.vars.items():
            if variable not in ("inventory_file", "inventory_dir"):
                real.hosts[name].set_variable(variable, value)
    for name, group in draft.groups.items():
        for child in group.child_groups:
            real.add_child(name, child.name)
        for host in group.hosts:
            real.add_child(name, host.name)
