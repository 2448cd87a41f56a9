# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of accepted findings: reading them, and accepting findings of reports: the file that comes out, and what is refused."""

from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AcceptanceError, OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance_matching import accept
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.findings import Connection, Finding
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.accepted_files import (
    HEADING,
    accept_reports,
    parse_accepted,
    read_accepted,
)
from hypothesis import given
from hypothesis import strategies as st

TODAY = datetime.datetime.now(datetime.timezone.utc).date()
PATH = "accepted.yml"
A, B = Connection("2", "a"), Connection("1", "b")


def finding(connection: Connection, path: str | None = None, actual: Any = None, **values: Any) -> Finding:
    """Return a finding of a drift check, or of a policy check if a rule is given."""
    key = json.dumps([connection.id, connection.name, path, *sorted(values.items())])
    known = {
        "check": "policy" if "rule" in values else "drift",
        "fingerprint": hashlib.sha256(key.encode()).hexdigest()[:32],
    }
    if "rule" not in values:
        known["status"] = "drifted"
    return Finding(connection=connection, message="m", remedy="r", path=path, actual=actual, **{**known, **values})


DRIFT = [
    finding(B, "active", False),
    finding(B, "tags", ["x"]),
    finding(B, "password"),
    finding(A, status="unexpected"),
    finding(Connection(None, "gone"), status="missing"),
]
RULES = [
    finding(A, rule="srtp_required", severity="high"),
    finding(A, rule="call_cost_hidden", severity="low"),
    finding(B, rule="srtp_required", severity="high", evaluated=False),
]


def report(findings: list[Finding], text: str = "", check: str = "drift", **values: Any) -> str:
    """Return the JSON report of a check that read a file with this text."""
    found, ok, counted = accept(findings, parse_accepted(PATH, text), TODAY, check=check)
    content = {
        "check": check,
        "format_version": 2,
        "generated_at": "2026-11-24T04:17:00Z",
        "account": {"label": None, "api_url": None},
        "selection": None,
        "error": None,
        "findings": [each.as_dict() for each in found],
        "accepted": [each.as_dict() for each in ok],
        "acceptances": counted,
        **values,
    }
    return json.dumps(content)


def run(text: str, *reports: str | None, reason: str = "known", **options: Any) -> dict[str, Any]:
    lists = ("rules", "severities", "connections", "paths", "fingerprints")
    selection = {name: options.pop(name, None) for name in lists}
    named = {f"{place}.json": each for place, each in enumerate(reports)}
    return accept_reports(PATH, text, named, selection, reason=reason, **options)


def accepted(text: str, *reports: str | None, **options: Any) -> str:
    """Return the new text, which must be without problems."""
    result = run(text, *reports, **options)
    assert result["problems"] == result["skipped"] == []
    return str(result["text"])


def remaining(findings: list[Finding], text: str, check: str = "drift") -> list[str]:
    found, _accepted, _counted = accept(findings, parse_accepted(PATH, text), TODAY, check=check)
    return [each.what for each in found]


EXPECTED = (
    HEADING
    + """\
- connection_name: a
  id: '2'
  check: drift
  reason: known
  since: 'TODAY'
  status: unexpected
  who: Jo
- connection_name: b
  id: '1'
  check: drift
  path: active
  reason: known
  since: 'TODAY'
  value: false
  who: Jo
- connection_name: b
  id: '1'
  check: drift
  path: password
  reason: known
  since: 'TODAY'
  who: Jo
- connection_name: b
  id: '1'
  check: drift
  path: tags
  reason: known
  since: 'TODAY'
  value:
  - x
  who: Jo
- connection_name: gone
  check: drift
  reason: known
  since: 'TODAY'
  status: missing
  who: Jo
"""
)


def test_all_findings_are_accepted_in_a_sorted_file_and_again_nothing_changes() -> None:
    result = run("", report(DRIFT), who="Jo")
    assert result["text"] == EXPECTED.replace("TODAY", str(TODAY))
    assert (len(result["added"]), result["updated"], result["removed"], result["problems"]) == (5, [], [], [])
    text = result["text"]
    assert remaining(DRIFT, text) == []
    for again in (report(DRIFT), report(DRIFT, text)):
        assert accepted(text, again, reason="", prune=True) == text
    assert accepted("", report([]), reason="") == HEADING + "[]\n"


def test_violation_is_accepted_with_its_severity_unless_its_rule_could_not_be_evaluated() -> None:
    text = accepted("", report(DRIFT[:1]), report(RULES, check="policy"))
    assert remaining(RULES, text, "policy") == ["srtp_required"]
    assert remaining([replace(each, severity="critical") for each in RULES[:1]], text, "policy") == ["srtp_required"]
    severe = [replace(RULES[0], severity="critical")]
    text = accepted(text, report(severe, text, "policy"))
    assert remaining(severe, text, "policy") == []
    assert text.count("severity: critical") == 1


