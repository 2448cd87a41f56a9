"""User names that are easy to guess."""

from __future__ import annotations

import random
import string
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.user_names import user_name_weakness

WEAK = [
    *("", None, "1001", "15125550100", "admin01", "ab12", "aaaaaaab"),
    *(
        "password1",
        "abcd1234",
        "qwertyui",
        "ext10001",
        "extension100",
        "1000admin",
        "telnyxuser",
        "sip_trunk_1",
        "Test99User",
    ),
]


STRONG = ["k7q2mzr9", "berlin00001"]


@pytest.mark.parametrize("name", [*WEAK, *STRONG])
def test_user_name_weakness_is_found_in_weak_names_only(name: Any) -> None:
    assert (user_name_weakness(name) is not None) == (name in WEAK)


def test_user_name_weakness_accepts_random_names() -> None:
    letters, source = string.ascii_lowercase + string.digits, random.Random(11)
    names = ["".join(source.choices(letters, k=12)) for _each in range(10_000)]
    assert [name for name in names if user_name_weakness(name)] == []
