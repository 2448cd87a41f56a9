# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter sip_accounts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: sip_accounts
short_description: Credential connections as the accounts of a SIP program
version_added: 0.1.0
description:
  - Returns what a template needs to configure a SIP program for the connections, in that program's terms. The role
    P(siptrunk.telnyx.sip_config#role) uses it.
  - Fails if a connection cannot work as it is (SRTP without TLS, only codecs that need TCP over UDP, no codec that the program
    has, no password), if two connections have the same user name, or if the format of the program cannot represent the
    password.
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
  settings:
    description:
      - What the API does not know. The settings are V(program), V(registrar), V(region), V(transport), V(outbound_proxy), V(expiry),
        V(context), V(external_address), V(local_nets), V(bind), V(ca_file), V(name), V(transport_name) and V(extra).
      - Each is described, with its default, at the variable of the role that is called C(sip_config_) and the setting's name. Messages
        use that name.
    type: dict
    required: true
  passwords:
    description: Passwords by id, user name or connection name. They take precedence over those of the connections.
    type: dict
  extra:
    description: Parameters of single connections, as in the role's variable C(sip_config_extra_by_connection).
    type: dict
"""

EXAMPLES = r"""
- name: Show which codecs Asterisk would use
  ansible.builtin.debug:
    msg: "{{ prepared.accounts | map(attribute='codecs') }}"
  vars:
    records: "{{ query('siptrunk.telnyx.credential_connections', include_passwords=true) }}"
    prepared: "{{ records | siptrunk.telnyx.sip_accounts({'program': 'asterisk', 'transport': 'tls'}) }}"
"""

RETURN = r"""
_value:
  description: What a template needs.
  type: dict
  contains:
    accounts:
      description:
        - The active connections, ordered by user name. Each has C(id), C(name) (safe in a comment), C(section) (of the section or
          gateway), C(user_name), C(password) (not escaped), C(codecs) and C(video_codecs) in the program's terms, C(dtmf) (null if it is
          not set or the program's files cannot express it), C(srtp), C(caller_id), C(number_formats) (C(ani) and C(dnis)),
          C(inbound_limit) and C(outbound_limit) (null for no limit), C(simultaneous_ringing), and C(extra) (lists by section and name).
      type: list
      elements: dict
    settings:
      description:
        - The settings with their defaults. C(registrar) and C(port) are separate, and C(authority) is the registrar as it stands in
          SIP URIs, with the port unless that is the transport's default.
      type: dict
    warnings:
      description: What the program's files cannot express, and which connections and codecs are left out.
      type: list
      elements: str
"""

from typing import TYPE_CHECKING, Any

from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.filters import Filter, translate_errors
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.plain_types import to_plain
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.accounts import accounts
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def sip_accounts(
    records: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
    passwords: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the accounts, the settings with their defaults, and warnings. Raises ``SipConfigError``."""
    checked, problems = read_settings(to_plain(settings))
    found = accounts(to_plain(records), checked, to_plain(passwords), to_plain(extra))
    if problems or found.problems:
        raise SipConfigError(" ".join([*problems, *found.problems]))
    return {"accounts": found.accounts, "settings": vars(checked), "warnings": [text for _name, text in found.warnings]}


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Filter]:
        """Return the filter by its name."""
        return {"sip_accounts": translate_errors(sip_accounts)}
