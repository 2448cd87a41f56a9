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
    description: Shows for each violation the actual values and those that fulfil the rule, or the fields that the rule shows. The task
      is then V(changed), because Ansible shows differences of such tasks only.
    support: full
options:
  rules:
    description:
      - Rules to add, or to override built-in rules with the same V(id), key by key.
      - V(id), V(severity) (V(critical), V(high), V(medium) or V(low)), V(description), V(assert), and optionally V(when), V(show),
        V(help), V(holds) (the sentence for an account without violations), V(set_to) (the values, by fields such as V(inbound.codecs),
        that fulfil the rule) and V(enabled).
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
"""

EXAMPLES = r"""
- name: Check the account
  siptrunk.telnyx.credential_connections_policy:
    report_dir: telnyx-reports/policy
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
    msg: "{{ account.policy.findings | selectattr('severity', 'in', ['critical', 'high']) }}"
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
        - The numbers of connections, rules, findings (all and by severity) and accepted findings.
        - V(errors) is the number of findings by rules that could not be evaluated.
      type: dict
      sample: {connections: 12, findings: 1, critical: 0, high: 1, medium: 0, low: 0, accepted: 1, rules: 14, errors: 0}
    findings:
      description:
        - The findings. Each has V(connection) (V(id), V(name) and V(user_name)), V(message), V(remedy), V(fingerprint), V(source) (the file
          and the line in O(desired_files), or null), V(url) (with O(portal_url)), V(updated_at) and V(created_at).
        - V(rule) and V(severity) say which rule is violated. V(expected) are the values, by paths, that fulfil the rule, or null, and
          V(actual) those that the connection has there, or what the rule shows. V(evaluated) is false if the rule could not be evaluated.
        - V(state) is V(new), or V(updated) where a lower severity was accepted. V(first_seen) is the time since when it is
          there, and V(is_new) whether the previous report in O(report_dir) does not have it.
      type: list
      elements: dict
      sample:
        - connection: {id: "1700000001000000000", name: Berlin PBX, user_name: berlin01}
          rule: srtp_required
          severity: high
          message: "Its media is not encrypted with SRTP: null"
          expected: {encrypted_media: SRTP}
          actual: {encrypted_media: null}
          remedy: Set encrypted_media to "SRTP".
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
        - The entries of O(accepted_files) and O(exemptions), with the number of V(findings) that each covers.
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
          holds: The media of every active connection is encrypted with SRTP
          help: Anyone on the network path can listen to the calls.
          applied_to: 11
summary:
  description: What people read first, as lines, at most 1500 characters; the content of V(summary.txt).
  returned: always
  type: list
  elements: str
  sample:
    - "Policy check: violations: 1 high; connections: 12; rules: 14"
    - "- srtp_required (high): Berlin PBX"
outcomes:
  description: What was found, in the values of O(fail_on). A play can test it.
  returned: always
  type: list
  elements: str
  sample: [violations, high]
failing:
  description: Those of RV(outcomes) that fail the task, by O(fail_on).
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
