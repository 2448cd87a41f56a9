"""Ansible's values as JSON's own types."""

from __future__ import annotations

import datetime
import json
import math
import sys
from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.plain_types import require_finite, to_plain
from hypothesis import given
from hypothesis import strategies as st


class Tagged(str):
    """Stands for Ansible's own subclasses of text."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (sys.float_info.max, sys.float_info.max),
        (-sys.float_info.max, -sys.float_info.max),
        (10**300, 10**300),
        (datetime.date(2026, 11, 23), "2026-11-23"),
        ((1, {2}), [1, [2]]),
        ({1: "a"}, {"1": "a"}),
        ({Tagged("a"): [Tagged("b")]}, {"a": ["b"]}),
    ],
    ids=repr,
)
def test_value_becomes_a_plain_type(value: Any, plain: Any) -> None:
    result = to_plain(value)
    assert result == plain
    assert type(result) is type(plain)


def test_subclass_of_text_becomes_text() -> None:
    ((key, value),) = to_plain({Tagged("a"): Tagged("b")}).items()
    assert (type(key), type(value)) == (str, str)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**309], ids=str)
def test_number_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        require_finite(value)
    with pytest.raises(OptionError):
        to_plain({"a": [value]})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_json_value_stays_as_it_is(value: Any) -> None:
    assert json.dumps(to_plain(value)) == json.dumps(value)


def test_text_of_ansible_can_be_written_as_yaml() -> None:
    from ansible.utils.unsafe_proxy import wrap_var

    assert yaml.safe_dump(to_plain({"a": wrap_var("{{ b }}")})) == "a: '{{ b }}'\n"
