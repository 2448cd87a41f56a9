#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that returns credential connections. The action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: credential_connections_info
short_description: Return the credential connections (SIP trunks) of a Telnyx account
version_added: 0.1.0
description:
  - Returns the account's credential connections, the SIP connections that register with a user name and a password.
  - Returns the complete list or fails; it never returns a part of the list. It changes nothing.
  - Runs on the controller, where all hosts and tasks of a run share one listing of the account.
  - Most tasks need O(connections), O(query), O(connection_name_contains) and O(include_passwords) at most, with the API key in the
    environment variable E(TELNYX_API_KEY) or the variable C(telnyx_api_key).
author:
  - The siptrunk.telnyx contributors (@siptrunk)
extends_documentation_fragment:
  - siptrunk.telnyx.credential_connections.selection
  - siptrunk.telnyx.credential_connections.terms
  - siptrunk.telnyx.credential_connections
  - siptrunk.telnyx.credential_connections.requests
  - siptrunk.telnyx.credential_connections.snapshot
  - siptrunk.telnyx.credential_connections.cache
  - siptrunk.telnyx.credential_connections.attributes
seealso:
  - module: siptrunk.telnyx.credential_connections_snapshot
  - module: siptrunk.telnyx.credential_connections_facts
  - plugin: siptrunk.telnyx.credential_connections
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Read all connections
  siptrunk.telnyx.credential_connections_info:
  register: account

- name: Assert that every active connection encrypts its media
  ansible.builtin.assert:
    that: item.encrypted_media == 'SRTP'
    fail_msg: "{{ item.connection_name }} sends its media unencrypted"
  loop: "{{ account.connections | selectattr('active') }}"
  loop_control:
    label: "{{ item.connection_name }}"

- name: Select some fields
  siptrunk.telnyx.credential_connections_info:
    query: "[?active].{name: connection_name, user: user_name}"
  register: active
