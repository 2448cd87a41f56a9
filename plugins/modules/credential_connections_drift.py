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
  - Compares desired connections with those of the account, and returns for each whether it is in sync.
  - Desired records are partial. Only the fields that they have are compared, including nested ones, and no default is assumed.
  - An incomplete list is an error and never drift.
  - 'These are not differences: null and an absent field; null and an empty text in URLs, C(outbound.ani_override) and
    C(outbound.localization); a number and the same number as text; two names of one field; the order of C(tags), but not the
    order of codecs; an unquoted C(NO) or C(yes), which YAML reads as a boolean, and that word.'
  - A field that neither the API's reference nor any live record has is an error, because it is probably misspelt.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.check
  - siptrunk.telnyx.credential_connections.requests
  - siptrunk.telnyx.credential_connections.snapshot
  - siptrunk.telnyx.credential_connections.action
  - siptrunk.telnyx.credential_connections.action_group
attributes:
  check_mode:
    description: It only reads, so C(--check) makes no difference.
    support: full
  diff_mode:
    description: Shows the desired and the live fields as YAML, with passwords hidden.
    support: full
options:
  desired:
    description:
      - The desired connections. Either this option or O(desired_files) is required.
      - A C(password) is compared if the API returns the live one, and is never shown.
    type: list
    elements: dict
  desired_files:
    description:
      - YAML or JSON files, folders of such files, or patterns such as V(teams/*/prod.yml) or V(teams/**/*.json). A file, or single
        values in it, may be encrypted by Ansible Vault.
      - A file has one connection, a list of them, or a mapping of C(connections), such a list, and C(defaults), the values of fields that
        its connections leave out.
      - In a folder and the folders below it, files that end with V(.yml), V(.yaml) or V(.json), in any case, are read.
        Names that begin with a dot are ignored. A pattern matches such files, and folders. A file that is reached twice is read once.
      - A folder or a pattern without such files is an error.
      - Later entries of the list take precedence. A record is matched to those of earlier entries by its V(id), else by O(match_by);
        mappings are merged, and lists, scalars and null replace. Two records of one connection within one entry are an error.
      - A duplicate key is an error. So is a value that no connection can have, unless a live one has it or the field
        is in O(ignore).
    type: list
    elements: path
  match_by:
    description: The field by which a desired connection without an V(id) is matched. One with an V(id) is matched by it; if the
      account does not have that V(id), and exactly one live connection that is not desired otherwise has the C(connection_name)
      (or, if none has it, the C(user_name)), it is V(recreated).
    type: str
    choices: [connection_name, user_name, id]
    default: connection_name
  unexpected:
    description:
      - What to do with live connections that are not desired.
      - V(ignore) leaves them out. V(report) lists them, and they are drift.
    type: str
    choices: [ignore, report]
    default: report
  ignore:
    description:
      - Paths that are not compared, such as V(tags), V(*.channel_limit) or V(inbound.timeout_*).
        Paths below a matching one are not compared either.
      - V(*) matches any text within one part of a path, V(**) any number of parts.
      - A pattern that matches no field of the reference, of the account or of the desired records is an error.
    type: list
    elements: str
    default: []
  fail_on:
    description:
      - The findings that fail the task, after its reports are written.
      - V(drift) means any drift; V(missing), V(recreated), V(ambiguous) (several connections of the account have the name of a desired
        one), V(drifted), V(unexpected) and V(unverifiable) mean findings of that status.
      - V(error) means that the check could not be completed. It fails the task even if the list does not have it.
      - With V(never) in the list, no finding fails the task, whatever else the list has.
    type: list
    elements: str
    choices: [drift, missing, recreated, ambiguous, drifted, unexpected, unverifiable, error, never]
    default: [error]
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
    msg: "{{ account.drift.findings | selectattr('status', 'eq', 'drifted') }}"
