"""Values of fields: what the reference allows, and suggestions for misspelt values."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.field_values import problem_with
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.fields import BOOLEAN, INTEGER, TEXT, Field

CHOICE = Field("text", ("RFC 2833", "SIP INFO"))
EXTENSIBLE = Field("text", ("London, UK",), extensible=True)
RANGE = Field("integer", (), 1, 120)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (BOOLEAN, False),
        (INTEGER, -5),
        (INTEGER, "10"),
        (INTEGER, 10.0),
        (RANGE, 120),
        (RANGE, "1"),
        (TEXT, "x"),
        (TEXT, 5),
        (CHOICE, "SIP INFO"),
        (EXTENSIBLE, "London, ON"),
        (EXTENSIBLE, "Lagos, Nigeria"),
        (Field("list"), []),
    ],
    ids=str,
)
def test_problem_with_accepts_a_possible_value(field: Field, value: Any) -> None:
    assert problem_with(field, value) == ""


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        (BOOLEAN, "true", "true or false, without quotes"),
        (BOOLEAN, 1, "true or false, without quotes"),
        (INTEGER, True, "a whole number"),
        (INTEGER, 1.5, "a whole number"),
        (RANGE, 0, "from 1 to 120"),
        (RANGE, 121, "from 1 to 120"),
        (TEXT, True, "text, in quotes"),
        (TEXT, {"canary": 1}, "text, in quotes"),
        (Field("list"), "canary", "a list"),
        (CHOICE, "canary", "only RFC 2833; SIP INFO."),
        (CHOICE, "rfc4733", "Did you mean RFC 2833?"),
        (CHOICE, "sip-info", "Did you mean SIP INFO?"),
        (EXTENSIBLE, "london uk", "Did you mean London, UK?"),
    ],
    ids=str,
)
def test_problem_with_names_the_problem_without_the_value(field: Field, value: Any, problem: str) -> None:
    text = problem_with(field, value)
    assert problem in text
    assert "canary" not in text


def test_problem_with_accepts_a_boolean_where_yaml_makes_one_of_a_word() -> None:
    assert problem_with(TEXT, True, yaml_boolean=True) == ""


def test_problem_with_element_of_a_list_checks_the_element() -> None:
    codecs = Field("list", ("G722", "G711A"))
    assert problem_with(codecs, "G722", element=True) == ""
    assert "Did you mean G711A?" in problem_with(codecs, "PCMA", element=True)
