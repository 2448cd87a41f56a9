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
  - Returns the account's credential connections, or those that the terms name.
  - It is all of them or an error, never a part of the list. It only reads.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.credential_connections.requests
  - siptrunk.telnyx.credential_connections
  - siptrunk.telnyx.credential_connections.plugins
  - siptrunk.telnyx.credential_connections.cache
  - siptrunk.telnyx.credential_connections.terms
options:
  _terms:
    description:
      - Each term is one connection, given by its V(id), else its V(user_name), else its exact V(connection_name).
      - There is one result a term, in the order of the terms. A name that several connections bear is an error that lists their ids.
      - Without terms, every connection that the filters let through is returned.
    type: list
    elements: str
notes:
  - Use P(siptrunk.telnyx.credential_connections#lookup) with C(query()), which always gives a list. C(lookup()) gives the record
    itself where there is exactly one.
seealso:
  - module: siptrunk.telnyx.credential_connections_info
"""

EXAMPLES = r"""
- name: Look one connection up by its name
  ansible.builtin.debug:
    msg: "{{ trunk.user_name }} registers at {{ trunk.anchorsite_override }}"
  vars:
    trunk: "{{ lookup('siptrunk.telnyx.credential_connections', 'Berlin PBX') }}"

- name: List the user names of all active connections
  ansible.builtin.debug:
    msg: "{{ query('siptrunk.telnyx.credential_connections', query='[?active].user_name') }}"

- name: Count the connections whose name holds a text
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
    - The connections, as the API's reference describes them. Fields that it gains later come through too.
    - With O(query), what it selects.
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
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase


def _import_compiled(*names: str) -> None:
    """Import files of the collection from what the walk compiled in the run's temporary folder, where they are.

    Ansible compiles a collection's files anew in each process, and a lookup runs in a new process for each host and task.
    """
    for name in names:
        file = os.path.join(C.DEFAULT_LOCAL_TMP, f"{name}.pyc")
        if name in sys.modules or not os.path.exists(file):
            continue
        try:
            spec = importlib.util.spec_from_file_location(name, file)
            module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
            spec.loader.exec_module(module)  # type: ignore[union-attr]
            sys.modules[name] = module
        except (ImportError, EOFError, ValueError, TypeError):
            continue  # a file that is cut short or of another Python; the source is there


_PLUGINS = "ansible_collections.siptrunk.telnyx.plugins"
COMPILED = (
    f"{_PLUGINS}.module_utils._argument_spec",
    f"{_PLUGINS}.plugin_utils._plugin_options",
    f"{_PLUGINS}.plugin_utils._snapshot",
)
_import_compiled(*COMPILED)

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plugin_options import (
    define_options,
    errors_as,
    flat_terms,
    read_values,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._snapshot import Reading, read_snapshot

Record = dict[str, Any]

define_options("lookup", "credential_connections", _terms={"type": "list", "elements": "str"})


class LookupModule(LookupBase):
    """The lookup ``siptrunk.telnyx.credential_connections``."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """Return the records that the terms name, or all. Raises ``AnsibleLookupError``."""
        kwargs.pop("wantlist", None)  # ansible-core before 2.19 adds it for with_ loops
        with errors_as(AnsibleLookupError):
            values = read_values(self, self._templar, variables, kwargs)
            wanted = flat_terms(terms)

            def walk() -> Reading:
                from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._fetch import walk as walk_for

                return walk_for(values, kwargs)

            def read(listing: Any) -> list[Record]:
                return self._find(wanted, listing) if wanted else listing.all()

            records = read_snapshot(values, walk, read, self._display.warning)
            if values["query"] is None:
                return records
            from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.query import search

            result = search(values["query"], records)
            return result if isinstance(result, list) else [result]

    def _find(self, terms: list[str], listing: Any) -> list[Record]:
        found = []
        for term in terms:
            try:
                found.append(listing.find(term))
            except Exception as exc:
                if getattr(exc, "kind", "") != "not_found" or self.get_option("on_missing") == "error":
                    raise
                if self.get_option("on_missing") == "warn":
                    self._display.warning(f"siptrunk.telnyx: {exc}")
        return found
