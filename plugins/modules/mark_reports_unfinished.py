#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that begins the reports of a check. The action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mark_reports_unfinished
short_description: Begin the reports of a check, lest those of an earlier one are taken for its own
version_added: 0.1.0
description:
  - Writes all reports of a check, and V(status.json), as an error that says the check did not finish. The check itself then writes
    them anew.
  - So a pipeline never reads yesterday's answer, even where the play fails before the check runs. The roles
    P(siptrunk.telnyx.drift_check#role) and P(siptrunk.telnyx.policy_check#role) begin with it.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
attributes:
  action:
    description: It runs on the controller, whatever the target.
    support: full
  check_mode:
    description: It writes the reports in check mode too, as the checks do.
    support: full
  diff_mode:
    description: It shows no difference.
    support: none
options:
  check:
    description: The check whose reports they are.
    type: str
    required: true
    choices: [drift, policy]
  report_dir:
    description: The folder for the reports, as for the check. A relative path is from where C(ansible-playbook) was called.
    type: path
    required: true
notes:
  - It reads nothing, so it needs no access to the API.
"""

EXAMPLES = r"""
- name: From here on, whatever fails is an error in the reports
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
