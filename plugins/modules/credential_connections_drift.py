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
  - It reads the account with C(consistency=strict), so an incomplete list is an error and never drift. It reads the desired files at the
    same time, so requests are sent even if a file is invalid.
  - 'These are not differences: null and an absent field; null and an empty text in URLs, C(outbound.ani_override) and
    C(outbound.localization); a number and the same number as text; two names of one field; the order of C(tags), but not the
    order of codecs; an unquoted C(NO) or C(yes), which YAML reads as a boolean, and that word.'
  - A field that neither the API's reference nor any live record has is an error, because it is probably misspelt.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
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
      - V(drift) means any drift; V(drifted), V(missing), V(recreated), V(unexpected) and V(unverifiable) mean connections of that
        status.
      - V(error) means that the check could not be completed. It fails the task even if the list does not have it.
      - With V(never) in the list, no finding fails the task, whatever else the list has.
    type: list
    elements: str
    choices: [drift, drifted, missing, recreated, unexpected, unverifiable, error, never]
    default: [error]
  min_connections:
    description:
      - An account with fewer connections is an error with the C(kind) V(too_few_connections), because the API key may belong to
        another account. V(0) allows an empty account.
    type: int
    default: 1
  report_dir:
    description:
      - A folder for the reports V(drift.json), V(drift.md), V(drift.junit.xml), V(drift.sarif), V(drift.html),
        V(drift.prom) and V(status.json); with O(history_dir) also V(notify.json) and V(notify.txt) if something changed.
      - They are always written, also in check mode and after an error. Each check needs a folder of its own.
    type: path
  accepted_files:
    description:
      - YAML files of accepted findings, folders of such files, or patterns. The findings of their entries do not count.
      - Each entry is a mapping with V(reason), and optionally V(who), V(since) and V(expires), the last day (UTC) as in V(2027-03-31).
      - It selects findings by V(path) and its V(value), which is what the account has (none for a password), or by V(status)
        (V(missing), V(recreated), V(unexpected) or V(unverifiable)). Another value is a new finding.
      - An entry selects connections by V(id), V(user_name), V(connection_name), V(name_pattern) (wildcards, for the name) or V(tag). With
        V(fingerprint) and V(check) it selects one finding.
      - A file that does not exist is an error. M(siptrunk.telnyx.accept_findings) writes such files.
    type: list
    elements: path
    default: []
  portal_url:
    description: The address of a connection's page, with V({id}) in place of its id. The reports then have a link to it.
    type: str
  account_label:
    description: A name for the account, which the reports show, for readers of several accounts' reports.
    type: str
  attribution:
    description:
      - Whether to read the account's audit log, so that each finding says who made it, when, and from what.
      - It is only read if there is a finding. An audit log that cannot be read, or not completely, is no error; the findings say why.
    type: bool
    default: false
  attribution_since:
    description:
      - The time from which on the audit log is read, such as V(2026-11-20T14:03:00Z), or a day, such as V(2026-11-20). It is UTC without
        an offset.
      - The default is the time of the last commit of O(desired_files), by git. If git does not know it, for example because they are in no
        repository or in a shallow one, it is 30 days ago.
    type: str
  history_dir:
    description:
      - A folder in which each run, also one in check mode or with an error, leaves a small file without secrets, of the mode 0600.
        The next reports then say since when each finding is there, what is new, and what is resolved.
      - Several checks and accounts may use the same folder, also at once. The newest 400 runs of each check and account are kept.
      - A history that cannot be read or written is a warning, and no error.
    type: path
  report_url:
    description: Where people find the reports. V(notify.json) and V(notify.txt), which are written to O(report_dir) if O(history_dir) shows
      a change since the last run, have it as their link. At most 1000 characters.
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
  description: The result of the comparison.
  returned: success, and where drift failed the task
  type: dict
  contains:
    status:
      description: V(in_sync) or V(drift). A connection that is V(unverifiable) is not drift.
      type: str
      sample: drift
    totals:
      description: The number of connections with each status.
      type: dict
      sample: {in_sync: 11, drifted: 1, missing: 0, recreated: 0, unexpected: 0, unverifiable: 0, accepted: 0}
    connections:
      description:
        - The desired connections in their order, then the unexpected ones.
        - V(status) is V(in_sync), V(drifted), V(missing), V(recreated), V(unexpected), V(unverifiable) (the API does
          not return the password to compare with) or V(accepted) (all that differs is accepted). A connection that differs and whose
          password cannot be compared is there twice, the second time as V(unverifiable).
        - V(state) is V(new), or V(updated) where another value was accepted. V(remedy) says what to do.
        - V(recreated) means that the connection was deleted and created again. V(id) is then its new id, V(old_id) that of the
          desired record, and V(changes) are the other fields that differ.
        - V(fingerprint) identifies a change, and a connection of another status than V(in_sync) and V(drifted); V(first_seen) is the
          time since when it has been there, if there is O(history_dir).
        - V(source) is the file and the line of a connection from O(desired_files).
        - V(updated_at) is that of the live connection, or null.
        - V(attribution), of a connection that is a finding as a whole and of each change, is null without O(attribution). Its
          V(state) is V(known), V(unknown) (the audit log does not say it) or V(unavailable) (it could not be read), and V(reason)
          says what is not known and why. V(who), V(when), V(from) and V(event) are those of the audit event, or, if the state is
          V(unknown), of the last event in the log, if there is one.
      type: list
      elements: dict
      sample:
        - id: "1700000001000000000"
          name: Berlin PBX
          status: drifted
          updated_at: "2026-11-20T14:03:00.120Z"
          attribution: null
          changes:
            - path: inbound.codecs
              expected: [G722, G711A]
              actual: [G711A]
              state: new
              remedy: Set inbound.codecs to ["G722", "G711A"] at Telnyx, or change the desired state.
              attribution:
                state: known
                who: {change_made_by: account_owner, user_id: "1234"}
                when: "2026-11-20T14:03:00Z"
                from: [G722, G711A]
                event: 5c2e5b1e-4a3f-4f6c-9d1f-0f6c3a9b7d21
                reason: null
    accepted:
      description: The accepted findings, with V(reason), V(who), V(since) and V(expires); V(path) is null for a status.
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
attribution:
  description: What was read of the audit log, or null if it was not read. V(reason) says what is missing, or why nothing was read.
  returned: success, and where drift failed the task
  type: dict
  sample: {since: "2026-11-01T08:00:00Z", events: 12, requests: 1, reason: null}
findings:
  description: What was found, in the values of O(fail_on). A play can test it.
  returned: always
  type: list
  elements: str
  sample: [drift, drifted]
failing:
  description: The findings that fail the task, by O(fail_on).
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
