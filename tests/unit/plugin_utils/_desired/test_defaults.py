"""Files with defaults for their connections: what the records are, which files are refused, and how they are updated."""

from __future__ import annotations

import copy
import json
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import compare
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline import baseline_record
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline_file import known_fields
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline_update import update_files
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.defaults import own_fields, with_defaults
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.files import read_desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import Loader
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_writer import dump
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import make_connection

Record = dict[str, Any]
VAULT = VaultLib([])


def read(folder: Path, text: str, name: str = "f.yml") -> list[Any]:
    (folder / name).write_text(text)
    return read_desired([str(folder / name)], VAULT)


def update(text: str, live: list[Record]) -> str:
    """Return what the module writes to a single file."""
    return update_files({"f.yml": text}, live, VAULT, file_of_id={}, add_to="f.yml")["f.yml"] or ""


DEFAULTS = {"active": True, "tags": ["x"], "inbound": {"channel_limit": 5, "codecs": ["G722"]}, "dtmf_type": None}


@pytest.mark.parametrize(
    ("record", "merged"),
    [
        ({"id": "1"}, {"id": "1", **DEFAULTS}),
        ({"id": "1", "active": False}, {**DEFAULTS, "id": "1", "active": False}),
        ({"id": "1", "active": None}, {**DEFAULTS, "id": "1", "active": None}),
        ({"tags": []}, {**DEFAULTS, "tags": []}),
        ({"inbound": None}, {**DEFAULTS, "inbound": None}),
        ({"inbound": {}}, DEFAULTS),
        ({"inbound": {"codecs": ["G711A"]}}, {**DEFAULTS, "inbound": {"channel_limit": 5, "codecs": ["G711A"]}}),
        ({"inbound": {"channel_limit": None, "timeout_1xx_secs": 3}},
         {**DEFAULTS, "inbound": {"channel_limit": None, "codecs": ["G722"], "timeout_1xx_secs": 3}}),
        ({"dtmf_type": "Inband"}, {**DEFAULTS, "dtmf_type": "Inband"}),
        (["no mapping"], ["no mapping"]),
    ],
    ids=str,
)  # fmt: skip
def test_own_value_of_a_record_takes_precedence_at_every_depth(record: Any, merged: Any) -> None:
    before = copy.deepcopy(DEFAULTS)
    assert with_defaults(record, DEFAULTS) == merged
    assert before == DEFAULTS


def test_field_counts_under_both_its_names() -> None:
    defaults = {"rtcp_settings": {"report_frequency_secs": 5, "port": "rtp+1"}}
    for value in (9, None):
        record = {"rtcp_settings": {"report_frequency_seconds": value}}
        assert with_defaults(record, defaults) == {
            "rtcp_settings": {"report_frequency_seconds": value, "port": "rtp+1"}
        }


YAML = """\
# Our trunks.
defaults:
  dtmf_type: SIP INFO
  webhook_api_version: 2
  inbound: {channel_limit: 5}
connections:
- connection_name: 2.10
  id: '1'

- id: '2'
  connection_name: Paris
  inbound:
    channel_limit: null
"""


def test_record_of_yaml_and_json_has_its_own_line_and_the_defaults_are_text(tmp_path: Path) -> None:
    first = {"connection_name": "2.10", "id": "1", "inbound": {"channel_limit": 5}}
    second = {"connection_name": "Paris", "id": "2", "inbound": {"channel_limit": None}}
    expected = [{"dtmf_type": "SIP INFO", "webhook_api_version": "2", **each} for each in (first, second)]
    found = read(tmp_path, YAML)
    assert [(each.record, each.line) for each in found] == list(zip(expected, (7, 10)))
    content: Record = {
        "connections": [{"connection_name": 2, "id": "1"}, {"id": "2", "inbound": {"channel_limit": None}}],
        "defaults": {"webhook_api_version": 2, "inbound": {"channel_limit": 5}},
    }
    found = read(tmp_path, json.dumps(content, indent=1), "f.json")
    assert [(each.record, each.line) for each in found] == [
        ({"connection_name": "2", "id": "1", **content["defaults"], "webhook_api_version": "2"}, 3),
        ({"id": "2", "inbound": {"channel_limit": None}, "webhook_api_version": "2"}, 7),
    ]
    for text in ('{"connections": []}', '{"defaults": null, "connections": []}', '{"connections": [], "defaults": {}}'):
        for name in ("f.yml", "f.json"):
            assert read(tmp_path, text, name) == []
    assert read(tmp_path, "connections:\n- id: '1'\ndefaults:\n")[0].record == {"id": "1"}


