"""The report as JUnit XML."""

from __future__ import annotations

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model
from junitparser import Error, Failure, JUnitXml, Skipped
from report_models import compared_model, drift_model, each_model
from sandbox.account import MASK, make_connection


@each_model
def test_junit_counts_agree_with_the_findings(model: Model) -> None:
    (suite,) = JUnitXml.fromstring(FORMATS["junit.xml"](model).encode("utf-8", "replace"))
    kinds = [type(each) for case in suite for each in case.result]
    assert suite.tests == len(list(suite))
    assert (suite.failures, suite.errors, suite.skipped) == tuple(map(kinds.count, (Failure, Error, Skipped)))
    if model["error"]:
        assert kinds == [Error]
    elif model["check"] == "drift":
        expected = (3, 0, 9) if model["accepted"] else (6, 1, 41)
        assert (kinds.count(Failure), kinds.count(Skipped), suite.tests) == expected
    else:
        assert kinds.count(Failure) == len({each["rule"] for each in model["violations"]})
        assert suite.tests == len(model["rules"])


def cases_of(model: Model) -> list[tuple[str, list[str]]]:
    """The name of each test case, and the message of its results."""
    (suite,) = JUnitXml.fromstring(FORMATS["junit.xml"](model).encode("utf-8", "replace"))
    return [(case.name, [each.message for each in case.result]) for case in suite]


def test_junit_failure_names_the_fields() -> None:
    live = make_connection(1, 0)
    wanted = {"id": live["id"], "connection_name": "x", "inbound": {"channel_limit": 1}}
    ((_name, messages),) = cases_of(compared_model([Desired(wanted)], [live]))
    assert messages == ["drifted: connection_name, inbound.channel_limit"]


def test_junit_failure_names_the_ids_of_a_connection_that_was_created_again() -> None:
    live = {"id": "2", "connection_name": "x", "active": False}
    wanted = {"id": "1", "connection_name": "x", "active": True}
    model = compared_model([Desired(wanted)], [live])
    (connection,) = model["connections"]
    report = FORMATS["junit.xml"](model)
    assert 'message="recreated: id, active">' in report
    assert f'>id: expected "1", actual "2" (fingerprint {connection["fingerprint"]}) {connection["remedy"]}\n' in report


def test_junit_names_a_connection_without_a_name_or_an_id() -> None:
    model = compared_model(
        [Desired({"user_name": "who"})], [{"id": "1", "connection_name": None}], match_by="user_name"
    )
    assert [name for name, _messages in cases_of(model)] == ["(no name) (no id)", "(no name) (1)"]


def test_junit_has_two_cases_with_different_names_for_a_change_and_a_masked_password() -> None:
    live = {"id": "1", "connection_name": "a", "active": False, "password": MASK}
    model = compared_model([Desired({"id": "1", "active": True, "password": "one"})], [live])
    assert [name for name, _messages in cases_of(model)] == ["a (1)", "a (1): password"]
    assert "connections compared: 1" in model["summary"]


def test_junit_unverifiable_says_that_the_password_is_masked() -> None:
    messages = [each for _name, messages in cases_of(drift_model()) for each in messages]
    (message,) = [each for each in messages if each.startswith("unverifiable")]
    assert message.startswith(
        "unverifiable: the API masks the password, so it could not be compared; updated_at: 2023-"
    )
