#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that sets facts about credential connections. The action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: credential_connections_facts
short_description: Set facts from the credential connections (SIP trunks) of a Telnyx account
version_added: 0.1.0
description:
  - Sets the account's credential connections as facts, as a list and in the shape of an inventory.
  - Sets the complete list or fails; it never sets a part of the list. It changes nothing.
  - Runs on the controller, where all hosts and tasks of a run share one listing of the account.
  - Most tasks need O(connections), O(query), O(connection_name_contains) and O(include_passwords) at most, with the API key in the
    environment variable E(TELNYX_API_KEY) or the variable C(telnyx_api_key).
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.credential_connections.selection
  - siptrunk.telnyx.credential_connections.terms
  - siptrunk.telnyx.credential_connections
  - siptrunk.telnyx.credential_connections.requests
  - siptrunk.telnyx.credential_connections.snapshot
  - siptrunk.telnyx.credential_connections.cache
  - siptrunk.telnyx.credential_connections.attributes
notes:
  - The O(query) of this module must select whole connections, as in V([?active]), because the inventory is built from them.
  - If a fact cache is configured, it stores these facts, with O(include_passwords=true) also the passwords.
seealso:
  - module: siptrunk.telnyx.credential_connections_info
  - plugin: siptrunk.telnyx.credential_connections
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Set the facts
  siptrunk.telnyx.credential_connections_facts:

- name: Assert that no connection accepts calls to its SIP URI from the whole internet
  ansible.builtin.assert:
    that: ansible_facts.telnyx_credential_connections | selectattr('sip_uri_calling_preference', 'eq', 'unrestricted') | length == 0

- name: Make hosts of the connections, in the groups of the fact
  ansible.builtin.add_host:
    name: "{{ item.key }}"
    groups: "{{ inventory | dict2items | selectattr('value.hosts', 'defined') | selectattr('value.hosts', 'contains', item.key)
      | map(attribute='key') }}"
    telnyx_id: "{{ item.value.telnyx_id }}"
    telnyx_user_name: "{{ item.value.telnyx_user_name }}"
  loop: "{{ inventory._meta.hostvars | dict2items }}"
  loop_control:
    label: "{{ item.key }}"
  vars:
    inventory: "{{ ansible_facts.telnyx_credential_connections_inventory }}"

- name: Show the inactive connections
  ansible.builtin.debug:
    msg: "{{ ansible_facts.telnyx_credential_connections_inventory.inactive.hosts | default([]) }}"

- name: Give each host the record of its own trunk
  siptrunk.telnyx.credential_connections_facts:
    connections: ["{{ pbx_sip_user | default('Berlin PBX') }}"]
"""

RETURN = r"""
ansible_facts:
  description: The facts.
  returned: success
  type: dict
  contains:
    telnyx_credential_connections:
      description: The connections, as in RV(siptrunk.telnyx.credential_connections_info#module:connections).
      type: list
      elements: dict
    telnyx_credential_connections_inventory:
      description:
        - The same connections, each once, in the format of C(ansible-inventory --list), with V(_meta.hostvars), V(all) and the groups.
        - The name of a host is its V(connection_name). If several connections have the same name, V(-) and the V(id) are added; if
          it is empty, the V(id) is used. The host's variables are the fields of the record, with the prefix V(telnyx_).
        - Characters with a special meaning for Ansible, a file system or a terminal are replaced as
          O(siptrunk.telnyx.credential_connections#inventory:hostnames) describes, and no host has the name of a group.
        - The groups are V(active) and V(inactive), and such as V(anchorsite_Chicago__IL), V(outbound_voice_profile_1234) and
          V(tag_branch), as O(siptrunk.telnyx.credential_connections#inventory:keyed_groups) with these prefixes would name them.
        - Written to a JSON file, it is no source for C(-i). Use the inventory plugin, or C(ansible.builtin.add_host) as in the example.
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
            telnyx_id: "1700000001000000000"
            telnyx_connection_name: Berlin PBX
            telnyx_active: true
            telnyx_password_status: masked
      all:
        children: [ungrouped, active]
      active:
        hosts: [Berlin PBX]
error:
  description: The error, as in RV(siptrunk.telnyx.credential_connections_info#module:error).
  returned: failure
  type: dict
  sample: {kind: transport}
"""
