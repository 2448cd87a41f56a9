"""A generated Telnyx account of any size: the same seed gives the same connections."""

from __future__ import annotations

import copy
import random
import string
from datetime import datetime, timedelta, timezone
from typing import Any

Record = dict[str, Any]

MASK = "********"
SITES = [
    "Latency",
    "Chicago, IL",
    "Ashburn, VA",
    "San Jose, CA",
    "London, UK",
    "Amsterdam, Netherlands",
    "Frankfurt, Germany",
    "Sydney, Australia",
    "Toronto, Canada",
]
PLACES = ["Berlin", "London", "Chicago", "Sydney", "Toronto", "Lisbon", "Nairobi", "Osaka", "Austin", "Lima"]
USES = ["PBX", "Front Desk", "Call Centre", "Fax Gateway", "Door Phone", "SBC", "Softphones", "Conference Bridge"]
CODECS = [["G722", "G711U", "G711A"], ["G711U", "G711A"], ["G711A", "G711U", "G729"], ["OPUS", "G722", "G711U"]]
PROFILES = ["1293384261075731499", "1293384261075731500", "1293384261075731501", None]
FIRST_CREATED = datetime(2023, 3, 1, 8, 0, tzinfo=timezone.utc)

HOSTILE_NAMES = [
    "{{ lookup('pipe', 'id > pwned') }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{# gone #}",
    "!unsafe 'x'",
    "two\nlines",
    "quote \" and ' and `",
    "back\\slash",
    "<script>alert(1)</script>",
    "]]>&amp;",
    '=HYPERLINK("x")',
    "\u202egnp.exe\u202c",
    "☎️ Zürich 👩‍💻",
    "tab\there",
    "null\u0000byte",
    "ends with space ",
    "a;b,c|d",
    "{{",
    "'; DROP",
    "\u200f\u05e9\u05dc\u05d5\u05dd",
    "--- yaml: [",
    "%s %d {0}",
    "${jndi:ldap://x}",
    "../../etc/passwd",
]


def created_at(index: int) -> str:
    """Return the creation time of the connection with this index: one every seven hours, so that created_at orders them."""
    moment = FIRST_CREATED + timedelta(hours=7 * index % (24 * 900), milliseconds=index)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def make_connection(seed: int, index: int) -> Record:
    """Return the connection with this index, which does not depend on the number of connections."""
    rng = random.Random(f"{seed}/{index}")
    place, use = rng.choice(PLACES), rng.choice(USES)
    secret = "".join(
        rng.choice(string.ascii_letters + string.digits + "!#$%&()*+,-./:;<=>?@[]^_{|}~'\"\\")
        for _place in range(rng.randint(16, 40))
    )
    profile = rng.choice(PROFILES)
    srtp = rng.random() < 0.6
    return {
        "id": str(1_700_000_000_000_000_000 + seed * 1_000_000_000 + index * 1009),
        "record_type": "credential_connection",
        "active": rng.random() < 0.9,
        "user_name": f"{place.lower()}{index:05d}",
        "password": secret,
        "connection_name": f"{place} {use} {index:05d}",
        "created_at": created_at(index),
        "updated_at": created_at(index + 40),
        "anchorsite_override": rng.choice(SITES),
        "sip_uri_calling_preference": rng.choice(["disabled", "disabled", "internal", "unrestricted", None]),
        "default_on_hold_comfort_noise_enabled": rng.random() < 0.5,
        "dtmf_type": rng.choice(["RFC 2833", "RFC 2833", "Inband", "SIP INFO"]),
        "encode_contact_header_enabled": rng.random() < 0.2,
        "encrypted_media": "SRTP" if srtp else None,
        "onnet_t38_passthrough_enabled": rng.random() < 0.2,
        "ios_push_credential_id": None,
        "android_push_credential_id": None,
        "webhook_event_url": f"https://hooks.example.com/telnyx/{index}" if rng.random() < 0.5 else "",
        "webhook_event_failover_url": None,
        "webhook_api_version": rng.choice(["1", "2"]),
        "webhook_timeout_secs": rng.choice([None, 5, 25]),
        "call_cost_in_webhooks": False,
        "tags": rng.sample(["branch", "hq", "fax", "pilot", "managed"], rng.randint(0, 3)),
        "rtcp_settings": {
            "port": rng.choice(["rtp+1", "rtcp-mux"]),
            "capture_enabled": False,
            "report_frequency_secs": 5,
        },
        "noise_suppression": "disabled",
        "jitter_buffer": {"enable_jitter_buffer": False, "jitterbuffer_msec_min": 60, "jitterbuffer_msec_max": 200},
        "inbound": {
            "ani_number_format": rng.choice(["+E.164", "E.164"]),
            "dnis_number_format": rng.choice(["+e164", "e164"]),
            "codecs": rng.choice(CODECS) if srtp else rng.choice(CODECS[:3]),
            "default_routing_method": rng.choice(["sequential", "round-robin"]),
            "channel_limit": rng.choice([None, 2, 10, 30]),
            "generate_ringback_tone": False,
            "isup_headers_enabled": False,
            "prack_enabled": rng.random() < 0.2,
            "privacy_zone_enabled": rng.random() < 0.2,
            "shaken_stir_enabled": rng.random() < 0.5,
            "simultaneous_ringing": rng.choice(["disabled", "disabled", "enabled"]),
            "sip_compact_headers_enabled": True,
            "timeout_1xx_secs": 3,
            "timeout_2xx_secs": 90,
        },
        "outbound": {
            "outbound_voice_profile_id": profile,
            "channel_limit": rng.choice([None, 5, 10]),
            "ani_override": rng.choice(["", "+15125550100"]),
            "ani_override_type": "always",
            "call_parking_enabled": None,
            "generate_ringback_tone": False,
            "instant_ringback_enabled": rng.random() < 0.2,
            "localization": rng.choice(["US", "DE", "GB"]),
            "t38_reinvite_source": "customer",
        },
    }


class Account:
    """The connections of one account. ``overrides`` replace fields of the first ones."""

    def __init__(
        self,
        size: int,
        seed: int = 1,
        masked: bool = False,
        hostile: bool = False,
        overrides: list[Record] | None = None,
    ) -> None:
        self._seed = seed
        self._next = size
        self.masked = masked
        self.records = [make_connection(seed, index) for index in range(size)]
        if hostile:
            for record, name in zip(self.records, HOSTILE_NAMES):
                record["connection_name"] = name
        for record, fields in zip(self.records, overrides or []):
            record.update(copy.deepcopy(fields))

    def delete(self, place: int) -> None:
        """Delete the connection at this place (0 is the oldest)."""
        del self.records[place]

    def insert(self) -> None:
        """Create one more connection, now."""
        record = make_connection(self._seed, self._next)
        self._next += 1
        record["created_at"] = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        self.records.append(record)

    def listed(self, name_contains: str | None, profile: str | None, sort: str) -> list[Record]:
        """Return the connections as the API lists them."""
        records = [
            record
            for record in self.records
            if (name_contains is None or name_contains.casefold() in record["connection_name"].casefold())
            and (profile is None or record["outbound"]["outbound_voice_profile_id"] == profile)
        ]
        records.sort(key=lambda record: record["id"])
        records.sort(key=lambda record: record[sort.lstrip("-")], reverse=sort.startswith("-"))
        return [{**record, "password": MASK} for record in records] if self.masked else records
