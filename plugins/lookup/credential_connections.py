# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup of credential connections."""

from __future__ import annotations

DOCUMENTATION = r"""
name: credential_connections
short_description: Credential connections (SIP trunks) of a Telnyx account
version_added: 0.1.0
description:
  - Returns the account's credential connections, or those that the terms select.
  - Returns the complete list or fails; it never returns a part of the list. It changes nothing.
  - Most calls need the terms, O(query), O(connection_name_contains) and O(include_passwords) at most, with the API key in the
    environment variable E(TELNYX_API_KEY) or the variable C(telnyx_api_key).
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.credential_connections.terms
  - siptrunk.telnyx.credential_connections
  - siptrunk.telnyx.credential_connections.requests
  - siptrunk.telnyx.credential_connections.snapshot
  - siptrunk.telnyx.credential_connections.cache
  - siptrunk.telnyx.credential_connections.plugins
options:
  _terms:
    description:
      - Each term is the V(id), else the V(user_name), else the exact V(connection_name) of one connection.
      - There is one result for each term, in the order of the terms. A name that several connections have is an error that lists their ids.
      - Without terms, all connections that match the filters are returned. An empty list as a term, as in
        C(query('siptrunk.telnyx.credential_connections', [])), returns none.
      - C(*my_list) in a call, and a C(with_) loop over an empty list, cannot be distinguished from a call without terms, and return all.
    type: list
    elements: str
notes:
  - Use P(siptrunk.telnyx.credential_connections#lookup) with C(query()), which always returns a list. C(lookup()) returns the record
    itself if there is exactly one.
seealso:
  - module: siptrunk.telnyx.credential_connections_info
"""

EXAMPLES = r"""
- name: Look up one connection by its name
  ansible.builtin.debug:
    msg: "{{ trunk.user_name }} registers at {{ trunk.anchorsite_override }}"
  vars:
    trunk: "{{ lookup('siptrunk.telnyx.credential_connections', 'Berlin PBX') }}"

- name: List the user names of all active connections
  ansible.builtin.debug:
    msg: "{{ query('siptrunk.telnyx.credential_connections', query='[?active].user_name') }}"

- name: Count the connections whose name contains a text
  ansible.builtin.debug:
    msg: "{{ query('siptrunk.telnyx.credential_connections', connection_name_contains='berlin') | length }}"

- name: Write a password to a file, and nowhere else
  ansible.builtin.copy:
    content: "{{ lookup('siptrunk.telnyx.credential_connections', 'Berlin PBX', include_passwords=true).password }}"
    dest: "{{ playbook_dir }}/telnyx.secret"
    mode: '0600'
  no_log: true
"""

RETURN = r"""
_raw:
  description:
    - The connections, as the API reference describes them. Fields that the API adds later are returned as well.
    - With O(query), the result of the query.
  type: list
  elements: dict
  sample:
    - id: "1700000001000000000"
      connection_name: Berlin PBX
      user_name: berlin00001
      active: true
      encrypted_media: SRTP
      password_status: masked
"""

import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase


def _import_with_bytecode(*names: str) -> None:
    """Import files of plugin_utils by Python's own loader, which keeps their bytecode in ``__pycache__``.

    Ansible's loader of collections compiles its files in every process, and a lookup runs in a new process for each host and
    task (measured in docs/performance.md). Where the bytecode cannot be kept, Python's loader compiles them as well.
    """
    plugins = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for name in names:
        full_name = f"ansible_collections.siptrunk.telnyx.plugins.plugin_utils.{name}"
        if full_name not in sys.modules:
            file = os.path.join(plugins, "plugin_utils", *name.split(".")) + ".py"
            spec = importlib.util.spec_from_file_location(full_name, file)
            module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
            spec.loader.exec_module(module)  # type: ignore[union-attr]
            sys.modules[full_name] = module  # not before, so that a module is visible only when it is complete


# In the order in which they import each other.
_import_with_bytecode(
    "_reading.argument_spec", "_reading.plugin_options", "_records.record_lookup", "_reading.run_cache"
)

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.plugin_options import (
    define_options,
    errors_as,
    flat_terms,
    given_options,
    read_values,
    warn,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.run_cache import use_listing
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.record_lookup import find_terms

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.record_lookup import Finder
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import Record

define_options("lookup", "credential_connections", _terms={"type": "list", "elements": "str"})


class LookupModule(LookupBase):
    """The lookup ``siptrunk.telnyx.credential_connections``."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """Return the records that the terms select, or all records. Raises ``AnsibleLookupError``."""
        kwargs.pop("wantlist", None)  # ansible-core before 2.19 adds it for with_ loops
        with errors_as(AnsibleLookupError):
            direct = given_options(kwargs, variables)
            values = read_values(self, self._templar, variables, direct)
            # Without terms the list is empty; an empty list that is given as a term is in it.
            wanted = flat_terms(terms) if terms else None

            def select(finder: Finder) -> list[Record]:
                return find_terms(finder, wanted, values["on_missing"], warn)

            selected = use_listing(values, direct, select)
            if values["query"] is None:
                return selected
            from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.query import search

            result = search(values["query"], selected, values["include_passwords"])
            return result if isinstance(result, list) else [result]
