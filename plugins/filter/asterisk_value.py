# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter asterisk_value."""

from __future__ import annotations

DOCUMENTATION = r"""
name: asterisk_value
short_description: An Asterisk configuration value
version_added: 0.1.0
description:
  - Writes a value such that Asterisk reads back exactly that value.
  - A semicolon gets a backslash before it, which is the only escape that Asterisk's configuration files know.
  - It is an error if the value has a line break or another control character, begins or ends with a space, or is
    longer than 4,000 bytes.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
positional: _input
options:
  _input:
    description: The value.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Write a value into a PBX file of your own
  ansible.builtin.debug:
    msg: >-
      password = {{ 'a;b' | siptrunk.telnyx.asterisk_value }}
"""

RETURN = r"""
_value:
  description: The value as it is written.
  type: str
"""

from typing import Any, Callable

from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip.escaping import asterisk_value
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._filters import of_text


class FilterModule:
    """The filter ``siptrunk.telnyx.asterisk_value``."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter of this file, by its name."""
        return {"asterisk_value": of_text(asterisk_value)}
