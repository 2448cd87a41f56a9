"""Attribution: the event that made the live value is named, and nothing is guessed."""

from __future__ import annotations

import copy
import datetime
import random
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.acceptance import make_acceptance
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.attribution import (
    AMBIGUOUS,
    LATER_EVENT_MISSING,
    NO_ID,
    NOT_COMPARABLE,
    add_attribution,
    add_unavailable,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.audit_log import parse_events
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.drift import as_result, compare
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.results import Attribution, DriftResult
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import MASK

SINCE = "2026-11-01T00:00:00Z"
NO_EVENT = f"The audit log has no event for it since {SINCE}."
CANARY = "c4n4ry-s3cr3t"
Record = dict[str, Any]


def event(minute: int, *changes: Any, kind: str = "update", **fields: Any) -> Record:
    """An event of connection 1; ``changes`` are field, from and to."""
    return {
        "id": f"e{minute}",
        "resource_id": "1",
        "change_type": kind,
        "change_made_by": "account_owner",
        "user_id": str(minute),
        "created_at": f"2026-11-20T14:{minute:02d}:00Z",
        "changes": [dict(zip(("field", "from", "to"), change)) for change in changes],
        **fields,
    }


def attributed(
    desired: list[Record], live: list[Record], events: list[Any], note: str = "", may_lack_newer: bool = False
) -> DriftResult:
    comparisons = compare([Desired(each) for each in desired], live)
    result = as_result(comparisons)
    add_attribution(result, comparisons, parse_events(events), note, since=SINCE, may_lack_newer=may_lack_newer)
    return result


def of_field(desired: Record, live: Record, *events: Any) -> Attribution:
    """The attribution of the only field that differs."""
    result = attributed([{"id": "1", **desired}], [{"id": "1", **live}], list(events))
    ((change,),) = [each["changes"] for each in result["connections"]]
    assert change["attribution"]
    return change["attribution"]


@pytest.mark.parametrize(
    ("events", "minute", "before"),
    [
        ([event(1, ("inbound.codecs", ["G722"], ["G729"]))], 1, ["G722"]),
        # the newest, in any order
        ([event(1, ("inbound.codecs", ["OPUS"], ["G722"])), event(2, ("inbound.codecs", ["G722"], ["G729"]))], 2, ["G722"]),
        ([event(2, ("inbound.codecs", ["G722"], ["G729"])), event(1, ("inbound.codecs", ["OPUS"], ["G722"]))], 2, ["G722"]),
        # an event of another field, of another connection, or without changes, is not it
        ([event(1, ("inbound.codecs", ["G722"], ["G729"])), event(2, ("active", True, False))], 1, ["G722"]),
        ([event(1, ("inbound.codecs", 1, ["G729"])), event(2, ("inbound.codecs", 1, 2), resource_id="2")], 1, 1),
        ([event(1, ("inbound.codecs", ["G722"], ["G729"])), event(2)], 1, ["G722"]),
        ([event(1, ("inbound.codecs", ["G722"], ["G729"])), event(2, ("inbound.codecs_x", 1, 2))], 1, ["G722"]),
        # a parent; one that changed only another field is not it
        ([event(1, ("inbound", {"codecs": ["G722"], "x": 1}, {"codecs": ["G729"], "x": 1}))], 1, ["G722"]),
        ([event(1, ("inbound", None, {"codecs": ["G729"]}))], 1, None),
        (
            [
                event(1, ("inbound.codecs", ["G722"], ["G729"])),
                event(2, ("inbound", {"codecs": ["G729"], "x": 1}, {"codecs": ["G729"], "x": 2})),
            ],
            1,
            ["G722"],
        ),
        # a field below
        ([event(1, ("inbound.codecs.0", "G722", "G729"))], 1, {"0": "G722"}),
        # by the other id, and as a number
        ([event(1, ("inbound.codecs", [], ["G729"]), resource_id=None, alternate_resource_id=1)], 1, []),
    ],
)  # fmt: skip
def test_newest_event_that_changed_the_field_is_named(events: list[Any], minute: int, before: Any) -> None:
    found = of_field({"inbound": {"codecs": ["G722"]}}, {"inbound": {"codecs": ["G729"]}}, *events)
    assert found == {
        "state": "known",
        "who": {"change_made_by": "account_owner", "user_id": str(minute)},
        "when": f"2026-11-20T14:{minute:02d}:00Z",
        "from": before,
        "event": f"e{minute}",
        "reason": None,
    }


@pytest.mark.parametrize(
    ("events", "event_id", "reason"),
    [
        ([], None, NO_EVENT),
        ([None, {"id": "x"}], None, NO_EVENT),
        ([event(1, ("active", True, False))], None, NO_EVENT),
        ([event(1, ("inbound.codecs", ["G729"], ["G722"]))], "e1", LATER_EVENT_MISSING),
        ([event(1, ("inbound.codecs", 1, ["G729"])), event(2, ("inbound.codecs", 2, 3))], "e2", LATER_EVENT_MISSING),
        ([event(1, ("inbound", {"codecs": ["G722"]}, {"codecs": ["OPUS"]}))], "e1", LATER_EVENT_MISSING),
        ([event(1, ("inbound", {"codecs": ["G722"]}, None))], "e1", LATER_EVENT_MISSING),
        ([event(1, ("inbound", {"codecs": ["G722"]}, "text"))], "e1", LATER_EVENT_MISSING),
        ([event(1, ("inbound.codecs.0", "G722", "OPUS"))], "e1", LATER_EVENT_MISSING),
        ([event(1, ("inbound.codecs.9", "G722", "G729"))], "e1", LATER_EVENT_MISSING),
        # an event without its values
        ([event(1, ("inbound.codecs", ["G722"]))], "e1", LATER_EVENT_MISSING),
        ([event(1, ("inbound.codecs",))], "e1", LATER_EVENT_MISSING),
        ([event(1, ("inbound.codecs", 1, ["G729"])), event(1, ("inbound.codecs", 2, ["G729"]), id="x", user_id="9")],
         "x", AMBIGUOUS),
    ],
)  # fmt: skip
def test_event_that_does_not_lead_to_the_live_value_is_only_the_last_known(
    events: list[Any], event_id: str | None, reason: str
) -> None:
    found = of_field({"inbound": {"codecs": ["G722"]}}, {"inbound": {"codecs": ["G729"]}}, *events)
    assert (found["state"], found["event"], found["reason"]) == ("unknown", event_id, reason)
    assert (found["who"] is None) == (found["when"] is None) == (event_id is None)


def test_of_events_at_the_same_time_the_one_that_fits_is_named() -> None:
    events = [event(1, ("active", False, True), id="a"), event(1, ("active", True, False), id="b", user_id="9")]
    for each in (events, events[::-1]):
        found = of_field({"active": True}, {"active": False}, *each)
        assert (found["state"], found["event"], found["from"]) == ("known", "b", True)


def test_value_is_compared_as_the_check_compares_it() -> None:
    found = of_field(
        {"inbound": {"channel_limit": 5}},
        {"inbound": {"channel_limit": 7}},
        event(1, ("inbound.channel_limit", "5", "7")),
    )
    assert found["state"] == "known"
    found = of_field({"tags": ["a"]}, {"tags": ["b", "c"]}, event(1, ("tags", ["a"], ["c", "b"])))
    assert found["state"] == "known"


@pytest.mark.parametrize(
    ("after", "state"), [(CANARY + "2", "known"), (MASK, "known"), (CANARY + "3", "unknown"), ("", "unknown")]
)
def test_password_is_compared_but_not_shown(after: str, state: str) -> None:
    before = MASK if after == MASK else CANARY + "1"
    found = of_field({"password": CANARY + "1"}, {"password": CANARY + "2"}, event(1, ("password", before, after)))
    assert (found["state"], found["from"]) == (state, "(hidden)")
    assert CANARY not in str(found)


@pytest.mark.parametrize(
    ("events", "state", "event_id", "reason"),
    [
        ([], "unknown", None, NO_EVENT),
        ([event(1, kind="delete")], "known", "e1", None),
        ([event(1, ("active", 1, 2)), event(2, ("active", 1, None), kind="Deleted")], "known", "e2", None),
        ([event(1, ("active", 1, 2))], "unknown", "e1", LATER_EVENT_MISSING),
        ([event(1, kind="delete"), event(2, ("active", 1, 2))], "unknown", "e2", LATER_EVENT_MISSING),
    ],
)
def test_missing_connection_was_deleted(
    events: list[Any], state: str, event_id: str | None, reason: str | None
) -> None:
    result = attributed([{"id": "1", "connection_name": "a"}], [{"id": "2", "connection_name": "b"}], events)
    missing, unexpected = (each["attribution"] for each in result["connections"])
    assert missing
    assert (missing["state"], missing["event"], missing["reason"], missing["from"]) == (state, event_id, reason, None)
    assert unexpected
    assert unexpected["state"] == "unknown"


@pytest.mark.parametrize("status", ["unexpected", "recreated"])
def test_unexpected_and_recreated_connection_was_created(status: str) -> None:
    desired = [{"id": "9", "connection_name": "a", "active": True}] if status == "recreated" else []
    live = [{"id": "1", "connection_name": "a", "active": False}]
    creation = event(1, ("active", None, False), kind="create")
    (found,) = attributed(desired, live, [creation, event(2, ("tags", 1, 2)), event(3, resource_id="9")])["connections"]
    assert found["status"] == status
    assert found["attribution"]
    assert (found["attribution"]["state"], found["attribution"]["event"]) == ("known", "e1")
    assert [change["attribution"]["event"] for change in found["changes"] if change["attribution"]] == ["e1"] * len(
        desired
    )
    (found,) = attributed(desired, live, [event(2, ("tags", 1, 2))])["connections"]
    assert found["attribution"]
    assert (found["attribution"]["state"], found["attribution"]["event"]) == ("unknown", "e2")


def test_desired_connection_without_an_id_cannot_be_found_in_the_log() -> None:
    (missing,) = attributed([{"connection_name": "gone"}], [], [event(1, kind="delete")], note="Late.")["connections"]
    assert missing["attribution"]
    assert (missing["attribution"]["state"], missing["attribution"]["reason"]) == ("unknown", f"{NO_ID} Late.")


@pytest.mark.parametrize("missing", [False, True])
def test_log_that_may_lack_newer_events_knows_nobody(missing: bool) -> None:
    """The event that is missing may have made the value again, after others."""
    desired: list[Record] = [{"id": "1", "active": True}, {"id": "2", "connection_name": "gone"}]
    live: list[Record] = [{"id": "1", "active": False}, {"id": "3", "connection_name": "new"}]
    events = [
        event(1, ("active", True, False)),
        event(2, kind="delete", resource_id="2"),
        event(3, kind="create", resource_id="3"),
    ]
    first, *others = attributed(desired, live, events, "Some are missing.", missing)["connections"]
    found = [first["changes"][0]["attribution"], *(each["attribution"] for each in others)]
    state = "unknown" if missing else "known"
    assert [(each and each["state"], each and each["event"], each and each["reason"]) for each in found] == [
        (state, f"e{number}", "Some are missing.") for number in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("events", "event_id"), [([event(1, ("password", MASK, MASK))], "e1"), ([event(1, ("active", 1, 2))], None)]
)
def test_unverifiable_password_has_its_last_change_beside_it(events: list[Any], event_id: str | None) -> None:
    (found,) = attributed([{"id": "1", "password": CANARY}], [{"id": "1", "password": MASK}], events)["connections"]
    assert found["attribution"]
    assert (found["status"], found["attribution"]["state"], found["attribution"]["event"]) == (
        "unverifiable",
        "unknown",
        event_id,
    )
    assert found["attribution"]["reason"] == (NOT_COMPARABLE if event_id else NO_EVENT)


def test_connection_in_sync_and_drifted_one_as_a_whole_have_no_attribution() -> None:
    desired = [{"id": "1", "active": True}, {"id": "2", "active": True}]
    live = [{"id": "1", "active": True}, {"id": "2", "active": False}]
    result = attributed(desired, live, [])
    assert [each["attribution"] for each in result["connections"]] == [None, None]
    add_unavailable(result, "HTTP 403.")
    assert [each["attribution"] for each in result["connections"]] == [None, None]
    (change,) = result["connections"][1]["changes"]
    assert change["attribution"] == {
        "state": "unavailable", "who": None, "when": None, "from": None, "event": None, "reason": "HTTP 403."
    }  # fmt: skip


def test_unavailable_log_is_the_attribution_of_each_finding() -> None:
    result = as_result(
        compare([Desired({"id": "1", "connection_name": "a"})], [{"id": "2", "connection_name": "a", "active": 1}])
    )
    add_unavailable(result, "No.")
    assert [each["attribution"] and each["attribution"]["state"] for each in result["connections"]] == ["unavailable"]


FIELDS = ("active", "connection_name", "inbound.channel_limit", "inbound.codecs", "outbound.ani_override", "password")


@st.composite
def histories(draw: st.DrawFn) -> tuple[Record, Record, list[Record]]:
    """A record, what became of it by changes with values that are all different, and an event for each change."""
    first: Record = {"id": "1", "inbound": {}, "outbound": {}}
    for place, path in enumerate(FIELDS):
        _set(first, path, f"{CANARY}{place}")
    record, events = copy.deepcopy(first), []
    for number, paths in enumerate(draw(st.lists(st.sets(st.sampled_from(FIELDS), min_size=1), max_size=8))):
        before = copy.deepcopy(record)
        for path in sorted(paths):
            _set(record, path, f"{CANARY}-{number}-{path}")
        whole = draw(st.booleans())
        changed = {path.split(".")[0] if whole else path for path in paths}
        changes = [(path, _get(before, path), copy.deepcopy(_get(record, path))) for path in sorted(changed)]
        events.append(event(number, *changes))
    return first, record, events


def _get(record: Record, path: str) -> Any:
    for part in path.split("."):
        record = record[part]
    return record


def _set(record: Record, path: str, value: Any) -> None:
    *above, name = path.split(".")
    for part in above:
        record = record[part]
    record[name] = value


def by_path(first: Record, live: Record, events: list[Record]) -> dict[str, Attribution]:
    (connection,) = attributed([first], [live], events)["connections"]
    return {each["path"]: each["attribution"] for each in connection["changes"] if each["attribution"]}


def touching(events: list[Record], path: str) -> list[Record]:
    """The events after which the field had another value."""

    def value(change: Record, side: str) -> Any:
        return _get(change, f"{side}{path[len(change['field']) :]}")

    return [
        each
        for each in events
        if any(
            (path == change["field"] or path.startswith(f"{change['field']}."))
            and value(change, "from") != value(change, "to")
            for change in each["changes"]
        )
    ]


@pytest.fixture(autouse=True, scope="module")
def any_text_is_a_value() -> Iterator[None]:
    """Desired values are not checked here, so that each change can have a value of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.drift.check_desired",
            lambda desired, *_rest: list(desired),
        )
        yield


@given(histories(), st.randoms(use_true_random=False))
def test_complete_log_in_any_order_names_the_last_change_of_each_field(
    history: tuple[Record, Record, list[Record]], order: random.Random
) -> None:
    first, live, events = history
    mixed = [*events, *events]
    order.shuffle(mixed)
    found = by_path(first, live, mixed)
    assert set(found) == {path for path in FIELDS if _get(first, path) != _get(live, path)}
    for path, each in found.items():
        last = touching(events, path)[-1]
        assert (each["state"], each["event"]) == ("known", last["id"])
        if path == "password":
            assert each["from"] == "(hidden)"
        else:
            assert CANARY in str(each["from"])


@given(histories(), st.data())
def test_log_with_missing_events_never_names_a_wrong_one(
    history: tuple[Record, Record, list[Record]], data: st.DataObject
) -> None:
    first, live, events = history
    kept = [each for each in events if data.draw(st.booleans())]
    for path, each in by_path(first, live, kept).items():
        last, known = touching(events, path)[-1], touching(kept, path)
        assert (each["state"] == "known") == (last in kept)
        assert each["event"] == (known[-1]["id"] if known else None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["password", "a", "codecs"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def _with_canary(value: Any, secret: bool = False) -> Any:
    """Replace what is below a key password by the canary."""
    if secret:
        return CANARY
    if isinstance(value, list):
        return [_with_canary(each) for each in value]
    return (
        {key: _with_canary(each, key == "password") for key, each in value.items()}
        if isinstance(value, dict)
        else value
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["inbound", "inbound.codecs", "inbound.password", "password", "active"]),
            json_values,
            json_values,
        )
    )
)
def test_no_password_is_shown_whatever_the_log_has(changes: list[tuple[str, Any, Any]]) -> None:
    logged = [(field, *(_with_canary(each, "password" in field) for each in values)) for field, *values in changes]
    events = [event(number % 60, change, id=str(number)) for number, change in enumerate(logged)]
    desired: Record = {"id": "1", "password": "x", "active": True, "inbound": {"codecs": ["G722"]}}
    result = attributed([desired], [{"id": "1", "password": "y", "active": False, "inbound": None}], events)
    assert CANARY not in str(result)


def test_change_after_an_accepted_one_has_its_own_attribution() -> None:
    desired = {"id": "1", "active": True, "inbound": {"codecs": ["G722"]}}
    live = {"id": "1", "active": False, "inbound": {"codecs": ["G729"]}}
    comparisons = compare([Desired(desired)], [live])
    entry = make_acceptance({"path": "active", "id": "1", "value": False, "reason": "known"}, "entry")
    result = as_result(comparisons, None, [entry], today=datetime.date(2026, 11, 25))
    events = [event(1, ("inbound.codecs", ["G722"], ["G729"])), event(2, ("active", True, False))]
    add_attribution(result, comparisons, parse_events(events), since=SINCE)
    ((change,),) = [each["changes"] for each in result["connections"]]
    assert change["path"] == "inbound.codecs"
    assert change["attribution"]
    assert change["attribution"]["event"] == "e1"
