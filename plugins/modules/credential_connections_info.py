#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that returns credential connections. The action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: credential_connections_info
short_description: Return the credential connections (SIP trunks) of a Telnyx account
version_added: 0.1.0
description:
  - Returns the account's credential connections, the SIP connections that register with a user name and a password.
  - Returns the complete list or fails; it never returns a part of the list. It changes nothing.
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
seealso:
  - module: siptrunk.telnyx.credential_connections_snapshot
  - module: siptrunk.telnyx.credential_connections_facts
  - plugin: siptrunk.telnyx.credential_connections
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Read all connections
  siptrunk.telnyx.credential_connections_info:
  register: account

- name: Assert that every active connection encrypts its media
  ansible.builtin.assert:
    that: item.encrypted_media == 'SRTP'
    fail_msg: "{{ item.connection_name }} sends its media unencrypted"
  loop: "{{ account.connections | selectattr('active') }}"
  loop_control:
    label: "{{ item.connection_name }}"

- name: Select some fields
  siptrunk.telnyx.credential_connections_info:
    query: "[?active].{name: connection_name, user: user_name}"
  register: active
"""

RETURN = r"""
connections:
  description:
    - The connections, as the API reference describes them. Fields that the API adds later are returned as well.
    - Passwords are removed unless O(include_passwords=true).
  returned: success, without O(query)
  type: list
  elements: dict
  sample:
    - id: "1700000001000000000"
      connection_name: Berlin PBX
      user_name: berlin00001
      active: true
      encrypted_media: SRTP
      password_status: masked
result:
  description: The result of O(query).
  returned: success, with O(query)
  type: raw
  sample: [berlin00001]
meta:
  description:
    - Numbers about the listing that the records come from. If another host or task of the run has read it from the API, they are
      the numbers of that listing, and this task itself sent no request.
    - If the records come from O(snapshot_file), V(pages), V(requests) and V(passes) are 0.
  returned: success
  type: dict
  contains:
    total_results:
      description: How many connections match the filters in all.
      type: int
      sample: 620
    pages:
      description: How many pages the list has.
      type: int
      sample: 3
    requests:
      description: How many requests were sent, including retries and repeated passes.
      type: int
      sample: 3
    passes:
      description: How many passes over the pages were needed until the list was consistent.
      type: int
      sample: 1
    read_at:
      description: When the account was read, in UTC; only with O(snapshot_file).
      type: str
      sample: "2026-11-26T10:00:00Z"
error:
  description:
    - The error, for conditions of a playbook.
    - V(kind) is one of V(option), V(missing_library), V(transport), V(response), V(api), V(authentication), V(incomplete),
      V(snapshot), V(not_found), V(ambiguous) and V(query).
    - For V(api) and V(authentication) it also contains V(status), V(code), V(title), V(detail) and V(request_id).
  returned: failure
  type: dict
  sample:
    kind: authentication
    status: 401
    code: "10009"
    title: Authentication failed
    detail: Could not understand the provided credentials.
    request_id: req-0001
    message: "GET https://api.telnyx.com/v2/credential_connections (page 1): HTTP 401 Unauthorized: ..."
    hint: Check that the API key is whole.
"""
