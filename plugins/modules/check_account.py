#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module that checks one account of a list; the action plugin of the same name is its code."""

from __future__ import annotations

DOCUMENTATION = r"""
module: check_account
short_description: Run one check of one account of a list
version_added: 0.1.0
description:
  - Runs M(siptrunk.telnyx.credential_connections_drift) or M(siptrunk.telnyx.credential_connections_policy) for one account, with its API
    key and no other one, and writes the account's reports.
  - The options of the check come from the account, else from the variables of the roles P(siptrunk.telnyx.drift_check#role) and
    P(siptrunk.telnyx.policy_check#role), such as C(drift_check_ignore).
  - Whatever is wrong with the account is in the result and in its reports, and does not fail the task.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.controller
attributes:
  check_mode:
    description: It only reads the account, so C(--check) makes no difference. The reports are written.
  diff_mode:
    description: Shows the difference between desired and live connections.
    support: full
options:
  accounts:
    description: The accounts, as in the variable C(accounts_check_accounts) of the role P(siptrunk.telnyx.accounts_check#role).
    type: raw
    required: true
  number:
    description: Which of them is checked; the first one is 1.
    type: int
    required: true
  check:
    description: Which check is run.
    type: str
    required: true
    choices: [drift, policy]
  report_dir:
    description: The folder with the folders of the accounts, in which each check has a folder for its reports.
    type: path
    required: true
  history_dir:
    description:
      - A folder for the history of all accounts, see O(siptrunk.telnyx.credential_connections_drift#module:history_dir).
      - If it is not set, the variable C(drift_check_history_dir) or C(policy_check_history_dir) counts.
    type: path
  report_url:
    description: Where people find the reports (http or https), unless the account or the variables of the check's role say otherwise.
    type: str
notes:
  - The variables C(telnyx_api_key), C(telnyx_api_key_file) and C(telnyx_api_url), and the environment variables E(TELNYX_API_KEY),
    E(TELNYX_API_KEY_FILE) and E(TELNYX_BASE_URL), are not used, unless the account names one of them. Other variables, such as
    C(telnyx_timeout), apply to all accounts.
"""

EXAMPLES = r"""
- name: Check each account
  siptrunk.telnyx.check_account:
    accounts: "{{ accounts_check_accounts }}"
    number: "{{ item.number }}"
    check: "{{ item.check }}"
    report_dir: telnyx-reports
  loop: "{{ begun.runs }}"
  register: checked
"""

RETURN = r"""
number:
  description: The option O(number).
  returned: success
  type: int
  sample: 1
check:
  description: The option O(check).
  returned: success
  type: str
  sample: drift
msg:
  description: A line about the result, and the path of the page.
  returned: success
  type: str
  sample: "drift check: in sync: 24 in sync; connections compared: 24; report: /srv/telnyx-reports/berlin/drift/drift.html"
findings:
  description: The outcomes of the check, in the words of C(fail_on).
  returned: success
  type: list
  elements: str
  sample: [drift, missing]
failing:
  description: Those of them that C(fail_on) of the account selects.
  returned: success
  type: list
  elements: str
  sample: [drift]
reports:
  description: The files that were written.
  returned: success
  type: list
  elements: str
  sample: [/srv/telnyx-reports/berlin/drift/drift.json]
"""
