"""The errors: what a user gets of them, and how they come to another process."""

from __future__ import annotations

import json

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _errors as errors
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TelnyxError

ERRORS: list[TelnyxError] = [
    errors.InternalError("It is a bug.", "Report it."),
    errors.OptionError("timeout", "must be greater than 0.", "Set it."),
    errors.MissingLibraryError("requests"),
    errors.TransportError("No connection.", ""),
    errors.ResponseError("Not JSON."),
    errors.ApiError("HTTP 422", "See there.", status=422, code="10015", title="Bad", detail="é", request_id="1"),
    errors.AuthenticationError("HTTP 401", "Check the key.", status=401),
    errors.IncompleteError("It changed."),
    errors.SnapshotError("It is too old.", "Write it again."),
    errors.QueryError("Character 4."),
    errors.NotFoundError("No connection."),
    errors.AmbiguousError("twin", "connection_name", [str(number) for number in range(30)]),
    errors.DesiredError("Line 1."),
    errors.RuleError("No such rule."),
    errors.AcceptanceError("No reason."),
    errors.TooFewConnectionsError(1, 2, "lower it"),
    errors.ReportError("No space left."),
    errors.SipConfigError("No user name."),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.kind)
def test_error_from_json_equals_the_original(error: TelnyxError) -> None:
    restored = TelnyxError.from_json(error.to_json())
    assert type(restored) is type(error)
    assert str(restored) == str(error)
    assert restored.as_dict() == error.as_dict()
    assert vars(restored) == vars(error)


def test_every_error_class_has_a_kind_of_its_own() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, TelnyxError)]
    assert {type(error) for error in ERRORS} == {each for each in classes if each is not TelnyxError}
    assert len({each.kind for each in classes}) == len(classes)


def test_as_dict_has_the_fields_of_the_class_in_json_types() -> None:
    api_error = errors.ApiError(
        "HTTP 422", "See there.", status=422, code="10015", title="Bad", detail="", request_id="1"
    )
    assert api_error.as_dict() == {
        "kind": "api",
        "message": "HTTP 422",
        "hint": "See there.",
        "status": 422,
        "code": "10015",
        "title": "Bad",
        "detail": "",
        "request_id": "1",
    }
    for error in ERRORS:
        assert json.loads(json.dumps(error.as_dict())) == error.as_dict()


@pytest.mark.parametrize("error", ERRORS, ids=lambda each: each.kind)
def test_with_context_returns_a_copy_with_another_message(error: TelnyxError) -> None:
    before = error.as_dict()
    copy = error.with_context("GET /x")
    assert type(copy) is type(error)
    assert vars(copy) == {**vars(error), "message": f"GET /x: {error.message}"}
    assert copy.args == (copy.message,)
    assert error.as_dict() == before


@pytest.mark.parametrize("error", ERRORS, ids=lambda each: each.kind)
def test_with_strings_returns_a_copy_with_every_string_changed(error: TelnyxError) -> None:
    before = error.as_dict()
    copy = error.with_strings(str.upper)
    assert type(copy) is type(error)
    assert str(copy) == str(error).upper()
    assert str(vars(copy)).upper() == str(vars(error)).upper()
    assert vars(copy) != vars(error)
    assert copy.args == (copy.message,)
    assert error.as_dict() == before
