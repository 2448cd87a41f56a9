# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter baresip_value."""

from __future__ import annotations

DOCUMENTATION = r"""
name: baresip_value
short_description: The value of a line's last parameter in baresip's accounts
version_added: 0.1.0
description:
  - Writes a value such that baresip reads back exactly that value where it is the last parameter of the line.
  - baresip has no escape, so the value gets double quotes around it, or none where those would change it.
  - It is an error if the value can be written neither way (some mixtures of quotes with spaces or semicolons), looks
    as if it held a parameter (a semicolon, a word and V(=)), or has a line break or another control character.
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
- name: Write a value into an accounts file of your own
  ansible.builtin.debug:
    msg: >-
      ;auth_pass={{ 'a;b' | siptrunk.telnyx.baresip_value }}
"""

RETURN = r"""
_value:
  description: The value as it is written.
  type: str
"""

from typing import Any, Callable

from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip.escaping import baresip_value
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._filters import of_text


class FilterModule:
    """The filter ``siptrunk.telnyx.baresip_value``."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter of this file, by its name."""
        return {"baresip_value": of_text(baresip_value)}
