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
  - siptrunk.telnyx.credential_connections
  - siptrunk.telnyx.credential_connections.plugins
options:
  _terms:
    description:
      - Each term is one connection, given by its V(id), else its V(user_name), else its exact V(connection_name).
      - There is one result a term, in the order of the terms. A name that several connections bear is an error that lists their ids.
      - Without terms, every connection that the filters let through is returned.
    type: list
    elements: str
  on_missing:
    description: What to do about a term that names no connection. With V(warn) and V(skip) it has no result.
    type: str
    choices: [error, warn, skip]
    default: error
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

from typing import Any, Dict, List, Optional

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.siptrunk.telnyx.plugins.module_utils.errors import NotFoundError
from ansible_collections.siptrunk.telnyx.plugins.module_utils.query import search
from ansible_collections.siptrunk.telnyx.plugins.module_utils.records import Finder, Record
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.plugin import (
    display,
    errors_as,
    fetch,
    flat_terms,
    read_options,
)


class LookupModule(LookupBase):
    """The lookup ``siptrunk.telnyx.credential_connections``."""

    def run(self, terms: List[Any], variables: Optional[Dict[str, Any]] = None, **kwargs: Any) -> List[Any]:
        """Return the records that the terms name, or all. Raises ``AnsibleLookupError``."""
        with errors_as(AnsibleLookupError):
            options = read_options(self, self._templar, variables, kwargs)
            wanted = flat_terms(terms)
            records = fetch(options).records
            if wanted:
                records = self._find(wanted, records)
            if options.query is None:
                return records
            result = search(options.query, records)
            return result if isinstance(result, list) else [result]

    def _find(self, terms: List[str], records: List[Record]) -> List[Record]:
        finder = Finder(records)
        found = []
        for term in terms:
            try:
                found.append(finder.find(term))
            except NotFoundError as exc:
                if self.get_option("on_missing") == "error":
                    raise
                if self.get_option("on_missing") == "warn":
                    display.warning(f"siptrunk.telnyx: {exc}")
        return found
