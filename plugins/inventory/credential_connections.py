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
  - It is all of them or an error, never a part of the list. An error adds no host.
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
      - A name that several connections get has V(-) and the V(id) behind it. In a name, braces, slashes and characters that steer a
        terminal are replaced by V(_).
    type: list
    elements: str
    default: [connection_name]
  hostvars_prefix:
    description: What the variables' names begin with, before the field's name. It keeps them from overriding other variables.
    type: str
    default: telnyx_
notes:
  - By default Ansible goes on without an inventory that failed, with a warning. Set C(any_unparsed_is_failed = true) in the section
    C([inventory]) of C(ansible.cfg), or E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true), to make C(ansible-playbook) fail with it.
  - With O(cache=true) the listing is kept by the cache plugin, which is read before any request. A listing with passwords is not.
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
import unicodedata
from typing import Any, Dict, List

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.siptrunk.telnyx.plugins.module_utils.errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.module_utils.inventory import host_names, whole_records
from ansible_collections.siptrunk.telnyx.plugins.module_utils.query import search
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.plugin import errors_as
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.snapshot import digest_of, read_snapshot
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.unsafe import as_data
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.walk import walk, warn

Record = Dict[str, Any]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """The inventory plugin ``siptrunk.telnyx.credential_connections``."""

    inventory: Any
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

    def _values(self, config: Dict[str, Any]) -> Dict[str, Any]:
        values: Dict[str, Any] = {name: self.get_option(name) for name in self.option_definitions}
        for name in config:
            if name not in values:
                near = difflib.get_close_matches(name, values, 1)
                raise OptionError(name, "there is no such option.", f"Did you mean {near[0]}?" if near else "")
        for name in ("api_key", "api_key_file", "api_url"):
            if name in config and isinstance(values[name], str):
                values[name] = self.templar.template(values[name])
        return values

    def _records(self, path: str, values: Dict[str, Any], cache: bool) -> List[Record]:
        """The records from the cache plugin, the run's snapshot, or the API."""
        keep = values["cache"] and not values["include_passwords"]
        key = f"{self.get_cache_key(path)}_{digest_of(values, b'siptrunk.telnyx')}"
        if keep and cache:
            try:
                return list(self._cache[key])
            except KeyError:
                pass
        of_the_run = {**values, "cache": "run", "refresh": not cache}
        records: List[Record] = read_snapshot(
            of_the_run, lambda: walk(of_the_run, list(values)), lambda listing: listing.all(), warn
        )
        if keep:
            self._cache[key] = records
        return records

    def _populate(self, records: List[Record]) -> None:
        prefix, strict = self.get_option("hostvars_prefix"), self.get_option("strict")
        compose, groups, keyed = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        hosts = host_names(records, [self._name(as_data(record), strict) for record in records])
        for host, record in zip(hosts, records):
            self.inventory.add_host(host)
            variables = {prefix + name: as_data(value) for name, value in record.items()}
            for name, value in variables.items():
                self.inventory.set_variable(host, name, value)
            self._set_composite_vars(compose, variables, host, strict=strict)
            if groups or keyed:
                variables = self.inventory.get_host(host).get_vars()
                self._add_host_to_composed_groups(groups, variables, host, strict=strict)
                self._add_host_to_keyed_groups(keyed, variables, host, strict=strict)

    def _name(self, record: Record, strict: bool) -> str:
        for wanted in self.get_option("hostnames"):
            if wanted in record:
                value = record[wanted]
            else:
                try:
                    value = self._evaluate(wanted, record)
                except Exception as exc:  # noqa: BLE001 - whatever a user's expression raises
                    if strict:
                        raise AnsibleParserError(
                            f"siptrunk.telnyx: hostnames: {wanted!r} failed for a connection: {exc}"
                        ) from None
                    continue
            name = _clean(value)
            if name:
                return name
        return ""

    def _evaluate(self, wanted: str, record: Record) -> Any:
        if "{{" not in wanted:
            return self._compose(wanted, record)
        self.templar.available_variables = record
        return self.templar.template(wanted)


def _clean(value: Any) -> str:
    """A text as a host's name: some cores template names, and all print them and look for files of that name."""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return ""
    return "".join(
        "_" if char in "{}/" or unicodedata.category(char)[0] == "C" else char for char in str(value)
    ).strip()