"""

RETURN = r"""
connections:
  description:
    - The connections, as the API reference describes them. Fields that the API adds later are returned as well.
    - Passwords are removed unless O(include_passwords=true).
  returned: success, without O(query)
  type: list
  elements: dict
  # Written by make format, from tests/tools/fields.yml.
  contains:
    id:
      description: "Identifies the connection. Digits or a UUID, never a number."
      type: str
    record_type:
      description: "Always credential_connection."
      type: str
    user_name:
      description: "The SIP user with which the PBX registers."
      type: str
    password:
      description: "The SIP password; only with include_passwords. Telnyx masks it for newer accounts."
      type: str
    password_status:
      description: "Added by the collection: whether the API returns the password. One of available; masked; absent."
      type: str
    connection_name:
      description: "A free text. Several connections may have the same."
      type: str
    created_at:
      description: "When it was created (ISO 8601)."
      type: str
    updated_at:
      description: "When it was last changed (ISO 8601)."
      type: str
    ios_push_credential_id:
      description: "The credential for push notifications to iOS. It may be null."
      type: str
    android_push_credential_id:
      description: "The credential for push notifications to Android. It may be null."
      type: str
    webhook_event_url:
      description: "Where webhooks are sent. It may be null."
      type: str
    webhook_event_failover_url:
      description: "Where webhooks are sent if the first URL fails. It may be null."
      type: str
    active:
      description: "Whether the connection can register and take calls."
      type: bool
    default_on_hold_comfort_noise_enabled:
      description: "Whether comfort noise is sent while a call is on hold."
      type: bool
    encode_contact_header_enabled:
      description: "Whether the SIP Contact header is encoded."
      type: bool
    onnet_t38_passthrough_enabled:
      description: "Whether T.38 fax passes between connections of Telnyx."
      type: bool
    call_cost_in_webhooks:
      description: "Whether webhooks contain the cost of calls."
      type: bool
    conversation_persistence:
      description: "Whether conversations are kept."
      type: bool
    bridge_generate_comfort_noise_on_cn:
      description: "Whether comfort noise is generated in a bridge when the other side sends CN."
      type: bool
    tags:
      description: "Words of the account's own. Their order has no meaning."
      type: list
    anchorsite_override:
      description: >-
        Where the media is anchored. Latency means the nearest site. One of Latency; Chicago, IL; Ashburn, VA; San Jose, CA;
        Sydney, Australia; Amsterdam, Netherlands; London, UK; Toronto, Canada; Vancouver, Canada; Frankfurt, Germany.
      type: str
    sip_uri_calling_preference:
      description: >-
        Who may call the SIP URI of the connection: nobody, anyone, or connections of the account. One of disabled;
        unrestricted; internal. It may be null.
      type: str
    dtmf_type:
      description: "How DTMF is sent to the PBX. All kinds are accepted from it. One of RFC 2833; Inband; SIP INFO."
      type: str
    encrypted_media:
      description: "Encryption of the media. It needs TLS for the signalling. One of SRTP; ZRTP. It may be null."
      type: str
    webhook_api_version:
      description: "The format of webhooks. One of 1; 2; texml."
      type: str
    webhook_timeout_secs:
      description: "Seconds until a webhook counts as failed. From 0 to 30. It may be null."
      type: int
    noise_suppression:
      description: "The direction in which noise is suppressed. One of inbound; outbound; both; disabled."
      type: str
    rtcp_settings:
      description: A part of the record.
      type: dict
      contains:
        port:
          description: "The port of RTCP. One of rtp+1; rtcp-mux."
          type: str
        capture_enabled:
          description: "Whether RTCP is captured for the portal."
          type: bool
        report_frequency_secs:
          description: "Seconds between reports. The API also calls it report_frequency_seconds. From 5 to 3000."
          type: int
    noise_suppression_details:
      description: A part of the record.
      type: dict
      contains:
        engine:
          description: >-
            The engine of the noise suppression. One of denoiser; deep_filter_net; deep_filter_net_large; krisp_viva_tel;
            krisp_viva_tel_lite; krisp_viva_promodel; krisp_viva_ss; quail_voice_focus.
          type: str
        attenuation_limit:
          description: "How strongly noise is suppressed."
          type: int
    jitter_buffer:
      description: A part of the record.
      type: dict
      contains:
        enable_jitter_buffer:
          description: "Whether there is a jitter buffer."
          type: bool
        jitterbuffer_msec_min:
          description: "Its least length in milliseconds. From 40 to 400."
          type: int
        jitterbuffer_msec_max:
          description: "Its greatest length in milliseconds. From 40 to 400."
          type: int
    inbound:
      description: A part of the record.
      type: dict
      contains:
        ani_number_format:
          description: "The format of the calling number. One of +E.164; E.164; +E.164-national; E.164-national."
          type: str
        dnis_number_format:
          description: "The format of the called number. One of +e164; e164; national; sip_username."
          type: str
        codecs:
          description: >-
            The codecs that are offered to the PBX, in the order of preference. One of G722; G711U; G711A; G729; OPUS; H.264.
          type: list
        channel_limit:
          description: "The most simultaneous inbound calls; null means no limit. It may be null."
          type: int
        default_routing_method:
          description: "How calls to several destinations are routed. One of sequential; round-robin."
          type: str
        generate_ringback_tone:
          description: "Whether Telnyx generates the ringback tone."
          type: bool
        isup_headers_enabled:
          description: "Whether ISUP headers are sent."
          type: bool
        prack_enabled:
          description: "Whether PRACK is used."
          type: bool
        privacy_zone_enabled:
          description: "Whether the privacy zone is used. Newer documents do not mention it."
          type: bool
        sip_compact_headers_enabled:
          description: "Whether SIP headers are compact."
          type: bool
        shaken_stir_enabled:
          description: "Whether SHAKEN/STIR headers are sent."
          type: bool
        simultaneous_ringing:
          description: "Whether several devices may be registered at once. One of enabled; disabled."
          type: str
        timeout_1xx_secs:
          description: "Seconds to wait for a 1xx response. From 1 to 120."
          type: int
        timeout_2xx_secs:
          description: "Seconds to wait for a 2xx response. From 1 to 600."
          type: int
    outbound:
      description: A part of the record.
      type: dict
      contains:
        outbound_voice_profile_id:
          description: "The outbound voice profile; null means that the connection cannot call out. It may be null."
          type: str
        channel_limit:
          description: "The most simultaneous outbound calls; null means no limit. It may be null."
          type: int
        ani_override:
          description: "A caller ID that replaces that of the PBX."
          type: str
        ani_override_type:
          description: "For which calls it replaces it. One of always; normal; emergency."
          type: str
        localization:
          description: "The country, as two letters, in which national numbers are understood."
          type: str
        call_parking_enabled:
          description: "Whether calls are parked until an application handles them. It may be null."
          type: bool
        instant_ringback_enabled:
          description: "Whether the caller hears a ringback tone at once."
          type: bool
        generate_ringback_tone:
          description: "Whether Telnyx generates the ringback tone."
          type: bool
        t38_reinvite_source:
          description: >-
            Who sends the T.38 re-INVITE of a fax. One of telnyx; customer; disabled; passthru; caller-passthru; callee-
            passthru.
          type: str
  # End of what make format writes.
  sample:
    - id: "1700000001000000000"
      connection_name: Berlin PBX
      user_name: berlin00001
      active: true
      encrypted_media: SRTP
      password_status: masked
result:
  description: The result of O(query).
  returned: success, with O(query)
  type: raw
  sample: [berlin00001]
meta:
  description:
    - Numbers about the listing that the records come from. If another host or task of the run has read it from the API, they are
      the numbers of that listing, and this task itself sent no request.
    - If the records come from O(snapshot_file), V(pages), V(requests) and V(passes) are 0.
  returned: success
  type: dict
  contains:
    total_results:
      description: How many connections match the filters in all.
      type: int
      sample: 620
    pages:
      description: How many pages the list has.
      type: int
      sample: 3
    requests:
      description: How many requests were sent, including retries and repeated passes.
      type: int
      sample: 3
    passes:
      description: How many passes over the pages were needed until the list was consistent.
      type: int
      sample: 1
    read_at:
      description: When the account was read, in UTC; only with O(snapshot_file).
      type: str
      sample: "2026-11-26T10:00:00Z"
error:
  description:
    - The error, for conditions of a playbook.
    - V(kind) is one of V(option), V(missing_library), V(transport), V(response), V(api), V(authentication), V(incomplete),
      V(snapshot), V(not_found), V(ambiguous) and V(query).
    - For V(api) and V(authentication) it also contains V(status), V(code), V(title), V(detail) and V(request_id).
  returned: failure
  type: dict
  sample:
    kind: authentication
    status: 401
    code: "10009"
    title: Authentication failed
    detail: Could not understand the provided credentials.
    request_id: req-0001
    message: "GET https://api.telnyx.com/v2/credential_connections (page 1): HTTP 401 Unauthorized: ..."
    hint: Check that the API key is whole.
"""