@pytest.mark.parametrize("who", [None, "Kim", "Jo", "{{ x }}: #"])
@pytest.mark.parametrize("line", ["  who: Jo\n", "  who:\n    Jo\n", "  who: null\n", ""])
def test_another_value_updates_an_entry_and_keeps_its_reason_dates_and_unknown_keys(line: str, who: str | None) -> None:
    text = (
        f"- id: '1'\n  path: active\n  value: true\n{line}  reason: 'ticket: 4711'\n  since: 2026-01-01\n  ticket: [4711]\n"
        "- {rule: x, tag: old, reason: because, expires: 2020-01-31}\n"
    )
    new = run(text, report(DRIFT[:1]), reason="new", who=who, expires="2999-01-01")
    (changed, other) = [each.values for each in parse_accepted(PATH, new["text"].replace("  ticket:\n  - 4711\n", ""))]
    assert (changed["value"], changed["reason"], changed.get("who")) == (False, "ticket: 4711", who)
    assert (changed["since"], changed["expires"]) == (str(TODAY), "2999-01-01")
    assert other == {"rule": "x", "tag": "old", "reason": "because", "expires": "2020-01-31"}
    assert "  ticket:\n  - 4711\n" in new["text"]
    assert new["updated"] == [{"path": "active", "id": "1"}]


def test_unused_and_expired_entries_are_pruned_only_if_wanted() -> None:
    text = accepted("", report(DRIFT))
    expired = text.replace("value: false", "value: false\n  expires: '2020-01-01'")
    assert accepted(expired, report(DRIFT[3:], expired), reason="") == expired
    result = run(expired, report(DRIFT[3:], expired), reason="", prune=True)
    assert [each.what for each in parse_accepted(PATH, result["text"])] == ["unexpected", "missing"]
    assert len(result["removed"]) == 3
    renewed = run(expired, report(DRIFT, expired))
    assert remaining(DRIFT, renewed["text"]) == []
    assert "expires" not in renewed["text"]


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
        ({"connections": ["b"], "paths": ["tags"]}, 1),
        ({"fingerprints": [DRIFT[0].fingerprint]}, 1),
    ],
    ids=str,
)
def test_selection(selection: Any, count: int) -> None:
    text = accepted("", report(DRIFT), **selection)
    assert len(parse_accepted(PATH, text)) == count
    assert accepted(text, report(DRIFT, text), reason="", **selection) == text


@pytest.mark.parametrize(
    ("text", "reports", "options", "problems"),
    [
        ("", [report(DRIFT)], {"connections": ["Nonexistent"]},
         ["accept_connections: no finding of the reports matches 'Nonexistent'."]),
        ("", [report(DRIFT)], {"connections": []},
         ["accept_connections: the list is empty. Leave it out to select by other lists, or to accept all findings."]),
        ("", [report(DRIFT)], {"connections": ["b", "gon"]},
         ["accept_connections: no finding of the reports matches 'gon'. Did you mean gone?"]),
        ("", [report(RULES, check="policy")], {"rules": ["srtp_requird"]},
         ["accept_rules: no finding of the reports matches 'srtp_requird'. Did you mean srtp_required?"]),
        ("", [report(DRIFT)], {"connections": ["a"], "paths": ["tags"]},
         ["No finding of the reports matches all of accept_connections, accept_paths."]),
        ("", [report(DRIFT)], {"reason": " "},
         ["accept_reason is missing. Say why these findings are accepted, for those who come after."]),
        ("", [report(DRIFT)], {"expires": "2020-01-01"}, ["accept_expires: 2020-01-01 has passed."]),
        ("", [report(DRIFT)], {"expires": "soon"}, ["accept_expires must be a day, as in 2027-03-31, not 'soon'."]),
        ("", [], {}, ["There is no report to accept findings of. Run a check first."]),
        ("", [None], {}, ["0.json: the report does not exist. Run the check first."]),
        ("a: b", [report(DRIFT)], {}, ["accepted.yml, line 1: it is not a list of accepted findings."]),
        ("- rule: x\n  id: 1\n", [report(DRIFT)], {},
         ["accepted.yml, line 1: the entry gives no reason. Say why it is accepted: reason, as text."]),
    ],
)  # fmt: skip
def test_problem_is_a_sentence(text: str, reports: Any, options: Any, problems: list[str]) -> None:
    assert run(text, *reports, **options)["problems"] == problems


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (HEADING, []),
        ("- {rule: x, tag: a#b, reason: 'c # d'}\n", []),
        ("- rule: x\n  tag: y\n  reason: |\n    # of the text\n\n    and more\n", []),
        ("# ours\n" + HEADING + "- rule: x\n  tag: y # here\n  # and here\n  reason: >- # folded\n    text\n# the end", [1, 5, 6, 7, 9]),
    ],
)  # fmt: skip
def test_comment_that_would_be_lost_is_a_problem_with_its_line(text: str, lines: list[int]) -> None:
    found = run(text, report(DRIFT))["problems"]
    assert [each.partition(": the comment '#")[0] for each in found] == [f"accepted.yml, line {line}" for line in lines]
    assert run(text or "[]", report([]))["problems"] == []  # nothing is written anew


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "1.json: the report does not exist. Run the check first."),
        (report([], error={}), "1.json: the check was not completed, so nothing of it is accepted."),
        (report([], format_version=1), "1.json: it is a report of another version of this collection."),
        ("[", "1.json: it is not JSON. Use drift.json or policy.json."),
        (report([], acceptances=[{}]), "1.json: it is not a JSON report of a check."),
    ],
    ids=["missing", "error", "old", "text", "shape"],
)
def test_report_that_cannot_be_used_does_not_keep_the_others_from_being_accepted(
    content: str | None, message: str
) -> None:
    result = run("", report(DRIFT), content)
    assert (len(result["added"]), result["problems"]) == (5, [])
    (skipped,) = result["skipped"]
    assert skipped.startswith(message)


