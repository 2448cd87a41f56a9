"""Drift: every difference is found, and no others; what the findings say and hide."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from check_helpers import LIVE, changes, drift, found, in_file, statuses, values
from sandbox.account import MASK


@pytest.mark.parametrize(
    ("wanted", "live", "status"),
    [
        ("secret 1", MASK, "unverifiable"),
        (MASK, "secret 1", "unverifiable"),
        (MASK, MASK, "unverifiable"),
        ("secret 1", None, "unverifiable"),
        ("secret 1", "secret 2", "drifted"),
        (None, "secret 2", "drifted"),
        (None, None, "in_sync"),
    ],
)
def test_password_status_decides_between_drift_and_unverifiable(wanted: Any, live: Any, status: str) -> None:
    report = drift([{"id": "1", "password": wanted}], [{"id": "1", "password": live}])
    assert [each[2] for each in statuses(report)] == [status]
    assert report.status == ("drift" if status == "drifted" else "in_sync")
    assert [(each.path, each.status) for each in report.findings] == (
        [("password", status)] if status != "in_sync" else []
    )
    assert "secret" not in str(report.as_dict())


@pytest.mark.parametrize(("id_", "status"), [("1", "drifted"), ("2", "recreated")])
def test_masked_password_is_a_finding_beside_others_of_its_connection(id_: str, status: str) -> None:
    desired = [{"id": id_, "connection_name": "a", "password": "secret 1", "active": True}]
    live = {"id": "1", "connection_name": "a", "password": MASK}
    (alone,) = drift([{**desired[0], "id": "1"}], [{**live, "active": True}]).findings
    report = drift(desired, [{**live, "active": False}])
    assert statuses(report) == [("1", "a", status)]
    assert [found(each) for each in report.findings if each.status != "recreated"] == [
        ("unverifiable", "password", "1"),
        ("drifted", "active", "1"),
    ]
    assert alone.fingerprint in {each.fingerprint for each in report.findings}
    assert report.outcomes == (["drift", *(["recreated"] if id_ == "2" else []), "drifted", "unverifiable"])


def test_url_secrets_are_hidden_and_compared() -> None:
    (finding,) = drift(
        [{"id": "1", "webhook_event_url": "https://h/?t=c4n4ry1"}], [{"id": "1", "webhook_event_url": "https://h/?t=c4n4ry2"}]
    ).findings  # fmt: skip
    assert (finding.expected, finding.actual) == ("https://h/?t=(hidden)", "https://h/?t=(hidden)")
    assert "c4n4ry" not in repr(finding)
    assert "c4n4ry" not in str(finding.as_dict())
    assert finding.remedy == 'Set webhook_event_url to "https://h/?t=(hidden)" at Telnyx, or change the desired state.'


@pytest.mark.parametrize(("unexpected", "status"), [("ignore", "in_sync"), ("report", "drift")])
def test_unexpected_connections_are_drift_unless_ignored(unexpected: str, status: str) -> None:
    report = drift([{"connection_name": "a"}], LIVE, unexpected=unexpected)
    assert report.status == status
    assert report.totals
    assert report.totals["unexpected"] == (0 if unexpected == "ignore" else 2)


def test_ignored_field_below_a_null_object_is_neither_drift_nor_shown() -> None:
    live = {"inbound": {"channel_limit": 3, "codecs": ["G722"]}}
    assert changes({"inbound": None}, live, ignore=["inbound.*"]) == {}
    assert changes({"inbound": None}, live, ignore=["inbound.channel_limit"]) == {
        "inbound": (None, {"codecs": ["G722"]})
    }


def test_finding_names_the_line_that_decides_its_field() -> None:
    desired = in_file({"id": "1", "active": True, "inbound": {"codecs": ["G722"]}})
    lines = {("active",): 4, ("inbound", "codecs"): 6}
    (origin,) = desired.origins
    located = Desired(desired.record, origins=(type(origin)(origin.fields, "baseline.yml", 3, lines.get),))
    report = drift([located, in_file({"id": "9"}, line=8)], [{"id": "1", "active": False, "inbound": {"codecs": []}}])
    assert {each.path: each.source for each in report.findings} == {
        "active": {"file": "baseline.yml", "line": 4},
        "inbound.codecs": {"file": "baseline.yml", "line": 6},
        None: {"file": "baseline.yml", "line": 8},
    }


def test_unexpected_and_missing_say_what_the_connection_may_do() -> None:
    live = {"id": "1", "connection_name": "a", "active": True, "created_at": "2026", "outbound": {"localization": "DE"}}
    missing, unexpected = drift([{"connection_name": "Nowhere", "active": False}], [live]).findings
    assert (missing.status, missing.expected) == ("missing", {"active": False})
    assert unexpected.actual == {
        "active": True, "sip_uri_calling_preference": None, "outbound.outbound_voice_profile_id": None,
        "outbound.localization": "DE", "outbound.channel_limit": None,
    }  # fmt: skip
    assert unexpected.created_at == "2026"


def test_shared_name_is_a_finding_and_the_check_goes_on() -> None:
    live = [{"id": id_, "connection_name": name, "active": False} for id_, name in zip("123", ["b", "b", "c"])]
    report = drift([{"connection_name": "b"}, {"connection_name": "c", "active": True}], live)
    assert statuses(report) == [(None, "b", "ambiguous"), ("3", "c", "drifted")]
    ambiguous = report.findings[0]
    assert ambiguous.message == "2 connections of the account have the connection_name 'b': 1, 2"
    assert ambiguous.remedy == "Give the desired connection the id of the one that is meant."
    assert report.outcomes == ["drift", "ambiguous", "drifted"]


@pytest.mark.parametrize(
    ("desired", "live"),
    [
        ({"connection_name": "London Ofice"}, {"connection_name": "London Office"}),
        ({"connection_name": "London Offcie"}, {"connection_name": "London Office"}),
        ({"connection_name": "madrid pbx"}, {"connection_name": "Madrid PBX"}),
        ({"connection_name": "Rome PBX"}, {"connection_name": " Rome  PBX "}),
        ({"connection_name": "Zu\u0308rich\u00a01"}, {"connection_name": "Z\u00fcrich 1"}),
        ({"connection_name": "Old name", "user_name": "u7"}, {"connection_name": "New name", "user_name": "U7"}),
    ],
)
def test_similar_connections_name_each_other_and_have_no_advice_to_create_or_delete(desired: Any, live: Any) -> None:
    missing, unexpected = drift([desired], [{"id": "1", **live}]).findings
    assert (missing.status, unexpected.status) == ("missing", "unexpected")
    assert [each.id for each in missing.similar] == ["1"]
    assert [each.name for each in unexpected.similar] == [desired["connection_name"]]
    assert "another spelling, or renamed?" in missing.message
    for each in (missing, unexpected):
        assert not {"create", "delete", "remove"} & set(each.remedy.lower().replace(".", "").split())


def test_other_names_are_not_similar() -> None:
    missing, unexpected = drift([{"connection_name": "Berlin"}], [{"id": "1", "connection_name": "Madrid"}]).findings
    assert (missing.similar, unexpected.similar) == ((), ())
    assert missing.remedy == "Create the connection at Telnyx, or remove it from the desired state."


def test_misspelt_name_in_a_later_entry_is_compared_with_the_earlier_ones() -> None:
    live = [{"id": "1", "connection_name": "Madrid PBX"}, {"id": "2", "connection_name": "Madrid PBX 2"}]
    desired = [in_file(each) for each in live]
    (missing,) = drift([*desired, in_file({"connection_name": "madrid pbx"}, "prod.yml", entry=1)], live).findings
    assert [each.id for each in missing.similar] == ["1"]
    # In one entry, similar names are those of different connections.
    (missing,) = drift([*desired, in_file({"connection_name": "Madrid PBX 3"})], live).findings
    assert missing.similar == ()


def test_recreated_connection_and_its_other_fields_are_findings() -> None:
    live = {**LIVE[0], "password": "canary 2", "created_at": "2026", "updated_at": "2026", "inbound": {"codecs": []}}
    desired = {
        "id": "9", "connection_name": "a", "user_name": "u9", "created_at": "2025", "updated_at": "2025",
        "password": "canary 1", "inbound": {"codecs": ["G722"]}, "active": True,
    }  # fmt: skip
    report = drift([desired], [live], ignore=["active"])
    assert statuses(report) == [("1", "a", "recreated")]
    assert values(report.findings) == {
        None: ("9", "1"),
        "user_name": ("u9", "ua"),
        "password": ("(hidden)", "(hidden)"),
        "inbound.codecs": (["G722"], []),
    }


def test_portal_link_is_on_live_connections_alone() -> None:
    report = drift([{"id": "9", "connection_name": "x"}], LIVE[:1], portal_url="http://x/{id}")
    assert [(each.status, each.url) for each in report.findings] == [("missing", None), ("unexpected", "http://x/1")]
