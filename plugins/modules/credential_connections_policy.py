#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that evaluates rules over connections. The action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: credential_connections_policy
short_description: Evaluate policy rules over the credential connections of an account
version_added: 0.1.0
description:
  - Returns which connections violate which rule. The built-in rules are against toll fraud and for privacy. Rules can be changed,
    added and disabled.
  - A rule that cannot be evaluated for a connection is a violation that says so.
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
    description: It changes nothing, so there is no diff to show.
    support: N/A
options:
  rules:
    description:
      - Rules to add, or to override built-in rules with the same V(id), key by key.
      - V(id), V(severity) (V(critical), V(high), V(medium) or V(low)), V(description), V(assert), and optionally V(when), V(show),
        V(help), V(set_to) (the values, by fields such as V(inbound.codecs), that fulfil the rule) and V(enabled).
      - V(when), V(assert) and V(show) are JMESPath expressions over the record. A rule applies to a connection if V(when) is true, and is
        violated if V(assert) is not true. V(show) selects what the message shows.
      - Besides the fields of the record there are V(derived.user_name_count) and V(derived.connection_name_count) (how many
        connections have that name, ignoring case), V(derived.user_name_weakness) (text or null), V(derived.insecure_webhooks)
        (a list), and V(settings.allowed_outbound_voice_profile_ids).
    type: list
    elements: dict
    default: []
  built_in_rules:
    description: Whether the built-in rules are used.
    type: bool
    default: true
  disabled_rules:
    description: The ids of rules to disable.
    type: list
    elements: str
    default: []
  exemptions:
    description:
      - Connections that may violate a rule. Each is an entry as in O(accepted_files), with V(rule), one of V(id), V(user_name),
        V(connection_name), V(name_pattern) and V(tag), or instead of these V(fingerprint); V(reason), and optionally V(expires), the
        last day (UTC) as in V(2027-03-31), in quotes (without them, ansible-core before 2.19 converts a templated list to text).
      - After that day it is a violation again. A rule that cannot be evaluated is not accepted, and a name
        that several connections have is an error.
    type: list
    elements: dict
    default: []
  allowed_outbound_voice_profile_ids:
    description:
      - The outbound voice profiles that connections may use.
      - Without the list, the rule C(outbound_voice_profile_allowed) does not apply.
    type: list
    elements: str
  desired_files:
    description:
      - Files of desired connections, folders of such files, or patterns, as M(siptrunk.telnyx.credential_connections_drift) reads them.
      - The reports refer to their lines; they are not compared.
    type: list
    elements: path
    default: []
  fail_on:
    description:
      - The findings that fail the task, after its reports are written.
      - V(violations) means any violation; V(critical), V(high), V(medium) and V(low) mean a violation of that severity or above.
      - V(error) means that the check could not be completed. It fails the task even if the list does not have it.
      - With V(never) in the list, no finding fails the task, whatever else the list has.
    type: list
    elements: str
    choices: [violations, critical, high, medium, low, error, never]
    default: [error]
  min_connections:
    description:
      - An account with fewer connections is an error with the C(kind) V(too_few_connections), because the API key may belong to
        another account. V(0) allows an empty account.
    type: int
    default: 1
  report_dir:
    description:
      - A folder for the reports V(policy.json), V(policy.md), V(policy.junit.xml), V(policy.sarif), V(policy.html),
        V(policy.prom) and V(status.json); with O(history_dir) also V(notify.json) and V(notify.txt) if something changed.
      - They are always written, also in check mode and after an error. Each check needs a folder of its own.
    type: path
  accepted_files:
    description:
      - YAML files of accepted findings, folders of such files, or patterns. The findings of their entries do not count.
      - Each entry is a mapping with V(reason), and optionally V(who), V(since) and V(expires), the last day (UTC) as in V(2027-03-31).
      - It selects findings by V(rule). With V(severity), it does not cover the violation any more once the rule is more severe.
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
- name: Check the account
  siptrunk.telnyx.credential_connections_policy:
    disabled_rules:
      - single_registration
    rules:
      - id: name_has_site
        severity: low
        description: Its name does not begin with a site code
        assert: starts_with(connection_name, 'BER-') || starts_with(connection_name, 'PAR-')
        help: The dashboards group connections by site code. Rename it.
    exemptions:
      - rule: srtp_required
        connection_name: Berlin PBX
        reason: The old PBX has no TLS; it is replaced in spring (ticket 4711).
        expires: "2099-03-31"
  register: account

- name: Show critical and high violations
  ansible.builtin.debug:
    msg: "{{ account.policy.violations | selectattr('severity', 'in', ['critical', 'high']) }}"
"""

RETURN = r"""
policy:
  description: The result of the rules.
  returned: success, and where violations failed the task
  type: dict
  contains:
    status:
      description: V(ok) or V(violations).
      type: str
      sample: violations
    totals:
      description:
        - The numbers of connections, rules, violations (all and by severity) and accepted violations.
        - V(errors) is the number of evaluations that failed.
      type: dict
      sample: {connections: 12, rules: 14, violations: 1, accepted: 1, errors: 0, critical: 0, high: 1, medium: 0, low: 0}
    violations:
      description:
        - The violations, the most severe first.
        - V(fingerprint) identifies a violation; V(first_seen) is the time since when it has been there, if there is O(history_dir).
        - V(source) is the file and the line of the connection in O(desired_files), if it is there.
      type: list
      elements: dict
      sample:
        - rule: srtp_required
          severity: high
          id: "1700000001000000000"
          name: Berlin PBX
          message: "Its media is not encrypted with SRTP: null"
          state: new
          remedy: Set encrypted_media to "SRTP".
    accepted:
      description: The accepted violations, in the same form, with V(reason), V(who), V(since) and V(expires).
      type: list
      elements: dict
      sample: []
    acceptances:
      description:
        - The entries of O(accepted_files) and O(exemptions), with the number of V(findings) that each covers.
        - V(state) is V(used), V(outdated) (only violations of a higher severity match), V(unused) (no finding needs it) or V(expired).
      type: list
      elements: dict
      sample: []
    rules:
      description:
        - The rules that were checked. V(applied_to) is the number of connections for which the C(when) of the rule is true, or of
          all for a rule without it.
      type: list
      elements: dict
      sample:
        - id: srtp_required
          severity: high
          description: Its media is not encrypted with SRTP
          help: Anyone on the network path can listen to the calls.
          applied_to: 11
findings:
  description: What was found, in the values of O(fail_on). A play can test it.
  returned: always
  type: list
  elements: str
  sample: [violations, high]
failing:
  description: The findings that fail the task, by O(fail_on).
  returned: always
  type: list
  elements: str
  sample: [high]
reports:
  description: The files that were written.
  returned: always
  type: list
  elements: str
  sample: [/srv/reports/policy.json, /srv/reports/status.json]
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
