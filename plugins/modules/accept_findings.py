#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that writes findings into a file of accepted findings. The action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: accept_findings
short_description: Accept the findings of drift and policy checks
version_added: 0.1.0
description:
  - Writes the findings of reports into a file of accepted findings, for a repository. M(siptrunk.telnyx.credential_connections_drift)
    and M(siptrunk.telnyx.credential_connections_policy) read it by their option C(accepted_files), and fail only on other findings.
  - The file is a YAML list with one entry for a finding, sorted by check, connection and what is accepted. It holds no passwords.
  - A field that differs is accepted with its value; a violation with the severity of its rule.
  - Entries that are there already stay as they are, with their comments. Where an entry has another value, a lower severity, or has
    expired, these are updated, and C(since), C(who), and C(expires) if it is given; its C(reason) never changes.
  - A rule that could not be evaluated is not accepted.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.controller
attributes:
  check_mode:
    description: Reports what it would write.
  diff_mode:
    description: Shows the difference of the file.
    support: full
options:
  reports:
    description: JSON reports of completed checks, C(drift.json) and C(policy.json).
    type: list
    elements: path
    required: true
  dest:
    description:
      - The file of accepted findings. It is created with the mode 0644 if it does not exist; otherwise it keeps its mode.
      - If a file without entries on lines of their own (such as a list in brackets) has to change, it is written anew without its comments.
    type: path
    required: true
  reason:
    description: Why the findings are accepted. Required if any is added or updated.
    type: str
  who:
    description: Who accepts them. Without it, an entry that is updated loses its C(who).
    type: str
  expires:
    description: The last day (UTC) on which they are accepted, as in V(2027-03-31). By default they do not expire.
    type: str
  rules:
    description: Accept only violations of these rules. If several of the lists have items, a finding must match each of them.
    type: list
    elements: str
    default: []
  severities:
    description: Accept only violations of these severities, or findings of connections of these statuses, such as V(low) or V(drifted).
    type: list
    elements: str
    default: []
  connections:
    description: Accept only findings of the connections with these ids or names. Names may have wildcards.
    type: list
    elements: str
    default: []
  paths:
    description: Accept only these fields that differ, such as V(inbound.codecs) or V(inbound.*).
    type: list
    elements: str
    default: []
  fingerprints:
    description: Accept only the findings with these fingerprints.
    type: list
    elements: str
    default: []
  prune:
    description:
      - Whether entries are removed that no finding needs any more, by a report of a check that read this file.
      - Keep a file for each account, because an entry of another account is unused, too.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Check the account
  siptrunk.telnyx.credential_connections_policy:
    report_dir: telnyx-reports/policy

- name: Accept what is known
  siptrunk.telnyx.accept_findings:
    reports:
      - telnyx-reports/policy/policy.json
    dest: accepted.yml
    reason: The old PBX has no TLS; it is replaced in spring (ticket 4711).
    who: Jo
    expires: "2099-03-31"
    rules: [srtp_required]
"""

RETURN = r"""
dest:
  description: The absolute path of the file.
  returned: success
  type: str
  sample: /srv/telnyx/accepted.yml
added:
  description: The new entries.
  returned: success
  type: list
  elements: dict
  sample:
    - check: policy
      connection_name: Berlin PBX
      id: "1700000001000000000"
      rule: srtp_required
      severity: high
      reason: The old PBX has no TLS; it is replaced in spring (ticket 4711).
      since: "2026-11-26"
updated:
  description: What the entries select that were changed, because their value, their severity or their last day was another one.
  returned: success
  type: list
  elements: dict
  sample: []
removed:
  description: What the entries selected that O(prune) removed.
  returned: success
  type: list
  elements: dict
  sample: []
diff:
  description: The difference of the file.
  returned: success
  type: list
  elements: dict
  sample: []
error:
  description: The error, as M(siptrunk.telnyx.credential_connections_info) returns it.
  returned: failure
  type: dict
  sample: {kind: acceptance, message: "...", hint: "..."}
"""
