"""The options of plugins on the controller."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.errors import AnsibleError, AnsibleLookupError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.argument_spec import ENV, KEY_OPTIONS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.plugin_options import (
    FROM_VARS,
    KEY_HINT,
    VARS_PREFIX,
    check_names,
    errors_as,
    flat_terms,
)


def test_key_hint_names_every_way_to_set_a_key() -> None:
    ways = {way for name in KEY_OPTIONS for way in (name, VARS_PREFIX + name, ENV[name])}
    assert ways <= set(re.findall(r"\w+", KEY_HINT))


def test_options_that_select_connections_cannot_be_set_by_a_variable() -> None:
    assert {"api_key", "timeout", "cache_timeout"} <= set(FROM_VARS)
    assert not {"query", "connection_name_contains", "include_passwords", "refresh", "connections"} & set(FROM_VARS)


def test_check_names_suggests_a_similar_name() -> None:
    check_names(["timeout"], ["timeout", "retries"])
    with pytest.raises(OptionError, match=r"^timeuot: there is no such option\. Did you mean timeout\?$"):
        check_names(["retries", "timeuot"], ["timeout", "retries"])


@pytest.mark.parametrize(
    ("raised", "expected", "message"),
    [
        (OptionError("query", "is wrong."), AnsibleLookupError, "^siptrunk.telnyx: query: is wrong.$"),
        (AnsibleError("from Ansible"), AnsibleError, "^from Ansible$"),
        (ZeroDivisionError("a bug"), ZeroDivisionError, "^a bug$"),
    ],
)
def test_errors_as_translates_only_the_errors_of_the_collection(
    raised: Exception, expected: type[Exception], message: str
) -> None:
    with pytest.raises(expected, match=message) as caught, errors_as(AnsibleLookupError):
        raise raised
    assert caught.type is expected
    assert caught.value.__cause__ is None


def test_flat_terms_flattens_lists_and_accepts_numbers() -> None:
    assert flat_terms(["a", ["b", ("c", 5)], []]) == ["a", "b", "c", "5"]


@pytest.mark.parametrize("term", [True, None, 1.5, {"id": "1"}])
def test_flat_terms_refuses_what_cannot_be_a_term(term: Any) -> None:
    with pytest.raises(OptionError, match=r"^_terms: each must be an id"):
        flat_terms([[term]])
