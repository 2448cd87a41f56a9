"""The file of accepted findings: reading, and accepting findings of reports in place."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AcceptanceError, OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance_update import (
    Note,
    Selection,
    sort_key,
    update_acceptances,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import as_result, compare
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.policy import evaluate
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rules import make_rules
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.accepted_editing import HEADING, updated_text
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.accepted_files import (
    parse_accepted,
    read_accepted,
)
from check_helpers import GOOD, Record
from hypothesis import given
from hypothesis import strategies as st

TODAY = datetime.date(2026, 11, 26)
NOTE = Note("known", TODAY, "Jo")
PATH = "accepted.yml"


def drift_report(live: list[Record], desired: list[Record], text: str = "") -> dict[str, Any]:
    found = as_result(compare([Desired(each) for each in desired], live), None, parse_accepted(PATH, text), today=TODAY)
    return {"check": "drift", **found}


def policy_report(records: list[Record], text: str = "", **options: Any) -> dict[str, Any]:
    found = evaluate(records, make_rules(**options), parse_accepted(PATH, text), today=TODAY)
    return {"check": "policy", **found}


def accept(text: str | None, report: dict[str, Any], note: Note = NOTE, prune: bool = False, **selection: Any) -> str:
    existing = parse_accepted(PATH, text or "")
    update = update_acceptances(existing, report, Selection(**selection), note, prune=prune)
    return updated_text(PATH, text, existing, update)


LIVE: list[Record] = [
    {"id": "1", "connection_name": "b", "active": False, "tags": ["x"], "password": "another-password"},
    {"id": "2", "connection_name": "a", "active": True},
]
DESIRED: list[Record] = [
    {"id": "1", "connection_name": "b", "active": True, "tags": [], "password": "the-password"},
    {"connection_name": "gone"},
]
EXPECTED = (
    HEADING
    + """\
- connection_name: a
  id: '2'
  check: drift
  reason: known
  since: '2026-11-26'
  status: unexpected
  who: Jo
- connection_name: b
  id: '1'
  check: drift
  path: active
  reason: known
  since: '2026-11-26'
  value: false
  who: Jo
- connection_name: b
  id: '1'
  check: drift
  path: password
  reason: known
  since: '2026-11-26'
  who: Jo
- connection_name: b
  id: '1'
  check: drift
  path: tags
  reason: known
  since: '2026-11-26'
  value:
  - x
  who: Jo
- connection_name: gone
  check: drift
  reason: known
  since: '2026-11-26'
  status: missing
  who: Jo
