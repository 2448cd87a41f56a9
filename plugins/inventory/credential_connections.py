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
  - siptrunk.telnyx.credential_connections.requests
  - siptrunk.telnyx.credential_connections.snapshot
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
      - What the name of a host is taken from. The first entry that gives a non-empty text is used, else the V(id).
      - Each entry is the name of a field, a Jinja2 expression that uses the fields, or a template with such expressions.
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
  - With O(cache=true), the listing is stored in the cache plugin, which is read before any request is sent. A listing with passwords
    is never stored there.
  - A cached listing is checked like the responses of the API. If it is malformed, or was not written with the same API key, it is
    ignored with a warning, and the connections are listed again.
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

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._cache_plugin import (
    warn_of_failed_read,
    warn_of_failed_write,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._cached_listing import (
    EntryError,
    pack,
    unpack,
    warn_of_ignored_entry,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.fetch import fetch_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.host_groups import whole_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.inventory_hosts import ConnectionHosts
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import Options, check_options
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.plugin_options import (
    check_names,
    errors_as,
    warn,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.run_cache import cache_key, read_run_snapshot
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.query import search

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import Record


class InventoryModule(BaseInventoryPlugin, ConnectionHosts, Cacheable):
    """The inventory plugin ``siptrunk.telnyx.credential_connections``."""

    NAME = "siptrunk.telnyx.credential_connections"
    _cache_changed = False

    def verify_file(self, path: str) -> bool:
        """Return whether the plugin reads files of this name."""
        return super().verify_file(path) and path.endswith(("telnyx.yml", "telnyx.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read all connections, and then add the hosts. Raises ``AnsibleParserError``."""
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        with errors_as(AnsibleParserError):
            values = self._values(config)
            options = check_options(values, direct=list(config))
            records = self._records(path, values, options, use_cached=cache, direct=list(config))
            if options.query is not None:
                records = whole_records(search(options.query, records), options.query)
            self.add_hosts(records)

    def _values(self, config: dict[str, Any]) -> dict[str, Any]:
        """Return the values of all options. Raises :class:`OptionError` for a name in the file that is not an option."""
        values: dict[str, Any] = {name: self.get_option(name) for name in self.option_definitions}
        check_names(config, values)
        for name in ("api_key", "api_key_file", "api_url"):
            if name in config and isinstance(values[name], str):
                values[name] = self.templar.template(values[name])
        return values

    def _records(
        self, path: str, values: dict[str, Any], options: Options, use_cached: bool, direct: list[str]
    ) -> list[Record]:
        """Return the records from the cache plugin, the run's snapshot, or the API."""
        key = f"{self.get_cache_key(path)}_{cache_key(values, b'siptrunk.telnyx')}"
        from_file = options.snapshot_file is not None
        store = values["cache"] and not options.include_passwords and not from_file
        if store and use_cached:
            cached = self._cached_records(key, values, options)
            if cached is not None:
                return cached
        # The cache plugin is used here, and not by fetch_records.
        own = {"cache_scope": "run", "cache_plugin": None, "cache_connection": None}
        snapshot_values = {**values, **own, "refresh": not use_cached and not from_file}
        records: list[Record] = read_run_snapshot(
            snapshot_values, lambda: fetch_records(snapshot_values, direct), lambda records: records.all(), warn
        )
        if store:
            self._cache[key] = pack(records, values)
            self._cache_changed = True
        return records

    def _cached_records(self, key: str, values: dict[str, Any], options: Options) -> list[Record] | None:
        """Return the records from the cache plugin, or ``None`` if there is no valid entry, with a warning if it is invalid."""
        plugin = values["cache_plugin"]
        try:
            return unpack(self._cache[key], values, options)[0]
        except KeyError:
            return None
        except EntryError as reason:
            warn_of_ignored_entry(plugin, reason)
        except Exception as exc:  # noqa: BLE001 - a cache plugin may raise anything; the account is read from the API
            warn_of_failed_read(plugin, exc)
        return None

    def update_cache_if_changed(self) -> None:
        """Write new entries to the cache plugin. An error of the plugin is a warning, because the inventory is complete.

        Ansible's own method compares the entries with what it read, which may be a vaulted text that cannot be decrypted.
        """
        if self._cache_changed:
            try:
                self.set_cache_plugin()
            except Exception as exc:  # noqa: BLE001 - a cache plugin may raise anything
                warn_of_failed_write(self.get_option("cache_plugin"), exc)
