#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that compares desired connections with live ones. The action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: credential_connections_drift
short_description: Compare desired credential connections with the live ones
version_added: 0.1.0
description:
  - Compares connections as they should be with the account, and says of each whether it is in sync.
  - Desired records are partial. Only what they say is compared, down to nested fields, and no default is assumed.
  - It reads the account with C(consistency=strict), so a list that is not whole is an error and never drift.
  - 'These are no differences: null and an absent field; null and an empty text in URLs, C(outbound.ani_override) and
    C(outbound.localization); a number and the same number as text; two names of one field; the order of C(tags), while the
    order of codecs counts; an unquoted C(NO) or C(yes) that YAML made a boolean of, against that word.'
  - A field that neither the API's reference nor any live record knows is an error, for it is a typing mistake.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.credential_connections.requests
  - siptrunk.telnyx.credential_connections.action
attributes:
  check_mode:
    description: It only reads, so it does the same with C(--check).
    support: full
  diff_mode:
    description: Shows what is desired against what is there, with passwords hidden, as YAML.
    support: full
options:
  desired:
    description:
      - The connections as they should be. One of this and O(desired_files) is required.
      - A C(password) is compared where the API tells the live one, and shown nowhere.
    type: list
    elements: dict
  desired_files:
    description:
      - YAML or JSON files, each with a list of connections or with one, or folders of such files. They may be vaulted, whole
        or in single values.
      - Of a folder, and of the folders below it, the files that end with V(.yml), V(.yaml) or V(.json), in any case, are read.
        Names that begin with a dot are left out.
      - A key that is given twice is an error. So is a value that no connection can have, unless a live one has it or the field
        is in O(ignore).
    type: list
    elements: path
  match_by:
    description: The field by which a desired connection that has no V(id) is found. One with an V(id) is found by it.
    type: str
    choices: [connection_name, user_name, id]
    default: connection_name
  unexpected:
    description:
      - What to do with live connections that are not desired.
      - V(ignore) leaves them out; V(report) lists them, which is drift; V(fail) does, and the task fails.
    type: str
    choices: [ignore, report, fail]
    default: report
  ignore:
    description:
      - Paths that are not compared, such as V(tags), V(*.channel_limit) or V(inbound.timeout_*). What is below a path goes with it.
      - V(*) stands for any text within one part of a path, V(**) for any number of parts.
      - A path that no field of the reference, of the account and of the desired records has is an error.
    type: list
    elements: str
    default: []
  fail_on_drift:
    description: Whether the task fails where there is drift.
    type: bool
    default: false
  min_connections:
    description:
      - An account with fewer connections is an error with the C(kind) V(too_few_connections), for the API key may be that of another
        account. V(0) allows an empty account.
    type: int
    default: 1
  report_dir:
    description:
      - A folder for the reports V(drift.json), V(drift.md), V(drift.junit.xml), V(drift.sarif), V(drift.html) and V(status.json).
      - They are written in every case, also in check mode and when the API is down. Each check wants a folder of its own.
    type: path
  account_label:
    description: A name for the account, which the reports show, for people who look at reports of several accounts.
    type: str
"""

EXAMPLES = r"""
- name: Compare the account with the repository
  siptrunk.telnyx.credential_connections_drift:
    desired:
      - connection_name: Berlin PBX
        active: true
        encrypted_media: SRTP
    ignore:
      - tags
      - inbound.timeout_*
    unexpected: ignore
  register: account

- name: Show what differs
  ansible.builtin.debug:
    msg: "{{ account.drift.connections | selectattr('status', 'eq', 'drifted') }}"
"""

RETURN = r"""
drift:
  description: What came of the comparison.
  returned: success, and where drift failed the task
  type: dict
  contains:
    status:
      description: V(in_sync) or V(drift). A connection that is V(unverifiable) is no drift.
      type: str
      sample: drift
    totals:
      description: How many connections have each status.
      type: dict
      sample: {in_sync: 11, drifted: 1, missing: 0, unexpected: 0, unverifiable: 0}
    connections:
      description:
        - The desired connections in their order, and then the unexpected ones.
        - V(status) is V(in_sync), V(drifted), V(missing), V(unexpected) or V(unverifiable) (nothing differs, but the API does
          not tell the password that is desired).
        - V(source) says in which file and line a connection from O(desired_files) stands.
      type: list
      elements: dict
      sample:
        - id: "1700000001000000000"
          name: Berlin PBX
          status: drifted
          changes:
            - path: inbound.codecs
              expected: [G722, G711A]
              actual: [G711A]
findings:
  description: What was found, of V(drift), V(unverifiable) and V(error); for a play to branch on.
  returned: always
  type: list
  elements: str
  sample: [drift]
reports:
  description: The files that were written.
  returned: always
  type: list
  elements: str
  sample: [/srv/reports/drift.json, /srv/reports/status.json]
meta:
  description: Numbers about the listing, as M(siptrunk.telnyx.credential_connections_info) returns them.
  returned: success
  type: dict
  sample: {total_results: 620, pages: 3, requests: 6, passes: 2}
error:
  description: What went wrong, as M(siptrunk.telnyx.credential_connections_info) returns it.
  returned: failure, unless it is a finding that failed the task
  type: dict
  sample: {kind: transport, message: "...", hint: "..."}
"""
