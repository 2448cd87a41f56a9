# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a connection, and what is peculiar about some.

Source: the published API reference, "List credential connections".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Field:
    """What the reference says of a field: its type, and the values or the range that it can have.

    ``type`` is ``text``, ``boolean``, ``integer`` or ``list`` (of texts). ``values`` are those of the field, or of the
    elements of a list; none: any. Where ``grows`` is true, the vendor adds values without a new version of the API.
    """

    type: str
    values: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    grows: bool = False


TEXT, BOOLEAN, INTEGER = Field("text"), Field("boolean"), Field("integer")


def _one_of(*values: str) -> Field:
    return Field("text", values)


def _from(minimum: int, maximum: int) -> Field:
    return Field("integer", (), minimum, maximum)


def _all(field: Field, names: str) -> dict[str, Field]:
    return dict.fromkeys(names.split(), field)


REFERENCE: dict[str, Field | dict[str, Field]] = {
    **_all(TEXT, "id record_type user_name password password_status connection_name created_at updated_at"),
    **_all(TEXT, "ios_push_credential_id android_push_credential_id webhook_event_url webhook_event_failover_url"),
    **_all(
        BOOLEAN,
        """active default_on_hold_comfort_noise_enabled encode_contact_header_enabled onnet_t38_passthrough_enabled
        call_cost_in_webhooks conversation_persistence bridge_generate_comfort_noise_on_cn""",
    ),
    "tags": Field("list"),
    "anchorsite_override": Field(
        "text",
        (
            *("Latency", "Chicago, IL", "Ashburn, VA", "San Jose, CA", "Sydney, Australia", "Amsterdam, Netherlands"),
            *("London, UK", "Toronto, Canada", "Vancouver, Canada", "Frankfurt, Germany"),
        ),
        grows=True,
    ),
    "sip_uri_calling_preference": _one_of("disabled", "unrestricted", "internal"),
    "dtmf_type": _one_of("RFC 2833", "Inband", "SIP INFO"),
    "encrypted_media": _one_of("SRTP", "ZRTP"),
    "webhook_api_version": _one_of("1", "2", "texml"),
    "webhook_timeout_secs": _from(0, 30),
    "noise_suppression": _one_of("inbound", "outbound", "both", "disabled"),
    "rtcp_settings": {
        "port": _one_of("rtp+1", "rtcp-mux"),
        "capture_enabled": BOOLEAN,
        "report_frequency_secs": _from(5, 3000),
    },
    "noise_suppression_details": {
        "engine": _one_of(
            *("denoiser", "deep_filter_net", "deep_filter_net_large", "krisp_viva_tel", "krisp_viva_tel_lite"),
            *("krisp_viva_promodel", "krisp_viva_ss", "quail_voice_focus"),
        ),
        "attenuation_limit": INTEGER,
    },
    "jitter_buffer": {
        "enable_jitter_buffer": BOOLEAN,
        "jitterbuffer_msec_min": _from(40, 400),
        "jitterbuffer_msec_max": _from(40, 400),
    },
    "inbound": {
        "ani_number_format": _one_of("+E.164", "E.164", "+E.164-national", "E.164-national"),
        "dnis_number_format": _one_of("+e164", "e164", "national", "sip_username"),
        "codecs": Field("list", ("G722", "G711U", "G711A", "G729", "OPUS", "H.264")),
        "channel_limit": INTEGER,
        "default_routing_method": _one_of("sequential", "round-robin"),
        **_all(
            BOOLEAN,
            """generate_ringback_tone isup_headers_enabled prack_enabled privacy_zone_enabled
            sip_compact_headers_enabled shaken_stir_enabled""",
        ),
        "simultaneous_ringing": _one_of("enabled", "disabled"),
        "timeout_1xx_secs": _from(1, 120),
        "timeout_2xx_secs": _from(1, 600),
    },
    "outbound": {
        "outbound_voice_profile_id": TEXT,
        "channel_limit": INTEGER,
        "ani_override": TEXT,
        "ani_override_type": _one_of("always", "normal", "emergency"),
        "localization": TEXT,
        **_all(BOOLEAN, "call_parking_enabled instant_ringback_enabled generate_ringback_tone"),
        "t38_reinvite_source": _one_of(
            "telnyx", "customer", "disabled", "passthru", "caller-passthru", "callee-passthru"
        ),
    },
}

# The names alone; the fields of an object are below its name.
FIELDS: dict[str, dict[str, Any] | None] = {
    name: dict.fromkeys(part) if isinstance(part, dict) else None for name, part in REFERENCE.items()
}

# What other programs call a value, for an error that names ours.
OTHER_NAMES = {
    **dict.fromkeys(("alaw", "pcma"), "G711A"),
    **dict.fromkeys(("ulaw", "mulaw", "pcmu"), "G711U"),
    **dict.fromkeys(("h264",), "H.264"),
    **dict.fromkeys(("rfc4733", "rfc2833"), "RFC 2833"),
    "info": "SIP INFO",
}


# One field under two names: the reference and answers of the API differ.
ALIASES = {"rtcp_settings": {"report_frequency_seconds": "report_frequency_secs"}}

# Where the API gives null as well as "" for what is not set; fields that end with _url are such too.
BLANK_IS_NULL = (("outbound", "ani_override"), ("outbound", "localization"))

UNORDERED = (("tags",),)

# An unquoted +15125550100 comes as a number, without the sign.
PHONE_NUMBERS = (("outbound", "ani_override"),)

# Words that YAML 1.1 takes for booleans, and where they may stand: an unquoted NO, for Norway, comes as false.
YAML_BOOLEANS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
YAML_BOOLEAN_FIELDS = (("outbound", "localization"), ("tags",))


def canonical(record: dict[str, Any]) -> dict[str, Any]:
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


def with_all_names(record: dict[str, Any]) -> dict[str, Any]:
    """The record with each field under all its names."""
    record = canonical(record)
    for name, aliases in ALIASES.items():
        part = record.get(name)
        if isinstance(part, dict):
            more = {alias: part[field] for alias, field in aliases.items() if field in part}
            record = {**record, name: {**part, **more}}
    return record
