"""Patterns of paths: what the option ignore leaves out."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from check_helpers import changes, drift


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ([], {"tags", "inbound.channel_limit", "outbound.channel_limit", "new.a.b"}),
        (["tags"], {"inbound.channel_limit", "outbound.channel_limit", "new.a.b"}),
        (["*.channel_limit"], {"tags", "new.a.b"}),
        (["inbound", "new.*"], {"tags", "outbound.channel_limit"}),
        (["out*.chan*"], {"tags", "inbound.channel_limit", "new.a.b"}),
        (["**.b"], {"tags", "inbound.channel_limit", "outbound.channel_limit"}),
        (["**.channel_limit", "t?gs"], {"new.a.b"}),
        (["**.**.**.**.b"], {"tags", "inbound.channel_limit", "outbound.channel_limit"}),
        (["*"], set()),
        (["**"], set()),
    ],
)
def test_ignore_leaves_out_matching_paths_and_those_below(ignore: list[str], left: set[str]) -> None:
    desired = {"tags": ["a"], "inbound": {"channel_limit": 1}, "outbound": {"channel_limit": 1}, "new": {"a": {"b": 1}}}
    live = {"tags": ["b"], "inbound": {"channel_limit": 2}, "outbound": {"channel_limit": 2}, "new": {"a": {"b": 2}}}
    assert set(changes(desired, live, ignore=ignore)) == left


@pytest.mark.parametrize(
    "pattern",
    [
        "rtcp_settings.report_frequency_secs",
        "rtcp_settings.report_frequency_seconds",
        "**.report_frequency_seconds",
        "*.report_frequency_s*",
        "rtcp*.*_seconds",
    ],
)
def test_ignore_matches_a_field_by_each_of_its_names(pattern: str) -> None:
    for name in ("report_frequency_secs", "report_frequency_seconds"):
        for other in ("report_frequency_secs", "report_frequency_seconds"):
            desired, live = {"rtcp_settings": {name: 5, "port": "rtp+1"}}, {"rtcp_settings": {other: 6, "port": "x"}}
            assert set(changes(desired, live, ignore=[pattern])) == {"rtcp_settings.port"}


@pytest.mark.parametrize("pattern", ["", "a..b", ".a"])
def test_ignore_with_an_empty_part_raises_option_error(pattern: str) -> None:
    with pytest.raises(OptionError, match="ignore"):
        drift([], [], ignore=[pattern])
