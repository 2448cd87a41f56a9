# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter kamailio_value."""

from __future__ import annotations

DOCUMENTATION = r"""
name: kamailio_value
short_description: A field of Kamailio's db_text
version_added: 0.1.0
description:
  - Writes a value such that Kamailio's db_text reads back exactly that value.
  - A backslash and a colon get a backslash before them.
  - It is an error if the value is empty, which would be NULL, or has a line break or another control character.
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
- name: Write a value into a table of your own
  ansible.builtin.debug:
    msg: >-
      {{ 'a:b' | siptrunk.telnyx.kamailio_value }}
"""

RETURN = r"""
_value:
  description: The value as it is written.
  type: str
"""

from typing import Any, Callable

from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip.escaping import kamailio_value
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._filters import of_text


class FilterModule:
    """The filter ``siptrunk.telnyx.kamailio_value``."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter of this file, by its name."""
        return {"kamailio_value": of_text(kamailio_value)}
