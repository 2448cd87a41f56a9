"""Errors of the collection: copies with a context or with other texts."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import (
    AmbiguousError,
    ApiError,
    MissingLibraryError,
    OptionError,
    TelnyxError,
    TransportError,
)

ERRORS = [
    TransportError("No response.", "Try again."),
    OptionError("sort", "is wrong."),
    MissingLibraryError("requests", "python"),
    ApiError("HTTP 400.", "Check it.", status=400, code="1", title="t", detail="d", request_id="r"),
    AmbiguousError("name", "user_name", ["1", "2"]),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda each: each.kind)
def test_with_context_returns_a_copy_with_another_message(error: TelnyxError) -> None:
    before = error.as_dict()
    copy = error.with_context("GET /x")
    assert type(copy) is type(error)
    assert copy.as_dict() == {**before, "message": f"GET /x: {error.message}"}
    assert str(copy) == f"GET /x: {error}"
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
