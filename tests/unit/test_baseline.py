"""Baselines: written stably, and shown without their secrets."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.module_utils.drift import Desired, compare
from ansible_collections.siptrunk.telnyx.plugins.module_utils.errors import DesiredError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.baseline import (
    baseline_record,
    dump,
    without_secret_text,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.text import is_odd
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import HOSTILE_NAMES

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.sampled_from(HOSTILE_NAMES)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1, max_size=9), VALUES, min_size=1))
def test_what_is_written_is_read_again(record: dict[str, Any]) -> None:
    text = dump([record])
    (again,) = yaml.safe_load(text)
    assert again == record
    assert dump([again]) == text
    assert not [char for char in text if char != "\n" and is_odd(char)]


SECRETS = """\
- id: '1'  # it was canary
  password: >
    canary
    canary
  tags: [ä, ö]
- {password: 'canary', id: '2'}
- "password": "can\\
    ary canary"
  inbound: {password: [canary, &inner {x: &short c}, canary canary canary]}
- {password: *inner, inbound: {password: *short}}
- {id: '5', ? [complex, key] : 5, ? {password: canary} : 6}
- password: new  # was canary
- password: # canary
    new
# password of the old PBX:
#   canary
- passwrod: canary
- Password: canary
- 'password ': canary
- sip_password: canary
- pwd: {canary}
- {password:canary, password canary: 1}
- onnet_t38_passthrough_enabled: seen
  ios_push_credential_id: seen
"""


def test_secrets_are_blanked_out_of_text() -> None:
    text = without_secret_text(SECRETS)
    assert "canary" not in text
    assert "tags: [ä, ö]" in text
    assert "id: '5'" in text
    assert text.count("seen") == 2
    assert "&" not in text
    assert without_secret_text("\ufeff- password: canary\n") == "- password: (hidden)\n"
    assert without_secret_text("- id: '1'  # by hand\n") == "- id: '1'  # by hand\n"
    assert without_secret_text("- id: '1'  # the secret is canary\n") == "- id: '1'  # (hidden)\n"
    for unreadable in ("password: [canary", "&all [*all]"):
        with pytest.raises(DesiredError):
            without_secret_text(unreadable)


def test_what_means_the_same_gives_the_same_baseline() -> None:
    one = {"id": "1", "tags": ["y", "x"], "rtcp_settings": {"report_frequency_secs": 5}, "updated_at": "1"}
    two = {"id": "1", "tags": ["x", "y"], "rtcp_settings": {"report_frequency_seconds": 5}, "password": "canary"}
    both = {**two, "rtcp_settings": {"report_frequency_secs": 5, "report_frequency_seconds": None}}
    assert baseline_record(one) == baseline_record(two) == baseline_record(both)
    for record in (one, two, both):
        assert compare([Desired(baseline_record(record))], [record])[0].status == "in_sync"
    assert baseline_record({"id": "1", "tags": None, "devices": [{"password": "canary", "n": 1}]}) == {
        "id": "1", "tags": None, "devices": [{"n": 1}],
    }  # fmt: skip