@pytest.mark.parametrize("name", ["f.yml", "f.json"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n"default": {}, "connections": []}', "line 2: the key 'default' is unknown .* (did you mean defaults?)"),
        ('{"defaults": {},\n"conections": []}', "line 2: the key 'conections' is .* (did you mean connections?)"),
        ('{"defaults": {}, "id": "1"}', "line 1: the key 'id' is unknown beside defaults and connections."),
        ('{"defaults": {}, "canary secret": "1"}', "line 1: the key (not shown: it may contain a secret) is unknown"),
        ('{"defaults": {}}', "line 1: it has defaults, but no connections"),
        ('{"connections": [],\n"connections": []}', "line 2: the key 'connections' is given twice"),
        ('{"connections":\nnull}', "connections is not a list; without connections it is []"),
        ('{"connections":\n{"id": "1"}}', "line 2: connections is not a list"),
        ('{"connections": [], "defaults":\n[]}', "line 2: defaults is not a mapping of a connection's fields"),
        ('{"connections": [], "defaults":\n{"id": null}}', "line 2: defaults has the field id, which each connection must"),
        ('{"connections": [], "defaults": {"connection_name": "a"}}', "defaults has the field connection_name"),
        ('{"connections": [], "defaults": {"user_name": "a"}}', "defaults has the field user_name"),
        ('{"connections": [], "defaults": {"password": "canary"}}', "defaults has the field password"),
        ('{"connections": [], "defaults": {"x": [{"password": "canary"}]}}', "defaults has the field password"),
        ('{"connections": [], "defaults": {"active": 1, "active": 2}}', "line 1: the key 'active' is given twice"),
        ('{"connections": [{"id": 1, "id": 2}]}', "line 1: the key 'id' is given twice"),
        ('{"connections": [],', "is not valid"),
        ('{"connections": [{"id": "1"}', "is not valid"),
    ],
)  # fmt: skip
def test_invalid_file_with_defaults_is_refused_with_its_line(
    tmp_path: Path, text: str, message: str, name: str
) -> None:
    with pytest.raises(DesiredError) as caught:
        read(tmp_path, text, name)
    pattern = ".*".join(map(re.escape, message.split(".*")))
    assert re.search(pattern, str(caught.value)), str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("defaults", "message"),
    [
        ("actve: true", "line 2: no connection has the field 'actve' (did you mean active?)"),
        ("encrypted_media: srtp", "line 2: encrypted_media:"),
        ("inbound: {codecs: [PCMA]}", "line 2: inbound.codecs:"),
        ("inbound: 5", "line 2: inbound: it must be a mapping"),
    ],
)
def test_mistake_in_the_defaults_is_reported_with_their_line(tmp_path: Path, defaults: str, message: str) -> None:
    desired = read(tmp_path, f"defaults:\n  {defaults}\nconnections:\n- id: '1'\n- id: '2'\n  active: true\n")
    with pytest.raises(DesiredError) as caught:
        compare(desired, [{"id": "1"}])
    assert message in str(caught.value)


def test_change_of_a_default_is_drift_of_each_record_that_has_no_own_value(tmp_path: Path) -> None:
    live: list[Record] = [
        {"id": "1", "connection_name": "2.10", "dtmf_type": "Inband", "webhook_api_version": "2", "inbound": {"channel_limit": 5}},
        {"id": "2", "connection_name": "Paris", "dtmf_type": "SIP INFO", "webhook_api_version": "2", "inbound": None},
    ]  # fmt: skip
    (first, second) = compare(read(tmp_path, YAML), live)
    assert [".".join(change.path) for change in first.changes] == ["dtmf_type"]
    assert first.as_dict(None)["source"]["line"] == 7
    assert second.status == "in_sync"


EDITED = """\
# Our trunks.
defaults:  # of all
  active: true
  tags: [b, a]
  inbound: {channel_limit: 5, codecs: [G722]}
connections:
  # The head office.
  - connection_name: Berlin
    id: '1'
    password: mine
    # the end of Berlin

  - {id: '2', connection_name: Paris}   # flow
  # Own values.
  - id: '3'
    active: false
    inbound:  # narrow
      channel_limit: 9
# Nothing follows.
"""


