#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module that marks reports as unfinished; the action plugin of the same name is its code."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mark_reports_unfinished
short_description: Mark a check's reports as unfinished, so that old reports are not mistaken for new ones
version_added: 0.1.0
description:
  - Writes all reports of a check, and V(status.json), with the error that the check did not finish. The check itself replaces them
    when it completes.
  - A pipeline therefore never reads the result of an earlier run, even if the play fails before the check runs. The roles
    P(siptrunk.telnyx.drift_check#role) and P(siptrunk.telnyx.policy_check#role) run this module first.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.controller
options:
  check:
    description: The check whose reports are marked.
    type: str
    required: true
    choices: [drift, policy]
  report_dir:
    description:
      - The folder for the reports, the same as for the check. A relative path is relative to the folder in which C(ansible-playbook)
        is called.
    type: path
    required: true
  account_label:
    description: The name for the account that the check has, so that the metrics of the account say that its check did not finish.
    type: str
notes:
  - It does not send requests, so it needs no API key.
"""

EXAMPLES = r"""
- name: Mark the reports as unfinished before anything else can fail
  siptrunk.telnyx.mark_reports_unfinished:
    check: drift
    report_dir: telnyx-reports/drift
"""

RETURN = r"""
reports:
  description: The files that were written.
  returned: success
  type: list
  elements: str
  sample: [/srv/reports/drift.json, /srv/reports/status.json]
"""
