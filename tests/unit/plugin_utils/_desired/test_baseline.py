"""Baselines: written stably, and shown without their secrets."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.siptrunk.telnyx.plugins.action.credential_connections_baseline import _paths
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.drift import compare
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import is_odd
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline import (
    baseline_record,
    dump,
    without_secret_text,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import Loader
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
    (again,) = yaml.load(text, Loader)
    assert again == record
    assert dump([again]) == text
    assert not [char for char in text if char != "\n" and is_odd(char)]


def test_a_record_begins_with_its_name_and_its_id() -> None:
    record = {"active": True, "id": "1", "tags": [{"id": 1, "connection_name": "x"}], "connection_name": "z", "z": 1}
    assert dump([record]).split() == (
        [
            "-",
            "connection_name:",
            "z",
            "id:",
            "'1'",
            "active:",
            "true",
            "tags:",
            "-",
            "connection_name:",
            "x",
            "id:",
            "1",
            "z:",
            "1",
        ]
    )
    assert list(yaml.safe_load(dump(record))) == ["connection_name", "id", "active", "tags", "z"]
    assert dump([{"b": [1, {"d": 1, "c": "x, y"}]}], flow=True) == "[{b: [1, {c: 'x, y', d: 1}]}]\n"


@pytest.mark.parametrize("begin", ["{{ x }}", "a {% if x %}", "{#", "#jinja2: variable_start_string:'[%'\n[% x"])
def test_what_a_template_could_begin_with_is_marked_as_unsafe(begin: str) -> None:
    text = dump([{begin: [begin], "name": f"#{begin}" if "jinja" in begin else begin}])
    assert text.count("!unsafe") == (2 if "jinja" in begin else 3)
    assert "!unsafe" not in dump([{"name": "{ x } # %}", "#jinja": "x #jinja2: y"}])


def test_characters_beyond_the_first_plane_are_escaped_in_full() -> None:
    assert dump("\U000e0067\u202e").lower() == '"\\u000e0067\\u202e"\n'
    assert yaml.safe_load(dump("\U000e0067\u202e")) == "\U000e0067\u202e"


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


@given(st.lists(st.text("aAbBßſKk/._-1", min_size=1, max_size=4), unique=True, max_size=12), st.booleans())
def test_no_two_connections_share_a_file_where_case_is_ignored(ids: list[str], same_name: bool) -> None:
    records = [{"id": each, "connection_name": "Berlin" if same_name else each} for each in ids]
    paths = _paths("account", records)
    assert [record["id"] for record in paths.values()] == ids
    assert len({path.casefold() for path in paths}) == len({path.lower() for path in paths}) == len(ids)


def test_the_file_of_a_connection_has_its_name_and_its_id() -> None:
    assert list(_paths("d", [{"id": "7", "connection_name": "Bürö 1"}, {"id": "8"}])) == ["d/b-r-1.7.yml", "d/8.yml"]
    one, two = list(_paths("d", [{"id": "aB"}, {"id": "Ab"}]))
    assert one.startswith("d/aB.")
    assert two.startswith("d/Ab.")
    assert one.lower() != two.lower()
