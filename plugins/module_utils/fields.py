# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a connection, and what is peculiar about some.

Source: the published API reference, "List credential connections".
"""

from __future__ import annotations

from typing import Any, Dict, Optional


def _named(names: str) -> Dict[str, Optional[Dict[str, Any]]]:
    return dict.fromkeys(names.split())


FIELDS: Dict[str, Optional[Dict[str, Any]]] = {
    **_named("""
        id record_type active user_name password password_status connection_name created_at updated_at tags
        anchorsite_override sip_uri_calling_preference default_on_hold_comfort_noise_enabled
        encode_contact_header_enabled onnet_t38_passthrough_enabled call_cost_in_webhooks conversation_persistence
        bridge_generate_comfort_noise_on_cn dtmf_type encrypted_media ios_push_credential_id
        android_push_credential_id webhook_event_url webhook_event_failover_url webhook_api_version
        webhook_timeout_secs noise_suppression
    """),
    "rtcp_settings": _named("port capture_enabled report_frequency_secs"),
    "noise_suppression_details": _named("engine attenuation_limit"),
    "jitter_buffer": _named("enable_jitter_buffer jitterbuffer_msec_min jitterbuffer_msec_max"),
    "inbound": _named("""
        ani_number_format dnis_number_format codecs channel_limit default_routing_method generate_ringback_tone
        isup_headers_enabled prack_enabled privacy_zone_enabled sip_compact_headers_enabled shaken_stir_enabled
        simultaneous_ringing timeout_1xx_secs timeout_2xx_secs
    """),
    "outbound": _named("""
        outbound_voice_profile_id channel_limit ani_override ani_override_type localization call_parking_enabled
        instant_ringback_enabled generate_ringback_tone t38_reinvite_source
    """),
}

# One field under two names: the reference and answers of the API differ.
ALIASES = {"rtcp_settings": {"report_frequency_seconds": "report_frequency_secs"}}

# Where the API gives null as well as "" for what is not set; fields that end with _url are such too.
BLANK_IS_NULL = (("outbound", "ani_override"), ("outbound", "localization"))

UNORDERED = (("tags",),)

# An unquoted +15125550100 comes as a number, without the sign.
PHONE_NUMBERS = (("outbound", "ani_override"),)

# Words that YAML 1.1 takes for booleans, and where they may stand: an unquoted NO, for Norway, comes as false.
YAML_WORDS = {"yes": True, "on": True, "no": False, "off": False}
MAY_BE_WORDS = (("outbound", "localization"), ("tags",))


def canonical(record: Dict[str, Any]) -> Dict[str, Any]:
    """The record with one name for each field; of two names, the one that the reference has goes first."""
    for name, aliases in ALIASES.items():
        part = record.get(name)
        if not isinstance(part, dict) or aliases.keys().isdisjoint(part):
            continue
        renamed = {key: value for key, value in part.items() if key not in aliases}
        for alias, name_of_it in aliases.items():
            if renamed.get(name_of_it) is None and alias in part:
                renamed[name_of_it] = part[alias]
        record = {**record, name: renamed}
    return record


def with_all_names(record: Dict[str, Any]) -> Dict[str, Any]:
    """The record with each field under all its names."""
    record = canonical(record)
    for name, aliases in ALIASES.items():
        part = record.get(name)
        if isinstance(part, dict):
            more = {alias: part[field] for alias, field in aliases.items() if field in part}
            record = {**record, name: {**part, **more}}
    return record
