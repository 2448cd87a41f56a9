#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module that writes the overview of several accounts; the action plugin of the same name is its code."""

from __future__ import annotations

DOCUMENTATION = r"""
module: write_accounts_overview
short_description: Write an overview of several accounts
version_added: 0.1.0
description:
  - Reads the reports of the accounts that M(siptrunk.telnyx.check_account) has checked, and writes C(overview.html), C(overview.json),
    C(overview.md) and C(status.json) over all of them, and C(notify.json) and C(notify.txt) if there is news of any.
  - An account without a result in O(results) is an error in the overview, whatever reports an earlier run has left.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.controller
options:
  accounts:
    description: The accounts, as in the variable C(accounts_check_accounts) of the role P(siptrunk.telnyx.accounts_check#role).
    type: raw
    required: true
  checks:
    description: The checks of an account that does not list its own, V(drift), V(policy) or both.
    type: raw
    default: [drift, policy]
  results:
    description: The results of M(siptrunk.telnyx.check_account).
    type: list
    elements: dict
    required: true
  report_dir:
    description: The folder for the overview, which has the folders of the accounts.
    type: path
    required: true
  history_dir:
    description:
      - The folder for the history. If it is set, an account that could not be checked is news.
      - If it is not set, the variable C(drift_check_history_dir) or C(policy_check_history_dir) counts.
    type: path
  report_url:
    description: Where people find the overview (http or https); the message has it as its link.
    type: str
notes:
  - It does not send requests, and reads no API key.
"""

EXAMPLES = r"""
- name: Write the overview
  siptrunk.telnyx.write_accounts_overview:
    accounts: "{{ accounts_check_accounts }}"
    results: "{{ checked.results }}"
    report_dir: telnyx-reports
"""

RETURN = r"""
msg:
  description: A line about all accounts, and the path of the page.
  returned: success
  type: str
  sample: "accounts check: 3 accounts: 1 in error, 2 ok; affected: paris; overview: /srv/telnyx-reports/overview.html"
lines:
  description: A line about each account, the worst first.
  returned: success
  type: list
  elements: str
  sample: ["paris: drift: error: GET https://api.telnyx.com/v2/credential_connections: HTTP 401.", "berlin: drift: in sync"]
failing:
  description: The lines about the accounts with findings that C(fail_on) selects.
  returned: success
  type: list
  elements: str
totals:
  description: The number of accounts, and of those with each status.
  returned: success
  type: dict
  sample: {accounts: 3, error: 1, findings: 0, ok: 2}
reports:
  description: The files that were written.
  returned: success
  type: list
  elements: str
  sample: [/srv/telnyx-reports/overview.json, /srv/telnyx-reports/status.json]
"""
