"""Findings as plain data, and back; their fingerprints: what they depend on, and that no two findings share one."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.findings import Finding, fingerprint
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import Report
from check_helpers import drift, in_file
from hypothesis import given
from hypothesis import strategies as st
from report_models import CANARY, each_report

EXAMPLE = "e448784fd345ec67cd941aafeaa5f270"  # the documentation has this example, too
PARTS = st.tuples(
    st.sampled_from(["drift", "policy"]),
    st.text("a:", max_size=2),
    st.one_of(
        st.tuples(st.just("id"), st.text('1",', max_size=2)),
        st.tuples(st.just("name"), st.one_of(st.none(), st.text('1",', max_size=2), st.integers(0, 1), st.booleans())),
    ),
    st.tuples(st.sampled_from(["path", "status", "rule"]), st.text('a"]', max_size=2)),
)


def test_fingerprint_is_the_documented_one() -> None:
    # Other programs rely on it.
    assert fingerprint("drift", None, ("id", "1700000001000000000"), ("path", "inbound.codecs")) == EXAMPLE


@given(PARTS, PARTS)
def test_two_findings_have_different_fingerprints(one: Any, two: Any) -> None:
    # repr, because in Python True == 1, which are different names.
    assert (fingerprint(*one) == fingerprint(*two)) is (repr(one) == repr(two))


def findings(desired: list[Desired], live: list[dict[str, Any]], account: str | None = None) -> set[str]:
    return {each.fingerprint for each in drift(desired, live, account=account).findings}


def test_missing_connections_without_a_name_differ_by_their_user_names() -> None:
    records: list[dict[str, Any]] = [{"user_name": user} for user in ("a", "b")]
    records += [{"user_name": user, "connection_name": "same"} for user in ("c", "d")]
    assert len({each.fingerprint for each in drift(records, [], match_by="user_name").findings}) == 4


def test_fingerprints_do_not_depend_on_order_file_line_or_value() -> None:
    live = [{"id": str(number), "connection_name": f"n{number}", "active": True, "tags": []} for number in range(20)]
    records: list[dict[str, Any]] = [{**record, "active": False, "tags": ["x"]} for record in live[5:]]
    records.append({"connection_name": "gone", "active": True})
    first = findings([in_file(record, "a.yml", line) for line, record in enumerate(records, 1)], live)
    assert len(first) == 2 * 15 + 5 + 1
    shuffled = random.Random(1).sample(records, len(records))
    other = [{**record, "tags": ["y"]} if "tags" in record else record for record in shuffled]
    assert findings([in_file(record, "b.yml", 900 - line) for line, record in enumerate(other)], live[::-1]) == first
    assert findings([Desired(record) for record in records], live, "berlin").isdisjoint(first)


@each_report
def test_finding_comes_back_from_plain_data_without_secrets(report: Report) -> None:
    for each in (*report.findings, *report.accepted, *report.resolved):
        values = each.as_dict()
        assert Finding.from_dict(values) == each
        assert Finding.from_dict(values).as_dict() == values
        assert CANARY not in str(values)
        assert "compared" not in values
        with pytest.raises(dataclasses.FrozenInstanceError):
            each.status = "in_sync"  # type: ignore[misc]


@each_report
def test_each_finding_has_a_fingerprint_of_its_own(report: Report) -> None:
    fingerprints = [each.fingerprint for each in (*report.findings, *report.accepted)]
    assert len(set(fingerprints)) == len(fingerprints)
