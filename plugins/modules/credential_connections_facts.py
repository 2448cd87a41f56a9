#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that sets facts about credential connections."""

from __future__ import annotations

DOCUMENTATION = r"""
module: credential_connections_facts
short_description: Set facts from the credential connections (SIP trunks) of a Telnyx account
version_added: 0.1.0
description:
  - Sets the account's credential connections as facts, as a list and in the shape of an inventory.
  - It is all of them or an error, never a part of the list. It only reads.
  - It runs on the controller, where all hosts and tasks of a run share one reading of the account, unless O(run_on=managed_node).
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.credential_connections.requests
  - siptrunk.telnyx.credential_connections
  - siptrunk.telnyx.credential_connections.cache
  - siptrunk.telnyx.credential_connections.terms
  - siptrunk.telnyx.credential_connections.selection
  - siptrunk.telnyx.credential_connections.attributes
notes:
  - The O(query) of this module must select whole connections, as in V([?active]), for the inventory is made from them.
  - A fact cache that is configured keeps these facts, also passwords where O(include_passwords=true).
seealso:
  - module: siptrunk.telnyx.credential_connections_info
  - plugin: siptrunk.telnyx.credential_connections
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Set the facts
  siptrunk.telnyx.credential_connections_facts:

- name: Assert that nobody on the internet may call a SIP URI of the account
  ansible.builtin.assert:
    that: ansible_facts.telnyx_credential_connections | selectattr('sip_uri_calling_preference', 'eq', 'unrestricted') | length == 0

- name: Give each host the record of its own trunk
  siptrunk.telnyx.credential_connections_facts:
    connections: ["{{ pbx_sip_user | default('Berlin PBX') }}"]

- name: Show the connections that are switched off
  ansible.builtin.debug:
    msg: "{{ ansible_facts.telnyx_credential_connections_inventory.inactive.hosts | default([]) }}"
"""

RETURN = r"""
ansible_facts:
  description: The facts.
  returned: success
  type: dict
  contains:
    telnyx_credential_connections:
      description: The connections, as RV(siptrunk.telnyx.credential_connections_info#module:connections) has them.
      type: list
      elements: dict
    telnyx_credential_connections_inventory:
      description:
        - The same connections, each once, in the shape of C(ansible-inventory --list), with V(_meta.hostvars), V(all) and the groups.
        - A host is named by its V(connection_name); by that, V(-) and the V(id) where several bear the name; by the V(id) where
          it has none. Its variables are the record.
        - A name that means something else to Ansible, a file system or a terminal is made harmless as
          O(siptrunk.telnyx.credential_connections#inventory:hostnames) says, and no host has the name of a group.
        - The groups are V(active) and V(inactive), V(anchorsite_chicago_il), V(outbound_voice_profile_1234) and V(tag_branch), each
          made from the record's value.
      type: dict
  sample:
    telnyx_credential_connections:
      - id: "1700000001000000000"
        connection_name: Berlin PBX
        active: true
        password_status: masked
    telnyx_credential_connections_inventory:
      _meta:
        hostvars:
          Berlin PBX:
            id: "1700000001000000000"
            connection_name: Berlin PBX
            active: true
            password_status: masked
      all:
        children: [ungrouped, active]
      active:
        hosts: [Berlin PBX]
error:
  description: What went wrong, as RV(siptrunk.telnyx.credential_connections_info#module:error) has it.
  returned: failure
  type: dict
  sample: {kind: transport}
"""

from ansible.module_utils.basic import AnsibleModule, env_fallback  # type: ignore[attr-defined]
from ansible_collections.siptrunk.telnyx.plugins.module_utils._argument_spec import records_spec
from ansible_collections.siptrunk.telnyx.plugins.module_utils._module import facts_results, run_module


def main() -> None:
    """Run the module, on a managed node."""
    run_module(AnsibleModule(records_spec(env_fallback), supports_check_mode=True), facts_results)


if __name__ == "__main__":
    main()
