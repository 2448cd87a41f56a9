# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter connections_csv."""

from __future__ import annotations

DOCUMENTATION = r"""
name: connections_csv
short_description: Credential connections as CSV
version_added: 0.1.0
description:
  - Returns the id of each connection and the columns of P(siptrunk.telnyx.connections_table#filter) as CSV with a heading.
  - A cell that a spreadsheet would take for a formula gets an apostrophe before it.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
positional: _input
options:
  _input:
    description: The connections.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Write a CSV file
  ansible.builtin.copy:
    content: "{{ query('siptrunk.telnyx.credential_connections') | siptrunk.telnyx.connections_csv }}"
    dest: "{{ playbook_dir }}/connections.csv"
    mode: '0600'
"""

RETURN = r"""
_value:
  description: The text.
  type: str
"""

from typing import Any, Callable

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._table import as_filter, csv_text


class FilterModule:
    """The filter ``siptrunk.telnyx.connections_csv``."""

    def filters(self) -> dict[str, Callable[[Any], Any]]:
        """The filter of this file, by its name."""
        return {"connections_csv": as_filter(csv_text)}
