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
  - Says which connections break which rule. Built-in rules guard against toll fraud and for privacy; rules can be changed, added
    and switched off.
  - A rule that cannot be evaluated for a connection is a violation that says so.
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
    description: It changes nothing, so it has no difference to show.
    support: N/A
options:
  rules:
    description:
      - Rules to add, or to lay over the built-in ones of the same V(id), key by key.
      - V(id), V(severity) (V(critical), V(high), V(medium) or V(low)), V(description), V(assert), and optionally V(when), V(show),
        V(help) and V(enabled).
      - V(when), V(assert) and V(show) are JMESPath expressions over the record. A rule applies where V(when) is true, is broken
        where V(assert) is not, and V(show) selects what the message shows.
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
    description: The ids of rules to switch off.
    type: list
    elements: str
    default: []
  exemptions:
    description:
      - Connections that may break a rule for a while. V(rule), one of V(id), V(user_name) and V(connection_name), V(reason), and
        V(expires), the last day (UTC) as in V(2027-03-31), in quotes (without, ansible-core before 2.19 makes text of a templated list).
      - After that day it is a violation again. A rule that cannot be evaluated is not exempted, and a name
        that several connections bear is an error.
    type: list
    elements: dict
    default: []
  allowed_outbound_voice_profile_ids:
    description: The outbound voice profiles that connections may use. Without the list, the rule about it does not apply.
    type: list
    elements: str
  desired_files:
    description: Files of desired connections, to which the SARIF report points. They are not compared.
    type: list
    elements: path
    default: []
  fail_on_violations:
    description: Whether the task fails where there are violations.
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
      - A folder for the reports V(policy.json), V(policy.md), V(policy.junit.xml), V(policy.sarif), V(policy.html) and V(status.json).
      - They are written in every case, also in check mode and when the API is down. Each check wants a folder of its own.
    type: path
  account_label:
    description: A name for the account, which the reports show, for people who look at reports of several accounts.
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

- name: Show the worst
  ansible.builtin.debug:
    msg: "{{ account.policy.violations | selectattr('severity', 'in', ['critical', 'high']) }}"
"""

RETURN = r"""
policy:
  description: What came of the rules.
  returned: success, and where violations failed the task
  type: dict
  contains:
    status:
      description: V(ok) or V(violations).
      type: str
      sample: violations
    totals:
      description: Counts of connections, rules, violations in all and by severity, exempted ones, and rules that could not be evaluated.
      type: dict
      sample: {connections: 12, rules: 14, violations: 1, exempted: 1, errors: 0, critical: 0, high: 1, medium: 0, low: 0}
    violations:
      description: The violations, the worst first. V(source) is there where O(desired_files) has the connection.
      type: list
      elements: dict
      sample:
        - rule: srtp_required
          severity: high
          id: "1700000001000000000"
          name: Berlin PBX
          message: "Its media is not encrypted with SRTP: null"
    exempted:
      description: The same for what is exempted, with V(reason) and V(expires).
      type: list
      elements: dict
      sample: []
    rules:
      description:
        - The rules that were checked. V(applied_to) is the number of connections for which the C(when) of the rule holds, or all
          of them for a rule without one.
      type: list
      elements: dict
      sample:
        - id: srtp_required
          severity: high
          description: Its media is not encrypted with SRTP
          help: Anyone on the way can listen to the calls.
          applied_to: 11
findings:
  description: What was found, of V(violations), the severities of the violations, and V(error); for a play to branch on.
  returned: always
  type: list
  elements: str
  sample: [violations, high]
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
