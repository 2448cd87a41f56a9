#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module that begins a check of several accounts; the action plugin of the same name is its code."""

from __future__ import annotations

DOCUMENTATION = r"""
module: begin_accounts_check
short_description: Mark the reports of several accounts as unfinished, and list what is to be checked
version_added: 0.1.0
description:
  - Writes the overview of several accounts, and the reports of each of them, with the error that the check did not finish, so that the
    result of an earlier run is never read.
  - The role P(siptrunk.telnyx.accounts_check#role) runs it first.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.controller
options:
  accounts:
    description:
      - The accounts, as in the variable C(accounts_check_accounts) of the role. An entry that is not valid is no error of this module.
      - Without it, only the overview is marked.
    type: raw
  checks:
    description: The checks of an account that does not list its own, V(drift), V(policy) or both.
    type: raw
    default: [drift, policy]
  report_dir:
    description:
      - The folder for the overview and the folders of the accounts. A relative path is relative to the folder in which C(ansible-playbook)
        is called.
    type: path
    required: true
notes:
  - It does not send requests, and reads no API key.
"""

EXAMPLES = r"""
- name: Begin
  siptrunk.telnyx.begin_accounts_check:
    accounts: "{{ accounts_check_accounts }}"
    report_dir: telnyx-reports
  register: begun
"""

RETURN = r"""
runs:
  description: The checks to run with M(siptrunk.telnyx.check_account), in the order of the list.
  returned: success
  type: list
  elements: dict
  sample: [{number: 1, name: berlin, check: drift}, {number: 1, name: berlin, check: policy}]
"""