"""

RETURN = r"""
drift:
  description: The result of the comparison.
  returned: success, and where drift failed the task
  type: dict
  contains:
    status:
      description: V(in_sync) or V(drift). What is V(unverifiable) is not drift.
      type: str
      sample: drift
    totals:
      description: The numbers of findings, of the connections that were compared, and of those with each status, their most severe one.
      type: dict
      sample: {connections: 12, findings: 1, drifted: 1, in_sync: 11}
    findings:
      description:
        - The findings. Each has V(connection) (V(id), V(name) and V(user_name)), V(message), V(remedy), V(fingerprint), V(source) (the file
          and the line in O(desired_files), or null), V(url) (with O(portal_url)), V(updated_at) and V(created_at).
        - V(status) is V(drifted) for each field that differs, with its V(path), V(expected) and V(actual). V(unverifiable), with the path
          V(password), means that the API does not return the password to compare with.
        - V(missing), V(unexpected), V(recreated) and V(ambiguous) are about the connection as a whole; V(path) is null. V(recreated) means
          that it was deleted and created again; V(expected) is then the id of the desired record, and V(actual) the new one.
        - V(similar) are connections with a similar name on the other side, of one that is V(missing) or V(unexpected).
        - V(state) is V(new), or V(updated) where another value was accepted. V(first_seen) is the time since when it is
          there, and V(is_new) whether the previous report in O(report_dir) does not have it.
      type: list
      elements: dict
      sample:
        - connection: {id: "1700000001000000000", name: Berlin PBX, user_name: berlin01}
          status: drifted
          path: inbound.codecs
          expected: [G722, G711A]
          actual: [G711A]
          message: 'inbound.codecs: expected ["G722", "G711A"], actual ["G711A"]'
          remedy: Set inbound.codecs to ["G722", "G711A"] at Telnyx, or change the desired state.
          updated_at: "2026-11-20T14:03:00.120Z"
          source: {file: baseline.yml, line: 41}
          state: new
          is_new: true
    resolved:
      description: The findings of the previous report in O(report_dir) that are gone.
      type: list
      elements: dict
      sample: []
    accepted:
      description: The accepted findings, in the same form. V(accepted) has V(reason), V(who), V(since) and V(expires).
      type: list
      elements: dict
      sample: []
    acceptances:
      description:
        - The entries of O(accepted_files), with the number of V(findings) that each covers.
        - V(state) is V(used), V(outdated) (only findings with other values match), V(unused) (no finding needs it),
          V(expired) or V(incomplete) (it accepts nothing, and V(problem) says what to add).
      type: list
      elements: dict
      sample: []
    previous:
      description: The time (UTC) of the previous complete report in O(report_dir), or null.
      type: str
      sample: "2026-11-24T04:17:00Z"
    news:
      description: Whether something is new or resolved.
      type: bool
      sample: true
summary:
  description: What people read first, as lines, at most 1500 characters; the content of V(summary.txt).
  returned: always
  type: list
  elements: str
  sample:
    - "Drift check: drift: 1 drifted; connections compared: 12"
    - "- Berlin PBX: inbound.codecs [\"G722\", \"G711A\"] -> [\"G711A\"]"
outcomes:
  description: What was found, in the values of O(fail_on). A play can test it.
  returned: always
  type: list
  elements: str
  sample: [drift, drifted]
failing:
  description: Those of RV(outcomes) that fail the task, by O(fail_on).
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
account:
  description: A digest of the API key and the address, the same for tasks that checked the same account; null for a snapshot file.
  returned: success, and where findings failed the task
  type: str
  sample: 0f3a9c51d2e47b68
meta:
  description: Numbers about the listing, as M(siptrunk.telnyx.credential_connections_info) returns them.
  returned: success, and where findings failed the task
  type: dict
  sample: {total_results: 620, pages: 3, requests: 6, passes: 2}
error:
  description: What went wrong, as M(siptrunk.telnyx.credential_connections_info) returns it.
  returned: failure, unless it is a finding that failed the task
  type: dict
  sample: {kind: transport, message: "...", hint: "..."}
"""