def test_connection_without_id_and_name_of_its_own_is_accepted_by_the_fingerprint() -> None:
    nameless = [
        finding(Connection(None, None, "u"), status="missing"),
        *[finding(Connection(None, "x", u), status="missing") for u in "ab"],
    ]
    nameless[2] = replace(nameless[2], fingerprint="f" * 32)
    text = accepted("", report(nameless))
    assert text.count("fingerprint: ") == 3
    assert remaining(nameless, text) == []


names = st.text(max_size=6) | st.sampled_from(["{{ x }}", "- a", "#", "'", "\u2028", "yes", "1", "a: b"])
some_values = st.recursive(
    st.none() | st.booleans() | names | st.integers(0, 9), lambda each: st.lists(each, max_size=2)
)


@given(st.lists(st.tuples(names, some_values), max_size=5), st.integers(0, 5), names.filter(str.strip))
def test_exactly_the_findings_of_the_report_are_accepted(connections: Any, first: int, reason: str) -> None:
    found = [finding(Connection(str(place), name), "tags", value) for place, (name, value) in enumerate(connections)]
    text = accepted("", report(found[:first]), reason=reason)
    assert len(remaining(found, text)) == len(found[first:])
    text = accepted(text, report(found, text), reason=reason)
    assert remaining(found, text) == []
    assert accepted(text, report(found), reason="") == text


ENTRY = "- {rule: x, id: 1, reason: r}\n"


def test_entries_of_files_and_folders_are_read_with_their_places(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(f"\ufeff# words\n{ENTRY}{ENTRY}")
    (tmp_path / "b.yaml").write_text(ENTRY)
    assert [each.source for each in read_accepted([str(tmp_path)])] == [
        {"file": f"{tmp_path}/{name}", "line": line} for name, line in (("a.yml", 2), ("a.yml", 3), ("b.yaml", 1))
    ]
    assert parse_accepted("x", "") == parse_accepted("x", "# nothing\n") == parse_accepted("x", "[]\n") == []


def test_paths_without_files_name_the_option_of_accepted_files(tmp_path: Path) -> None:
    for path, message in ((str(tmp_path), "holds no file"), (str(tmp_path / "*.yml"), "matches no file")):
        with pytest.raises(AcceptanceError, match=f"^accepted_files: .*{message}"):
            read_accepted([path])
    with pytest.raises(OptionError, match="accepted_files: '' is not a path"):
        read_accepted([""])
    with pytest.raises(AcceptanceError, match=r"known\.yml: the file of accepted findings does not exist"):
        read_accepted([str(tmp_path / "known.yml")])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: b", "line 1: it is not a list"),
        (b"- [", "line"),
        (b"- rule: x\n  rule: y\n", "line 2: the key .rule. is given twice"),
        (b"- a\n", "line 1: the entry is not a mapping"),
        (b"[]\n---\n[]\n", "not valid YAML"),
        (b"- rule: x\n  id: 1\n\n- rule: y\n  id: 1\n  reason: r\n", "line 1: the entry gives no reason"),
        (b"- rule: \xff", "is not UTF-8 text"),
        (VaultLib([("default", VaultSecret(b"x"))]).encrypt("[]"), "is encrypted by a vault. It holds no secrets; decrypt it."),
    ],
)  # fmt: skip
def test_invalid_file_is_an_error_that_names_the_place(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "accepted.yml"
    path.write_bytes(content)
    with pytest.raises(AcceptanceError, match=message):
        read_accepted([str(path)])
    with pytest.raises(AcceptanceError, match="cannot be read"):
        read_accepted(["/dev/null"])
