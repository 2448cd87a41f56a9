# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a connection: types, values and ranges, and the exceptions for some of them.

Source: the published API reference, "List credential connections".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Field:
    """The reference of a field: its type, and the values or the range that it can have.

    ``type`` is ``text``, ``boolean``, ``integer`` or ``list`` (of texts). ``values`` are those of the field, or of the
    elements of a list; if empty, any value is allowed. ``extensible``: the vendor adds values without a new API version.
    """

    type: str
    values: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    extensible: bool = False


TEXT, BOOLEAN, INTEGER = Field("text"), Field("boolean"), Field("integer")


def _one_of(*values: str) -> Field:
    return Field("text", values)


def _range(minimum: int, maximum: int) -> Field:
    return Field("integer", (), minimum, maximum)


def _fields(field: Field, names: str) -> dict[str, Field]:
    return dict.fromkeys(names.split(), field)


REFERENCE: dict[str, Field | dict[str, Field]] = {
    **_fields(TEXT, "id record_type user_name password password_status connection_name created_at updated_at"),
    **_fields(TEXT, "ios_push_credential_id android_push_credential_id webhook_event_url webhook_event_failover_url"),
    **_fields(
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
        extensible=True,
    ),
    "sip_uri_calling_preference": _one_of("disabled", "unrestricted", "internal"),
    "dtmf_type": _one_of("RFC 2833", "Inband", "SIP INFO"),
    "encrypted_media": _one_of("SRTP", "ZRTP"),
    "webhook_api_version": _one_of("1", "2", "texml"),
    "webhook_timeout_secs": _range(0, 30),
    "noise_suppression": _one_of("inbound", "outbound", "both", "disabled"),
    "rtcp_settings": {
        "port": _one_of("rtp+1", "rtcp-mux"),
        "capture_enabled": BOOLEAN,
        "report_frequency_secs": _range(5, 3000),
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
        "jitterbuffer_msec_min": _range(40, 400),
        "jitterbuffer_msec_max": _range(40, 400),
    },
    "inbound": {
        "ani_number_format": _one_of("+E.164", "E.164", "+E.164-national", "E.164-national"),
        "dnis_number_format": _one_of("+e164", "e164", "national", "sip_username"),
        "codecs": Field("list", ("G722", "G711U", "G711A", "G729", "OPUS", "H.264")),
        "channel_limit": INTEGER,
        "default_routing_method": _one_of("sequential", "round-robin"),
        **_fields(
            BOOLEAN,
            """generate_ringback_tone isup_headers_enabled prack_enabled privacy_zone_enabled
            sip_compact_headers_enabled shaken_stir_enabled""",
        ),
        "simultaneous_ringing": _one_of("enabled", "disabled"),
        "timeout_1xx_secs": _range(1, 120),
        "timeout_2xx_secs": _range(1, 600),
    },
    "outbound": {
        "outbound_voice_profile_id": TEXT,
        "channel_limit": INTEGER,
        "ani_override": TEXT,
        "ani_override_type": _one_of("always", "normal", "emergency"),
        "localization": TEXT,
        **_fields(BOOLEAN, "call_parking_enabled instant_ringback_enabled generate_ringback_tone"),
        "t38_reinvite_source": _one_of(
            "telnyx", "customer", "disabled", "passthru", "caller-passthru", "callee-passthru"
        ),
    },
}

# The names only, as a tree: an object has the names of its fields as keys.
FIELDS: dict[str, dict[str, Any] | None] = {
    name: dict.fromkeys(part) if isinstance(part, dict) else None for name, part in REFERENCE.items()
}

# Names that other programs have for a value, so that a message can suggest the right one.
OTHER_NAMES = {
    **dict.fromkeys(("alaw", "pcma"), "G711A"),
    **dict.fromkeys(("ulaw", "mulaw", "pcmu"), "G711U"),
    **dict.fromkeys(("h264",), "H.264"),
    **dict.fromkeys(("rfc4733", "rfc2833"), "RFC 2833"),
    "info": "SIP INFO",
}


# One field with two names: responses of the API have another name than the reference.
ALIASES = {"rtcp_settings": {"report_frequency_seconds": "report_frequency_secs"}}


def canonical(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record with the reference's name for each field; its value takes precedence over that of an alias."""
    for parent, aliases in ALIASES.items():
        part = record.get(parent)
        if not isinstance(part, dict) or aliases.keys().isdisjoint(part):
            continue
        renamed = {key: value for key, value in part.items() if key not in aliases}
        for alias, name in aliases.items():
            if renamed.get(name) is None and alias in part:
                renamed[name] = part[alias]
        record = {**record, parent: renamed}
    return record


def with_all_names(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record with each field under all its names."""
    record = canonical(record)
    for parent, aliases in ALIASES.items():
        part = record.get(parent)
        if isinstance(part, dict):
            more = {alias: part[name] for alias, name in aliases.items() if name in part}
            record = {**record, parent: {**part, **more}}
    return record