def account(**changes: Record) -> list[Record]:
    """Return the account of the file, with fields of connections changed: ``_1`` is the one with the id 1."""
    common = {"active": True, "tags": ["a", "b"], "inbound": {"channel_limit": 5, "codecs": ["G722"]}, "user_name": "u"}
    live = [
        {**common, "id": "1", "connection_name": "Berlin"},
        {**common, "id": "2", "connection_name": "Paris"},
        {**common, "id": "3", "connection_name": "Rome", "active": False, "inbound": {"channel_limit": 9, "codecs": ["G722"]}},
    ]  # fmt: skip
    return [{**record, **changes.get(f"_{record['id']}", {})} for record in live]


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        ({}, "", ""),
        ({"_1": {"active": False}}, "    password: mine\n", "    password: mine\n    active: false\n"),
        ({"_1": {"connection_name": "Bonn"}}, "Berlin", "Bonn"),
        ({"_1": {"tags": ["c", "d"]}}, "    password: mine\n", "    password: mine\n    tags:\n    - c\n    - d\n"),
        ({"_1": {"tags": None}}, "    password: mine\n", "    password: mine\n    tags: null\n"),
        ({"_1": {"inbound": {"channel_limit": 7, "codecs": ["G722"]}}},
         "    password: mine\n", "    password: mine\n    inbound:\n      channel_limit: 7\n"),
        ({"_1": {"inbound": None, "active": None}}, "    password: mine\n",
         "    password: mine\n    active: null\n    inbound:\n      channel_limit: null\n      codecs: null\n"),
        ({"_2": {"active": False, "inbound": {"channel_limit": 5, "codecs": ["OPUS"]}}},
         "Paris}", "Paris, active: false, inbound: {codecs: [OPUS]}}"),
        ({"_3": {"active": True}}, "active: false", "active: true"),
        ({"_3": {"inbound": {"channel_limit": 9, "codecs": []}}}, "channel_limit: 9\n", "channel_limit: 9\n      codecs: []\n"),
        ({"_3": {"inbound": {"channel_limit": 8, "codecs": ["OPUS"]}, "tags": []}}, "channel_limit: 9\n",
         "channel_limit: 8\n      codecs:\n      - OPUS\n    tags: []\n"),
    ],
    ids=str,
)  # fmt: skip
def test_only_the_records_that_differ_get_a_value_of_their_own(changes: Any, old: str, new: str) -> None:
    live = account(**changes)
    result = update(EDITED, live)
    assert result == EDITED.replace(old, new, 1)
    assert update(result, live) == result
    assert update(EDITED.replace("\n", "\r\n"), live) == result.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- {id: '1'}\n", "- {id: '1', active: false}\n"),
        ("- {id: '1',}  # why\n", "- {id: '1', active: false,}  # why\n"),
        ("- {id: '1', # why\n   mine: 1\n  }\n", "- {id: '1', # why\n   mine: 1, active: false\n  }\n"),
        ("- id: '1'\n  outbound: {}\n", "- id: '1'\n  outbound: {}\n  active: false\n"),
        ("-\n    id: '1'\n    mine:", "-\n    id: '1'\n    mine:\n    active: false"),
        ("- id: &x '1'\n  mine: *x # why\n\n# end\n", "- id: &x '1'\n  mine: *x # why\n  active: false\n\n# end\n"),
        ("- id: '1'\n  mine: |\n    text\n\n    text\n", "- id: '1'\n  mine: |\n    text\n\n    text\n  active: false\n"),
        ("- id: '1'\n  mine:\n  - x\n  # the end\n", "- id: '1'\n  mine:\n  - x\n  active: false\n  # the end\n"),
        ("- id: '1'\n  <<: {mine: 1}\n", "- id: '1'\n  <<: {mine: 1}\n  active: false\n"),
    ],
)  # fmt: skip
def test_field_is_added_at_the_end_of_any_mapping(before: str, after: str) -> None:
    head = "defaults: {active: true}\nconnections:\n"
    assert update(head + before, [{"id": "1", "active": False}]) == head + after


def test_new_connection_has_only_what_differs_from_the_defaults() -> None:
    new = {**account()[0], "id": "4", "connection_name": "Oslo", "inbound": {"channel_limit": 5, "codecs": ["G711A"]}}
    item = "  - connection_name: Oslo\n    id: '4'\n    inbound:\n      codecs:\n      - G711A\n    user_name: u\n"
    assert update(EDITED, [*account(), new]) == EDITED.replace("# Nothing", f"{item}# Nothing")
    absent = {"id": "4", "connection_name": "Oslo", "tags": ["b", "a"], "inbound": {"codecs": ["G722"]}}
    item = "  - connection_name: Oslo\n    id: '4'\n    active: null\n    inbound:\n      channel_limit: null\n"
    assert update(EDITED, [*account(), absent]) == EDITED.replace("# Nothing", f"{item}# Nothing")


