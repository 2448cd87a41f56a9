# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter freeswitch_value."""

from __future__ import annotations

DOCUMENTATION = r"""
name: freeswitch_value
short_description: A FreeSWITCH XML attribute value
version_added: 0.1.0
description:
  - Writes a value such that FreeSWITCH reads back exactly that value between double quotes.
  - Markup, quotes, V($) and V(#) become character references, so that neither the XML nor the preprocessor, which
    replaces V($${name}), sees them.
  - It is an error if the value has a line break or another control character.
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
- name: Write a value into an XML file of your own
  ansible.builtin.debug:
    msg: >-
      value="{{ '$${domain}<' | siptrunk.telnyx.freeswitch_value }}"
"""

RETURN = r"""
_value:
  description: The value as it is written.
  type: str
"""

from typing import Any, Callable

from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip.escaping import freeswitch_value
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._filters import of_text


class FilterModule:
    """The filter ``siptrunk.telnyx.freeswitch_value``."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter of this file, by its name."""
        return {"freeswitch_value": of_text(freeswitch_value)}