"""
)


def test_paths_without_files_name_the_option_of_accepted_files(tmp_path: Path) -> None:
    for path, message in ((str(tmp_path), "holds no file"), (str(tmp_path / "*.yml"), "matches no file")):
        with pytest.raises(AcceptanceError, match=f"^accepted_files: .*{message}"):
            read_accepted([path])
    with pytest.raises(OptionError, match="accepted_files: '' is not a path"):
        read_accepted([""])


def test_accepting_all_writes_a_sorted_file_without_passwords_and_the_next_check_finds_nothing() -> None:
    text = accept(None, drift_report(LIVE, DESIRED))
    assert text == EXPECTED
    assert "password\n" in text
    report = drift_report(LIVE, DESIRED, text)
    assert (report["status"], report["totals"]["accepted"]) == ("in_sync", 3)
    assert [each["state"] for each in report["acceptances"]] == ["used"] * 5


def test_accepting_twice_changes_nothing_whether_the_check_ran_again_or_not() -> None:
    text = accept(None, drift_report(LIVE, DESIRED))
    later = Note("another reason", TODAY + datetime.timedelta(days=3))
    assert accept(text, drift_report(LIVE, DESIRED), later) == text
    assert accept(text, drift_report(LIVE, DESIRED, text), later, prune=True) == text


def test_another_value_updates_the_entry_and_keeps_its_reason_and_comments() -> None:
    text = accept(None, drift_report(LIVE, DESIRED))
    text = text.replace("reason: known\n", "reason: 'the PBX, ticket 4711' # Jo knows\n").replace(
        "- connection_name: b", "# about b\n- connection_name: b"
    )
    changed = [{**LIVE[0], "active": None, "tags": ["y", "z"]}, LIVE[1]]
    report = drift_report(changed, DESIRED, text)
    assert [(each["path"], each["state"]) for each in report["connections"][0]["changes"]] == [
        ("active", "updated"),
        ("tags", "updated"),
    ]
    assert [each["state"] for each in report["acceptances"]].count("outdated") == 2
    later = Note("because", TODAY + datetime.timedelta(days=1), expires=datetime.date(2027, 1, 1))
    new = accept(text, report, later)
    assert new.count("reason: 'the PBX, ticket 4711' # Jo knows") == 5
    assert new.count("# about b\n- connection_name: b") == 3
    assert drift_report(changed, DESIRED, new)["status"] == "in_sync"
    values = [each.values for each in parse_accepted(PATH, new)]
    keys = ("path", "value", "since", "who", "expires")
    assert [tuple(each.get(key) for key in keys) for each in values[1:4]] == [
        ("active", None, "2026-11-27", None, "2027-01-01"),
        ("password", None, "2026-11-26", "Jo", None),
        ("tags", ["y", "z"], "2026-11-27", None, "2027-01-01"),
    ]
    assert "because" not in new


@pytest.mark.parametrize("who", [None, "Kim", "Jo", "{{ x }}: #"])
@pytest.mark.parametrize(
    "line",
    ["  who: Jo # the admin\n", "  who:\n    Jo\n", "  who: null\n", ""],
    ids=["one line", "two lines", "null", "without"],
)
def test_whoever_accepts_another_value_replaces_the_one_before(line: str, who: str | None) -> None:
    live, desired = [{"id": "1", "connection_name": "b", "active": None}], [{"id": "1", "active": True}]
    text = f"# ours\n- id: '1'\n  path: active\n  value: false\n{line}  reason: known # really\n"
    new = accept(text, drift_report(live, desired, text), Note("x", TODAY, who))
    (entry,) = parse_accepted(PATH, new)
    assert (entry.values.get("who"), entry.values["value"], entry.reason) == (who, None, "known")
    assert new.startswith("# ours\n")
    assert drift_report(live, desired, new)["status"] == "in_sync"


def test_gone_findings_are_resolved_and_pruned_only_if_wanted() -> None:
    text = "# ours\n" + accept(None, drift_report(LIVE, DESIRED))
    fixed = [{**LIVE[0], "active": True}]
    report = drift_report(fixed, DESIRED, text)
    assert [each["state"] for each in report["acceptances"]].count("unused") == 2
    assert accept(text, report) == text
    new = accept(text, report, prune=True)
    assert new == "# ours\n" + HEADING + "".join(
        text.removeprefix("# ours\n" + HEADING).partition("- connection_name: b")[1:]
    ).replace(
        "- connection_name: b\n  id: '1'\n  check: drift\n  path: active\n  reason: known\n  since: '2026-11-26'\n"
        "  value: false\n  who: Jo\n",
        "",
    )
    in_sync = drift_report([], [], new)
    assert accept(new, in_sync, prune=True) == "# ours\n" + HEADING + "[]\n"


def test_expired_entries_are_renewed_or_pruned() -> None:
    text = accept(None, drift_report(LIVE, DESIRED), Note("known", TODAY, expires=TODAY))
    late = Note("x", TODAY + datetime.timedelta(days=1))
    acceptances = parse_accepted(PATH, text)
    result = as_result(compare([Desired(each) for each in DESIRED], LIVE), None, acceptances, today=late.since)
    assert result["status"] == "drift"
    report = {"check": "drift", **result}
    text = text.replace("status: missing\n", "status: missing # soon\n")
    renewed = accept(text, report, late)
    assert "status: missing # soon\n" in renewed
    assert "expires" not in renewed
    assert renewed.count("reason: known") == renewed.count("since: '2026-11-27'") == 5
    gone = as_result(compare([], []), None, acceptances, today=late.since)
    assert accept(text, {"check": "drift", **gone}, late, prune=True) == HEADING + "[]\n"


def test_violation_is_accepted_until_its_rule_becomes_more_severe() -> None:
    records = [{**GOOD, "encrypted_media": None, "active": True}]
    text = accept(None, policy_report(records))
    assert policy_report(records, text)["status"] == "ok"
    for severity, status in (("medium", "ok"), ("critical", "violations")):
        report = policy_report(records, text, custom=[{"id": "srtp_required", "severity": severity}])
        assert report["status"] == status
    assert report["violations"][0]["state"] == "updated"
    new = accept(text, report)
    assert "severity: critical\n" in new
    assert policy_report(records, new, custom=[{"id": "srtp_required", "severity": "critical"}])["status"] == "ok"


def test_rule_that_could_not_be_evaluated_is_not_accepted() -> None:
    rule = {"id": "errs", "severity": "low", "description": "d", "assert": "abs(connection_name)"}
    report = policy_report([GOOD], custom=[rule])
    assert report["violations"][0]["evaluated"] is False
    assert accept(None, report) == HEADING + "[]\n"


@pytest.mark.parametrize(
    ("selection", "count"),
    [
        ({}, 5),
        ({"paths": ["active"]}, 1),
        ({"paths": ["*a*"]}, 3),
        ({"severities": ["missing", "unexpected"]}, 2),
        ({"connections": ["b"]}, 3),
        ({"connections": ["?", "gone"]}, 5),
        ({"connections": ["2"]}, 1),
        ({"rules": ["active"]}, 0),
        ({"connections": ["b"], "paths": ["tags"]}, 1),
        ({"fingerprints": ["0" * 32]}, 0),
    ],
    ids=str,
)
def test_selection(selection: Any, count: int) -> None:
    report = drift_report(LIVE, DESIRED)
    assert len(parse_accepted(PATH, accept(None, report, **selection))) == count
    if not selection:
        chosen = report["connections"][0]["changes"][0]["fingerprint"]
        assert "path: active" in accept(None, report, fingerprints=[chosen])


def test_selection_by_rule_and_severity() -> None:
    report = policy_report([{**GOOD, "encrypted_media": None, "call_cost_in_webhooks": True}])
    selections: list[dict[str, Any]] = [{"rules": ["srtp_required"]}, {"severities": ["high"]}]
    for selection in selections:
        assert "srtp_required" in accept(None, report, **selection)
        assert "call_cost_hidden" not in accept(None, report, **selection)


def test_file_in_another_layout_is_written_anew_with_all_reasons() -> None:
    text = "[{rule: no_inactive, tag: old, reason: 'kept'}]\n"
    new = accept(text, drift_report(LIVE, DESIRED))
    assert new.startswith(HEADING)
    assert [each.reason for each in parse_accepted(PATH, new)] == ["known"] * 5 + ["kept"]
    indented = "---\n# first\n  - rule: no_inactive # here\n    tag: old\n    reason: kept"
    new = accept(indented, drift_report(LIVE, DESIRED))
    assert new.endswith("  - rule: no_inactive # here\n    tag: old\n    reason: kept\n")
    assert new.startswith("---\n# first\n  - connection_name: a\n    id: '2'\n")


def test_entry_by_fingerprint_of_a_field_gets_its_missing_value() -> None:
    desired, live = [{**DESIRED[0], "tags": ["x"], "password": None}], [{**LIVE[0], "password": None}]
    change = drift_report(live, desired)["connections"][0]["changes"][0]
    text = f"- check: drift\n  # mine\n  fingerprint: {change['fingerprint']}\n  reason: because\n"
    report = drift_report(live, desired, text)
    (entry,) = report["acceptances"]
    assert (report["status"], entry["state"], entry["source"]) == ("drift", "incomplete", {"file": PATH, "line": 1})
    after = accept(text, report)
    assert after.startswith(text)
    assert "value: false" in after.removeprefix(text)
    assert drift_report(live, desired, after)["status"] == "in_sync"
    assert accept(after, drift_report(live, desired, after)) == after


def test_finding_of_a_connection_without_id_and_name_is_accepted_by_its_fingerprint() -> None:
    desired: list[Record] = [{"user_name": "who"}]
    found = compare([Desired(each) for each in desired], [], "user_name")
    report: dict[str, Any] = {"check": "drift", **as_result(found)}
    text = accept(None, report)
    assert f"fingerprint: {report['connections'][0]['fingerprint']}" in text
    assert as_result(found, None, parse_accepted(PATH, text), today=TODAY)["status"] == "in_sync"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b", "line 1: it is not a list"),
        ("- [", "line"),
        ("- rule: x\n  rule: y\n", "line 2: the key .rule. is given twice"),
        ("- a\n", "line 1: the entry is not a mapping"),
        ("[]\n---\n[]\n", "not valid YAML"),
        ("- rule: x\n  id: 1\n\n- rule: y\n  id: 1\n  reason: r\n", "line 1: the entry gives no reason"),
    ],
)
def test_invalid_file_is_an_error_that_names_the_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "accepted.yml"
    path.write_text(text)
    with pytest.raises(AcceptanceError, match=message):
        read_accepted([str(path)])


def test_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(AcceptanceError, match=r"known\.yml: the file of accepted findings does not exist"):
        read_accepted([str(tmp_path / "known.yml")])
    assert parse_accepted(PATH, "") == parse_accepted(PATH, "# nothing\n") == parse_accepted(PATH, "[]\n") == []


names = st.text(max_size=6) | st.sampled_from(["{{ x }}", "- a", "#", "'", "\u2028", "yes", "1", "a: b"])
some_values = st.recursive(
    st.none() | st.booleans() | names | st.integers(0, 9), lambda each: st.lists(each, max_size=2)
)
some_connections = st.lists(st.tuples(names, some_values), max_size=5)


@given(some_connections, st.integers(0, 5), names.filter(str.strip))
def test_accepting_any_findings_accepts_exactly_them_and_again_changes_nothing(
    connections: Any, first: int, reason: str
) -> None:
    live = [
        {"id": str(place), "connection_name": name, "tags": value} for place, (name, value) in enumerate(connections)
    ]

    def check(records: list[Record], text: str) -> dict[str, Any]:
        full = compare(
            [Desired({"id": each["id"], "active": True}) for each in records],
            [{**each, "active": False} for each in records],
        )
        for comparison, record in zip(full, records):
            assert comparison.changes
            comparison.changes[0].actual = record["tags"]
        result = as_result(full, None, parse_accepted(PATH, text), today=TODAY)
        return {"check": "drift", **result}

    note = Note(reason, TODAY, reason)
    text = accept(None, check(live[:first], ""), note)
    partly = check(live, text)
    assert partly["totals"]["drifted"] == len(live[first:])
    text = accept(text, partly, note)
    assert check(live, text)["status"] == "in_sync"
    assert accept(text, check(live, ""), note, prune=False) == text
    entries = [each.values for each in parse_accepted(PATH, text)]
    assert entries == sorted(entries, key=sort_key)
