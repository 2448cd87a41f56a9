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
  - Adds a host for each credential connection, with its fields as variables.
  - Adds all connections or fails; it never adds part of them. If it fails, no host, group or variable is added.
  - Reads files whose names end in C(telnyx.yml) or C(telnyx.yaml).
  - Ansible does not template text from the API.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.credential_connections
  - siptrunk.telnyx.credential_connections.requests
  - siptrunk.telnyx.credential_connections.snapshot
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
      - What the name of a host is taken from. The first entry that gives a non-empty text is used, else the V(id).
      - Each entry is the name of a field, a Jinja2 expression that uses the fields, or a template with such expressions. It is an error
        if no connection has the field, or the expression fails for every connection.
      - >-
        Braces, brackets, slashes, commas, colons, C($), C(*), C(?), and control and other invisible characters in a name are replaced
        by V(_), as are C(#), C(!), C(&), C(~), C(@) and C(-) at its beginning. A name is cut after 150 bytes. This way it cannot be a
        template, a path or a host pattern.
      - If several connections have the same name, V(-) and the V(id) are appended to it.
      - V(-) and the V(id) are also appended to a name that consists of dots, to V(localhost) and other names of the controller itself,
        and to the name of a group. That may be V(all), V(ungrouped), a group that O(groups) or O(keyed_groups) create, or a group of
        an inventory source that was read before.
      - If the name of a connection cannot be the name of a host, a warning lists the host's name.
    type: list
    elements: str
    default: [connection_name]
  hostvars_prefix:
    description:
      - The text before a field's name in the name of its variable. It prevents a field from overriding another variable.
      - With an empty prefix, V(telnyx_) is still put before a field whose name begins with C(ansible_).
    type: str
    default: telnyx_
notes:
  - By default, Ansible continues without an inventory source that failed and shows a warning. Set C(any_unparsed_is_failed = true) in
    the section C([inventory]) of C(ansible.cfg), or E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true), to make C(ansible-playbook)
    fail.
  - With O(cache=true), the listing is stored in the cache plugin, which is read before any request is sent. It is found again with
    the same API key, address, filters and query only. A listing with passwords is never stored there.
  - The options are templated, with the variables of C(-e) if O(use_extra_vars=true). O(compose), O(groups), O(keyed_groups) and
    O(hostnames) are evaluated for each host instead. A boolean or a number as the key of O(keyed_groups) counts as its text.
  - With ansible-core before 2.19, all text is marked as C(!unsafe). C(ansible-inventory --list) shows this as C(__ansible_unsafe).
  - If another inventory source has a host of the same name, the host gets the variables of both. If that host is a connection of
    another account, V(-) and the V(id) are appended to the name of this one.
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

from typing import TYPE_CHECKING, Any

from ansible import constants as C
from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.argument_spec import default
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.host_groups import whole_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.inventory_hosts import ConnectionHosts
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import Options, check_options
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.plain_types import to_plain
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.plugin_options import (
    check_names,
    decrypted,
    errors_as,
    forget_empty_environment,
    warn,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.run_cache import cache_key, use_listing
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.query import search
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import checked_records

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import Record

# These are evaluated for each host, with its variables.
FOR_EACH_HOST = ("compose", "groups", "keyed_groups", "hostnames")

KEY_HINT = (
    "Set the option api_key or api_key_file in the inventory file, or the environment variable TELNYX_API_KEY or"
    " TELNYX_API_KEY_FILE; without a key, set snapshot_file."
)


class InventoryModule(BaseInventoryPlugin, ConnectionHosts, Cacheable):
    """The inventory plugin ``siptrunk.telnyx.credential_connections``."""

    NAME = "siptrunk.telnyx.credential_connections"

    def verify_file(self, path: str) -> bool:
        """Return whether the plugin reads files of this name."""
        return super().verify_file(path) and path.endswith(("telnyx.yml", "telnyx.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read all connections, and then add the hosts. Raises ``AnsibleParserError``."""
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        with errors_as(AnsibleParserError):
            values: dict[str, Any] = {name: self.get_option(name) for name in self.option_definitions}
            check_names(config, values)
            forget_empty_environment(values, config)
            options = check_options(values, list(config), KEY_HINT)
            records = self._records(path, values, options, use_cached=cache, direct=list(config))
            if options.query is not None:
                records = whole_records(search(options.query, records, options.include_passwords), options.query)
            self.add_hosts(records)

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        """Set the options of the inventory file, after templating those that are not evaluated for each host."""
        wanted = C.config.get_config_value("use_extra_vars", None, "inventory", self._load_name, direct=direct)
        self.templar.available_variables = dict(self._vars or {}) if wanted else {}
        given = {name: each if name in FOR_EACH_HOST else self._templated(name, each) for name, each in direct.items()}
        super().set_options(task_keys=task_keys, var_options=var_options, direct=given)

    def _templated(self, name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._templated(name, each) for each in value]
        if not isinstance(value, str):
            return decrypted(value)
        try:
            return self.templar.template(value)
        except Exception as exc:  # noqa: BLE001 - a user's template may raise anything
            raise AnsibleParserError(f"siptrunk.telnyx: {name}: {exc}") from None

    def _records(
        self, path: str, values: dict[str, Any], options: Options, use_cached: bool, direct: list[str]
    ) -> list[Record]:
        """Return the records from Ansible's inventory cache, the run cache, or the API."""
        from_file = options.snapshot_file is not None
        key = f"{self.get_cache_key(path)}_{cache_key(values, 'query')}"
        store = values["cache"] and not options.include_passwords and not from_file
        if store and use_cached:
            try:
                cached: list[Record] = checked_records(to_plain(self._cache[key]))
            except KeyError:
                pass
            except Exception as exc:  # noqa: BLE001 - a cache plugin may raise anything
                reason = str(exc) if isinstance(exc, ValueError) else "it cannot be read"
                warn(f"An entry of the cache plugin {values['cache_plugin']} is ignored, because {reason}.")
            else:
                return cached
        run_values = {**values, "cache_timeout": default("cache_timeout"), "refresh": not use_cached and not from_file}
        records: list[Record] = use_listing(run_values, direct, lambda finder: finder.all())
        if store:
            self._cache[key] = records
        return records
