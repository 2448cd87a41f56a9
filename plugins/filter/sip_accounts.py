# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter sip_accounts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: sip_accounts
short_description: Credential connections as a SIP program needs them
version_added: 0.1.0
description:
  - Returns what a template needs to make a SIP program use the connections, in that program's words. The role
    P(siptrunk.telnyx.sip_config#role) uses it.
  - It is an error if a connection cannot work as it is (SRTP without TLS, only codecs that want TCP over UDP, no codec that the
    program has, a password that nobody tells), if two connections share a user name, or if the format of the program cannot carry
    the password.
  - Inactive connections are left out. No message shows a password.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
positional: _input
options:
  _input:
    description: The connections, with their passwords.
    type: list
    elements: dict
    required: true
  choices:
    description:
      - What the API does not know, by the names of the role's variables without C(sip_config_). These are V(program), V(registrar),
        V(region), V(transport), V(outbound_proxy), V(expiry), V(context), V(external_address), V(local_nets), V(bind) and V(ca_file).
    type: dict
    required: true
  passwords:
    description: Passwords by id, user name or connection name, which go before those of the connections.
    type: dict
"""

EXAMPLES = r"""
- name: Show which codecs Asterisk would use
  ansible.builtin.debug:
    msg: "{{ found.accounts | map(attribute='codecs') }}"
  vars:
    records: "{{ query('siptrunk.telnyx.credential_connections', include_passwords=true) }}"
    found: "{{ records | siptrunk.telnyx.sip_accounts({'program': 'asterisk', 'transport': 'tls'}) }}"
"""

RETURN = r"""
_value:
  description:
    - V(accounts), ordered by user name, with V(id), V(name) (fit for a comment), V(user_name), V(password), V(codecs),
      V(video_codecs), V(dtmf), V(srtp), V(caller_id), V(number_formats), V(inbound_limit), V(outbound_limit) and
      V(simultaneous_ringing).
    - V(settings), the choices with their defaults, V(registrar) and V(port) apart.
    - V(warnings), about what the program cannot express.
  type: dict
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Callable

from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip.accounts import accounts, check_choices
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._filters import raising
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plain_types import to_plain


def sip_accounts(
    records: Sequence[Mapping[str, Any]], choices: Mapping[str, Any], passwords: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Prepare the connections for the templates."""
    settings = check_choices(to_plain(choices))
    prepared, warnings = accounts(to_plain(records), settings, to_plain(passwords or {}))
    return {"accounts": prepared, "settings": asdict(settings), "warnings": warnings}


class FilterModule:
    """The filter ``siptrunk.telnyx.sip_accounts``."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter of this file, by its name."""
        return {"sip_accounts": raising(sip_accounts)}
