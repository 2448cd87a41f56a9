#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that writes the account to a snapshot file. The action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: credential_connections_snapshot
short_description: Write the credential connections to a snapshot file
version_added: 0.1.0
description:
  - Reads the account's connections and writes them, with the time and the API's address, to one file. It has a checksum, so that
    whoever reads it notices if any byte was changed or lost. It never has passwords or the API key.
  - Everything that reads the account can read this file instead, with the option
    O(siptrunk.telnyx.credential_connections_info#module:snapshot_file), the variable C(telnyx_snapshot_file) or the environment
    variable E(TELNYX_SNAPSHOT_FILE). It then needs no API key and sends no request.
  - The file has the mode 0600, and replaces an earlier one in one step. Whoever reads it gets the old one or the new one, each of them
    whole. If the task fails, the old one remains.
  - If another run has meanwhile written a snapshot with the same key and options that was read later, it is not replaced. The task then
    shows a warning, is not changed, and returns what it found there. Any other snapshot is replaced, with a warning if it was read with
    another API key or from another address.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.credential_connections.requests
  - siptrunk.telnyx.credential_connections.action
attributes:
  check_mode:
    description: Reads the account and checks the destination, and writes no snapshot.
    support: full
  diff_mode:
    description: No difference is shown.
    support: none
options:
  dest:
    description:
      - The file to write. Its folder must exist, and this user must be able to write to it. That is tried before the account is read.
      - A file that is there is replaced if it is a snapshot or empty. Any other file, a folder and a symbolic link are an error.
    type: path
    required: true
  connection_name_contains:
    description:
      - Only include connections whose name contains this text, ignoring case. It must have three characters or more.
      - With a filter, the snapshot can only be read with the same filter or a narrower one.
    type: str
  outbound_voice_profile_id:
    description:
      - Only include connections that use the outbound voice profile with this ID. It consists of digits and is quoted in YAML.
    type: str
  consistency:
    description:
      - How the listing is checked, as in M(siptrunk.telnyx.credential_connections_info).
      - The drift check, the policy check and the baseline need a snapshot that was read with V(strict). V(checked) takes half of the
        requests.
    type: str
    choices: [checked, strict]
    default: strict
notes:
  - The module is not in the action group C(siptrunk.telnyx.telnyx), because it has no option
    O(siptrunk.telnyx.credential_connections_info#module:snapshot_file). For C(module_defaults), use its own name.
seealso:
  - module: siptrunk.telnyx.credential_connections_info
"""

EXAMPLES = r"""
- name: Read the account once, for many runs of Ansible
  siptrunk.telnyx.credential_connections_snapshot:
    dest: telnyx-snapshot.jsonl

- name: Read a connection from the snapshot, without an API key
  ansible.builtin.debug:
    msg: "{{ query('siptrunk.telnyx.credential_connections', 'Berlin PBX', snapshot_file='telnyx-snapshot.jsonl', snapshot_max_age=600) }}"
"""

RETURN = r"""
dest:
  description: The absolute path of the file.
  returned: success
  type: str
  sample: /srv/telnyx/telnyx-snapshot.jsonl
connections:
  description: The number of connections in the snapshot that is in O(dest) after the task.
  returned: success
  type: int
  sample: 620
read_at:
  description: When reading the account began for this snapshot, in UTC.
  returned: success
  type: str
  sample: "2026-11-26T10:00:00Z"
account:
  description: A digest of the API key. Snapshots that were read with the same key have the same digest.
  returned: success
  type: str
  sample: 0f3a9c51d2e47b68
meta:
  description: Numbers about the listing, as M(siptrunk.telnyx.credential_connections_info) returns them.
  returned: success
  type: dict
  sample: {total_results: 620, pages: 3, requests: 8, passes: 2}
error:
  description:
    - The error, as M(siptrunk.telnyx.credential_connections_info) returns it. V(kind) is V(option) if the destination is refused before
      the account is read, and V(snapshot) if the file cannot be written afterwards.
  returned: failure
  type: dict
  sample: {kind: transport, message: "...", hint: "..."}
"""
