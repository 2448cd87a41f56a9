"""Ansible's values as JSON's own types."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._plain_types import to_plain


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 10**400])
def test_a_number_that_json_does_not_have_is_refused(value: float) -> None:
    with pytest.raises(OptionError):
        to_plain({"a": [value]})


def test_plain() -> None:
    class Tagged(str):
        __slots__ = ()

    value = to_plain({Tagged("a"): (Tagged("b"), 1, 1.5, None, True, {Tagged("c")})})
    assert value == {"a": ["b", 1, 1.5, None, True, ["c"]]}
    assert not isinstance(value["a"][0], Tagged)
