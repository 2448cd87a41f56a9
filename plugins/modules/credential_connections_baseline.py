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
  - The files are generated, and their head says so, with a digest of the other lines. Writing them again replaces them, and changes one
    line for each field that changed. What people intend belongs into files of their own, which the drift check reads after these.
  - A file that was edited, or that has no such head, is never replaced unless O(overwrite) is true. If there is such a file, the task
    writes nothing, not even new files. RV(conflicts) names the files, RV(diff) shows the differences, and C(changed) is true, as in
    check mode.
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
    description: Shows the differences between the files and the account, with passwords and the secrets of URLs hidden.
    support: full
options:
  dest:
    description: The file (with O(layout=single)) or the folder (with O(layout=per_connection)) to write.
    type: path
    required: true
  layout:
    description:
      - V(single) writes one list to one file.
      - V(per_connection) writes a file for each connection, with its name and id in the file name. It removes the generated files of
        connections that no longer exist, but no file that was edited. For an account without connections it writes
        C(empty.yml). A folder with YAML or JSON files in folders below it is refused, because a drift check reads those, too.
    type: str
    choices: [single, per_connection]
    default: single
  overwrite:
    description: Whether to replace files that were edited, that are not of a baseline, or that are of another selection of connections.
    type: bool
    default: false
  connections:
    description:
      - Write only these connections; by default all of the account. A mapping with V(names) (patterns), V(tags), and V(terms) (each an id,
        else a user name, else a connection name). A connection is one of them if any item matches it.
      - A mapping without items, and an item that no connection of the account matches, are errors.
      - The head of the files names the selection. A file of another selection is refused as an edited one is, and no file is removed.
    type: raw
"""

EXAMPLES = r"""
- name: Write the account to the repository
  siptrunk.telnyx.credential_connections_baseline:
    dest: baseline.yml
  register: baseline

- name: Write the connections of a team
  siptrunk.telnyx.credential_connections_baseline:
    dest: berlin.yml
    connections:
      names: ["Berlin *"]
      tags: [berlin]
"""

RETURN = r"""
conflicts:
  description: The files that may not be replaced or removed, as O(overwrite) is false. If there are any, nothing was written.
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
  description: The differences between the files and the account, with passwords and the secrets of URLs hidden.
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
