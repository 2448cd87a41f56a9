#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that writes a baseline of the account. The action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: credential_connections_baseline
short_description: Write a baseline of the credential connections
version_added: 0.1.0
description:
  - Writes the account's connections to YAML files for a repository. M(siptrunk.telnyx.credential_connections_drift) compares the account
    with them later.
  - The output is stable. An account that did not change gives the same bytes. It has no passwords and no time stamps. Records are in
    the order in which the connections were created, and begin with C(connection_name) and C(id).
  - A file that differs from the account is not changed unless O(overwrite) is true. If there is such a file, the task writes nothing, not
    even new files; RV(conflicts) names the files and RV(diff) shows the differences. C(changed) is then true, as in check mode. A file
    that was edited by hand and agrees with the account is not a conflict.
  - Files are updated in place. Comments, passwords, the order, and the set of fields of each record are kept. A value that comes from an
    alias or a merge key, and a vaulted value, cannot be updated in place. If one of them has to change, the task fails and writes nothing.
  - A record whose connection was deleted and created again under the same name is kept, and gets the new V(id).
  - In a file with C(defaults), a record gets a value of its own where the account differs from the default.
  - Text that Ansible could take for a template is written as C(!unsafe).
  - A new file has the mode 0644, and an existing file keeps its mode. If a path is a symbolic link, the file that it leads to is written.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.credential_connections.requests
  - siptrunk.telnyx.credential_connections.snapshot
  - siptrunk.telnyx.credential_connections.action
  - siptrunk.telnyx.credential_connections.action_group
attributes:
  check_mode:
    description: Reports what it would write.
    support: full
  diff_mode:
    description: Shows the differences between the files and the account, with passwords hidden.
    support: full
options:
  dest:
    description: The file (with O(layout=single)) or the folder (with O(layout=per_connection)) to write.
    type: path
    required: true
  layout:
    description:
      - V(single) writes one list to one file.
      - V(per_connection) writes a file for each connection, with its name and id in the file name. It removes the files of connections
        that no longer exist, if the file begins with the heading that this module writes. For an account without connections it writes
        C(empty.yml). A folder with YAML or JSON files in folders below it is refused, because a drift check reads those, too.
    type: str
    choices: [single, per_connection]
    default: single
  overwrite:
    description: Whether to update or remove files that differ from the account.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Write the account to the repository
  siptrunk.telnyx.credential_connections_baseline:
    dest: baseline.yml
  register: baseline
"""

RETURN = r"""
conflicts:
  description: The files that differ from the account and were not changed, as O(overwrite) is false. If there are any, nothing was written.
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
  description: The number of connections in the baseline.
  returned: success
  type: int
  sample: 12
diff:
  description: The differences between the files and the account, with passwords hidden.
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
  description: The error, as M(siptrunk.telnyx.credential_connections_info) returns it.
  returned: failure
  type: dict
  sample: {kind: transport, message: "...", hint: "..."}
"""
