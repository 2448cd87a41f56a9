#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module that compares two runs of a check; the action plugin of the same name is its code."""

from __future__ import annotations

DOCUMENTATION = r"""
module: check_history
short_description: Compare two runs of a drift or policy check
version_added: 0.1.0
description:
  - Reads two runs from the folder that was O(siptrunk.telnyx.credential_connections_drift#module:history_dir) of a check, and returns
    which findings are new in the newer one, which are resolved, and which are still there.
  - Only runs that were completed are compared.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.controller
attributes:
  check_mode:
    description: It only reads, so C(--check) makes no difference.
options:
  history_dir:
    description: The folder with the history.
    type: path
    required: true
  check:
    description: The check whose runs are compared.
    type: str
    required: true
    choices: [drift, policy]
  account_label:
    description: The label of the account, if the check has one.
    type: str
  newer:
    description:
      - The newer run. The name of a file in the folder, or a time in UTC such as V(2026-11-20) or V(2026-11-20T03:00:00Z), which means
        the last run that is not later; a day is meant as a whole.
      - By default, the last run.
    type: str
  older:
    description: The older run, in the same forms. By default, the one before O(newer).
    type: str
notes:
  - It does not send requests, so it needs no API key.
"""

EXAMPLES = r"""
- name: Compare the last run with that of a day
  siptrunk.telnyx.check_history:
    history_dir: telnyx-history
    check: drift
    older: "2026-11-01"
  register: compared

- name: Show what is new
  ansible.builtin.debug:
    msg: "{{ compared.new | map(attribute='what') }}"
"""

RETURN = r"""
older:
  description: The older run.
  returned: success
  type: dict
  sample: {file: drift-e3b0c442-20261119T030004.120000Z-5d41402a.jsonl, generated_at: "2026-11-19T03:00:01Z", status: drift, total: 12}
newer:
  description: The newer run, in the same form.
  returned: success
  type: dict
new:
  description: The findings that only the newer run has, the most severe first.
  returned: success
  type: list
  elements: dict
  sample:
    - fingerprint: e448784fd345ec67cd941aafeaa5f270
      first_seen: "2026-11-20T03:00:01Z"
      severity: drifted
      kind: path
      what: inbound.codecs
      id: "1700000001000000000"
      name: Berlin PBX
resolved:
  description: The findings that only the older run has. Each also has C(last_seen), the time of that run.
  returned: success
  type: list
  elements: dict
still_there:
  description: The findings that both runs have.
  returned: success
  type: list
  elements: dict
lines:
  description: The same as a table, as lines of text.
  returned: success
  type: list
  elements: str
  sample: ["new       2026-11-20  drifted: Berlin PBX (1700000001000000000): inbound.codecs"]
"""
