"""Leases in a cache plugin: which are accepted. What several runs do with them is tested in tests/ee/test_redis.py."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._cached_listing import EntryError, authenticated, pack
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading_lease import Lease, unpack_lease

VALUES: dict[str, Any] = {"api_key": "KEY_ONE"}


def test_unpack_of_a_lease_returns_it() -> None:
    entry = authenticated("lease", '["run", 1.5, 300]', VALUES)
    assert unpack_lease(entry, VALUES) == Lease("run", 1.5, 300)


def test_unpack_of_a_lease_of_another_key_or_of_a_listing_is_refused() -> None:
    with pytest.raises(EntryError, match="API key"):
        unpack_lease(authenticated("lease", '["run", 1, 300]', {"api_key": "KEY_TWO"}), VALUES)
    listing = pack([], VALUES)
    with pytest.raises(EntryError, match="not an entry"):
        unpack_lease(listing, VALUES)
    with pytest.raises(EntryError, match="changed since"):
        unpack_lease({"lease": listing["listing"], "code": listing["code"]}, VALUES)


NO_LEASES = (
    *("", "{}", "[]", "5", '"x"', '["run", 1]', '["run", 1, 2, 3]', "[1, 1, 1]", '["run", "1", 1]', '["run", 1, null]'),
    *(
        '["run", 1, -1]',
        '["run", -1, 1]',
        '["run", 1, NaN]',
        '["run", NaN, 1]',
        f'["run", {10**400}, 1]',
        '{"a": 1, "b": 2, "c": 3}',
        "[" * 100_000,
    ),
)


@pytest.mark.parametrize("text", NO_LEASES)
def test_unpack_of_another_text_is_refused(text: str) -> None:
    with pytest.raises(EntryError, match="not a lease"):
        unpack_lease(authenticated("lease", text, VALUES), VALUES)
