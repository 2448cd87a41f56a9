"""Fields: one name for each field, and all of them where asked."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.fields import canonical, with_all_names

SECS, SECONDS = "report_frequency_secs", "report_frequency_seconds"


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({SECS: 5}, {SECS: 5}),
        ({SECONDS: 5, "port": "rtp+1"}, {"port": "rtp+1", SECS: 5}),
        ({SECS: 5, SECONDS: 6}, {SECS: 5}),
        ({SECS: None, SECONDS: 6}, {SECS: 6}),
        (None, None),
        ("?", "?"),
    ],
)
def test_canonical_has_only_the_name_of_the_reference(part: Any, expected: Any) -> None:
    record = {"id": "1", "rtcp_settings": part}
    assert canonical(record) == {"id": "1", "rtcp_settings": expected}
    assert record == {"id": "1", "rtcp_settings": part}


@pytest.mark.parametrize("name", [SECS, SECONDS])
def test_with_all_names_has_the_value_under_each_name(name: str) -> None:
    assert with_all_names({"rtcp_settings": {name: 5}}) == {"rtcp_settings": {SECS: 5, SECONDS: 5}}


def test_with_all_names_adds_no_field_that_is_absent() -> None:
    assert with_all_names({"rtcp_settings": {"port": "rtp+1"}}) == {"rtcp_settings": {"port": "rtp+1"}}
