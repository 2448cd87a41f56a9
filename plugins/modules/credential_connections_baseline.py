#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that writes the live connections as desired ones. The action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: credential_connections_baseline
short_description: Write the live credential connections as desired ones
version_added: 0.1.0
description:
  - Writes the account to YAML that M(siptrunk.telnyx.credential_connections_drift) compares it with later, for a repository.
  - It is stable. An account that did not change gives the same bytes. It holds no password and no time stamp. Records are in the order in
    which the connections were created, and begin with C(connection_name) and C(id).
  - Files that do not agree with the account are not changed unless O(overwrite) is true. RV(conflicts) names them, RV(diff) shows the
    difference, and nothing is written, not even the files that would be new; C(changed) is true then, as in check mode, for there is
    something to change. What was edited by hand and agrees with the account is no difference.
  - Files are updated in place. Comments, passwords, the order, and fields that a record leaves out are kept. A value that comes from
    an alias or a merge key, or that a vault encrypts, cannot be changed so; it is an error, and nothing is written.
  - Text that Ansible could take for a template is written as C(!unsafe).
  - A new file has the mode 0644, and one that is there keeps its mode. Symbolic links are written through.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.credential_connections.requests
  - siptrunk.telnyx.credential_connections.action
attributes:
  check_mode:
    description: It says what it would write.
    support: full
  diff_mode:
    description: Shows the difference between the files and the account, with passwords hidden.
    support: full
options:
  dest:
    description: The file (with O(layout=single)) or the folder (with O(layout=per_connection)) to write.
    type: path
    required: true
  layout:
    description:
      - V(single) writes one list to one file.
      - V(per_connection) writes a file for each connection, called by its name and id, and removes those of its own making that are
        of connections that have gone. For an account without connections it writes C(empty.yml).
    type: str
    choices: [single, per_connection]
    default: single
  overwrite:
    description: Whether to update in place, and to remove, files that do not agree with the account.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Write the account to the repository
  siptrunk.telnyx.credential_connections_baseline:
    dest: baseline.yml
  register: adopted
"""

RETURN = r"""
conflicts:
  description: The files that differ from the account and were left alone. If there are any, nothing was written.
  returned: success
  type: list
  elements: str
  sample: []
files:
  description: The files of the baseline.
  returned: success
  type: list
  elements: str
  sample: [/srv/telnyx/baseline.yml]
connections:
  description: How many connections they hold.
  returned: success
  type: int
  sample: 12
diff:
  description: What differs.
  returned: success
  type: list
  elements: dict
  sample: []
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
