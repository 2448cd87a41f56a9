# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter connections_table."""

from __future__ import annotations

DOCUMENTATION = r"""
name: connections_table
short_description: Credential connections as a table for a terminal
version_added: 0.1.0
description:
  - Returns a heading and a line for each connection, with name, user, active, anchorsite, codecs, SRTP, channel limits
    (inbound/outbound) and password status.
  - Control and bidirectional characters in names are shown by their code, such as V(<U+202E>).
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
- name: Print a table
  ansible.builtin.debug:
    msg: "{{ query('siptrunk.telnyx.credential_connections') | siptrunk.telnyx.connections_table }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""

from typing import Any, Callable

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._table import as_filter, table_lines


class FilterModule:
    """The filter ``siptrunk.telnyx.connections_table``."""

    def filters(self) -> dict[str, Callable[[Any], Any]]:
        """The filter of this file, by its name."""
        return {"connections_table": as_filter(table_lines)}