def test_list_of_connections_becomes_empty_and_is_filled_again() -> None:
    nothing = update(EDITED, [])
    start = EDITED[: EDITED.index("  - connection_name: Berlin")]
    assert nothing == f"{start}  []\n# Nothing follows.\n"
    new = {**account()[0], "user_name": None}
    item = "- connection_name: Berlin\n  id: '1'\n  user_name: null\n"
    assert update(nothing, [new]) == nothing.replace("  []\n", item)
    for text in ("defaults: {active: true}\nconnections: []\n", "defaults: {active: true}\nconnections:\n  []\n"):
        filled = update(text, [{"id": "1", "connection_name": "Berlin", "active": True}])
        assert filled == "defaults: {active: true}\nconnections:\n- connection_name: Berlin\n  id: '1'\n"
        assert update(filled, []) == "defaults: {active: true}\nconnections:\n  []\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("defaults: {active: false}\nconnections:\n- &a {id: '1'}\n- {id: '2', x: *a}\n", "line 3: active of the connection '1'"),
        ("defaults: {active: false}\nconnections:\n- {id: '1', x: &x 1}\n- {id: '2', y: *x}\n", "line 4: active of the connection '2'"),
        ("defaults: {active: false}\nconnections:\n- {id: '1', x: &x 1}\n- id: '2'\n  y:\n    *x\n", "line 4: active of"),
        ("defaults: {inbound: {channel_limit: 1, codecs: []}}\nconnections:\n- {id: '1', <<: {inbound: {codecs: [G722]}}}\n",
         "line 3: inbound.channel_limit of the connection '1' changed in the account, and cannot be changed"),
        ("{defaults: {}, connections: [{id: '1'}]}", "each record on lines of its own"),
        ("{connections: []}", "its list is within brackets"),
        ("{connections: [], default: {}}", "line 1: the key 'default' is unknown"),
        ("defaults: {password: canary}\nconnections: []\n", "line 1: defaults has the field password"),
    ],
)  # fmt: skip
def test_file_with_defaults_that_cannot_be_updated_is_refused(text: str, message: str) -> None:
    with pytest.raises(DesiredError) as caught:
        update(text, account()[:2])
    assert message in str(caught.value)
    assert "canary" not in str(caught.value)


PATHS = [
    ("active",),
    ("tags",),
    ("dtmf_type",),
    ("inbound", "codecs"),
    ("inbound", "channel_limit"),
    ("outbound", "localization"),
]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(0, 3), st.lists(st.sampled_from(["a", "b", "#c: d"]), max_size=3)
)
FIELDS = st.dictionaries(st.sampled_from(PATHS), VALUES, max_size=5)


def with_fields(record: Record, fields: dict[tuple[str, ...], Any]) -> Record:
    record = copy.deepcopy(record)
    for (*above, name), value in fields.items():
        part = record
        for each in above:
            part[each] = part.get(each) or {}
            part = part[each]
        part[name] = value
    return record


@given(FIELDS, st.lists(FIELDS, min_size=3, max_size=3), st.lists(FIELDS, min_size=4, max_size=4), st.booleans())
def test_updated_file_with_defaults_holds_the_account_and_changes_nothing_else(
    common: Any, before: Any, after: Any, flow: bool
) -> None:
    defaults = with_fields({}, common)
    start = [make_connection(3, place) for place in range(4)]
    old = [with_fields(record, fields) for record, fields in zip(start, before)]
    known = known_fields(old)
    records = [own_fields(baseline_record(record), defaults, known, others=True) for record in old]
    head = f"defaults:\n{textwrap.indent(dump(defaults), '  ')}connections:\n"
    items = [f"- {dump(each, flow=True)}" if flow else dump([each]) for each in records]
    text = head + "".join(items)
    assert update(text, old) == text
    live = [with_fields(record, fields) for record, fields in zip([*old, start[3]], after)]
    result = update(text, live)
    assert result.startswith(head)
    for record, was, item in zip(live, old, items):
        assert repr(record) != repr(was) or item in result
    assert update(result, live) == result
    for record, wanted in zip(live, yaml.load(result, Loader)["connections"]):
        assert own_fields(record, with_defaults(wanted, defaults), known_fields(live), others=False) == {}
    again = own_fields(baseline_record(live[3]), defaults, known_fields(live), others=True)
    assert result.endswith(dump([again]))
