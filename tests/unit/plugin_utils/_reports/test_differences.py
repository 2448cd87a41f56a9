"""What --diff shows of the findings."""

from __future__ import annotations

from typing import Any

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import DriftCheck
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.differences import (
    drift_differences,
    policy_differences,
)
from check_helpers import GOOD, policy

URL = "https://h/?t=c4n4ry"


def shown(desired: list[dict[str, Any]], live: list[dict[str, Any]], **options: Any) -> dict[str, tuple[str, str]]:
    comparisons = DriftCheck(**options).compare([Desired(each) for each in desired], live)
    differences = drift_differences(comparisons, [finding for each in comparisons for finding in each.findings])
    assert "c4n4ry" not in str(differences)
    return {each["before_header"]: (each["before"], each["after"]) for each in differences}


def test_fields_from_desired_to_live_without_secrets() -> None:
    desired = {"id": "1", "connection_name": "a", "password": "c4n4ry1", "webhook_event_url": f"{URL}1",
               "tags": ["x"], "inbound": {"channel_limit": "3", "codecs": ["G722"]}}  # fmt: skip
    live = {**desired, "password": "c4n4ry2", "webhook_event_url": f"{URL}2", "tags": [],
            "inbound": {"channel_limit": 3, "codecs": ["OPUS"]}}  # fmt: skip
    assert shown([desired], [live], ignore=["tags"]) == {
        "a (desired)": (
            "inbound:\n  codecs:\n  - G722\npassword: (hidden)\nwebhook_event_url: https://h/?t=(hidden)\n",
            "inbound:\n  codecs:\n  - OPUS\npassword: (hidden, different)\nwebhook_event_url: https://h/?t=(hidden, different)\n",
        )
    }


def test_whole_connections() -> None:
    live = [{"id": "1", "connection_name": "a", "webhook_event_url": URL, "password": "c4n4ry", "created_at": "2026"}]
    live += [{"id": str(place), "connection_name": "r"} for place in (3, 4)]
    desired = [{"id": "9", "connection_name": "gone", "password": "c4n4ry"}, {"connection_name": "r"}]
    assert shown(desired, live) == {
        "gone (desired)": ("connection_name: gone\nid: '9'\npassword: (hidden)\n", ""),
        "r (desired)": ("connection_name: r\n", "ids:\n- '3'\n- '4'\n"),
        "a (desired)": ("", "connection_name: a\nid: '1'\nwebhook_event_url: https://h/?t=(hidden)\n"),
    }
    assert shown([{"id": "9", "connection_name": "a"}], live[:1]) == {"a (desired)": ("id: '9'\n", "id: '1'\n")}


def test_what_is_unverifiable_is_no_difference() -> None:
    assert shown([{"id": "1", "password": "c4n4ry"}], [{"id": "1", "password": "********"}]) == {}


def test_violation_from_the_actual_value_to_what_fulfils_the_rule_or_what_it_shows() -> None:
    bad = {
        **GOOD,
        "encrypted_media": None,
        "user_name": "1001",
        "inbound": {"channel_limit": 1, "simultaneous_ringing": "enabled"},
    }
    found = {
        each["before_header"]: (each["before"], each["after"]) for each in policy_differences(policy([bad]).findings)
    }
    assert found == {
        "Berlin (srtp_required, high)": ("encrypted_media: null\n", "encrypted_media: SRTP\n"),
        "Berlin (single_registration, medium)": (
            "inbound:\n  simultaneous_ringing: enabled\n",
            "inbound:\n  simultaneous_ringing: disabled\n",
        ),
        "Berlin (user_name_hard_to_guess, medium)": (
            "derived.user_name_weakness: it is digits only, like an extension or a phone number\n",
            "",
        ),
    }
