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
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.credential_connections.requests
  - siptrunk.telnyx.credential_connections.snapshot
  - siptrunk.telnyx.credential_connections
  - siptrunk.telnyx.credential_connections.plugins
  - siptrunk.telnyx.credential_connections.cache
  - siptrunk.telnyx.credential_connections.terms
options:
  _terms:
    description:
      - Each term is the V(id), else the V(user_name), else the exact V(connection_name) of one connection.
      - There is one result for each term, in the order of the terms. A name that several connections have is an error that lists their ids.
      - Without terms, all connections that match the filters are returned.
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
    """Import files of the collection by Python's own loader, which keeps their bytecode in ``__pycache__``.

    Ansible's loader of collections compiles its files in every process, and a lookup runs in a new process for each host and
    task (measured in docs/performance.md). Where the bytecode cannot be kept, Python's loader compiles them as well.
    """
    plugins = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for name in names:
        full_name = f"ansible_collections.siptrunk.telnyx.plugins.{name}"
        if full_name not in sys.modules:
            file = os.path.join(plugins, *name.split(".")) + ".py"
            spec = importlib.util.spec_from_file_location(full_name, file)
            module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
            spec.loader.exec_module(module)  # type: ignore[union-attr]
            sys.modules[full_name] = module  # not before, so that a module is visible only when it is complete


# In the order in which they import each other.
_import_with_bytecode(
    "plugin_utils._reading.argument_spec", "plugin_utils._reading.plugin_options", "plugin_utils._reading.run_cache"
)

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.plugin_options import (
    define_options,
    errors_as,
    flat_terms,
    read_values,
    warn,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.run_cache import read_run_snapshot

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import Record
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.run_cache import SearchableListing
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.run_cache_writer import Reading

define_options("lookup", "credential_connections", _terms={"type": "list", "elements": "str"})


class LookupModule(LookupBase):
    """The lookup ``siptrunk.telnyx.credential_connections``."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """Return the records that the terms select, or all records. Raises ``AnsibleLookupError``."""
        kwargs.pop("wantlist", None)  # ansible-core before 2.19 adds it for with_ loops
        with errors_as(AnsibleLookupError):
            values = read_values(self, self._templar, variables, kwargs)
            wanted = flat_terms(terms)

            def fetch() -> Reading:
                # Not at the top of the file: a hit does not need it.
                from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.fetch import fetch_records

                return fetch_records(values, kwargs)

            def select(records: SearchableListing) -> list[Record]:
                return self._find(wanted, records) if wanted else records.all()

            selected = read_run_snapshot(values, fetch, select, warn)
            if values["query"] is None:
                return selected
            from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.query import search

            result = search(values["query"], selected)
            return result if isinstance(result, list) else [result]

    def _find(self, terms: list[str], records: SearchableListing) -> list[Record]:
        """Return the record of each term. Raises :class:`AmbiguousError` and, with ``on_missing: error``, :class:`NotFoundError`."""
        found = []
        for term in terms:
            try:
                found.append(records.find(term))
            except Exception as exc:
                # Not at the top of the file: a hit does not need it.
                from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import NotFoundError

                if not isinstance(exc, NotFoundError) or self.get_option("on_missing") == "error":
                    raise
                if self.get_option("on_missing") == "warn":
                    warn(exc)
        return found
