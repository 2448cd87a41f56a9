"""The report as JUnit XML."""

from __future__ import annotations

from collections import Counter

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.results import DRIFT_STATUSES
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import Report
from junitparser import Error, Failure, JUnitXml, Skipped
from report_models import drift_report, each_report
from sandbox.account import MASK, make_connection


@each_report
def test_junit_counts_agree_with_the_findings(report: Report) -> None:
    (suite,) = JUnitXml.fromstring(FORMATS["junit.xml"](report).encode("utf-8", "replace"))
    kinds = [type(each) for case in suite for each in case.result]
    assert suite.tests == len(list(suite))
    assert (suite.failures, suite.errors, suite.skipped) == tuple(map(kinds.count, (Failure, Error, Skipped)))
    if report.error:
        assert kinds == [Error]
    elif report.check == "drift":
        by_status = Counter(status for _connection, status in report.connections)
        assert kinds.count(Skipped) == by_status["unverifiable"]
        assert kinds.count(Failure) == sum(by_status[status] for status in DRIFT_STATUSES)
        assert suite.tests == len(report.connections)
    else:
        assert kinds.count(Failure) == len({each.rule for each in report.findings})
        assert suite.tests == len(report.rules)


def cases_of(report: Report) -> list[tuple[str, list[str]]]:
    """The name of each test case, and the message of its results."""
    (suite,) = JUnitXml.fromstring(FORMATS["junit.xml"](report).encode("utf-8", "replace"))
    return [(case.name, [each.message for each in case.result]) for case in suite]


def test_junit_failure_names_the_fields() -> None:
    live = make_connection(1, 0)
    wanted = {"id": live["id"], "connection_name": "x", "inbound": {"channel_limit": 1}}
    ((_name, messages),) = cases_of(drift_report([Desired(wanted)], [live]))
    assert messages == ["drifted: connection_name, inbound.channel_limit"]


def test_junit_failure_names_the_ids_of_a_connection_that_was_created_again() -> None:
    live = {"id": "2", "connection_name": "x", "active": False}
    wanted = {"id": "1", "connection_name": "x", "active": True}
    report = drift_report([Desired(wanted)], [live])
    recreated, active = report.findings
    text = FORMATS["junit.xml"](report)
    assert 'message="recreated: recreated, active">' in text
    assert f"(before 1, now 2) (fingerprint {recreated.fingerprint}). {recreated.remedy}\n" in text
    assert f"active: expected true, actual false (fingerprint {active.fingerprint}). {active.remedy}" in text


def test_junit_names_a_connection_without_a_name_or_an_id() -> None:
    report = drift_report([Desired({"user_name": "who"})], [{"id": "1", "connection_name": None}], match_by="user_name")
    assert [name for name, _messages in cases_of(report)] == ["who (no id)", "(no name) (1)"]


def test_junit_has_one_case_for_a_change_and_a_masked_password() -> None:
    live = {"id": "1", "connection_name": "a", "active": False, "password": MASK}
    desired = {"id": "1", "active": True, "password": "one"}
    ((name, messages),) = cases_of(drift_report([Desired(desired)], [live]))
    assert (name, messages) == ("a (1)", ["drifted: active, password"])
    ((_name, messages),) = cases_of(drift_report([Desired({**desired, "active": False})], [live]))
    assert messages == ["unverifiable: The API masks the password, so it could not be compared"]
