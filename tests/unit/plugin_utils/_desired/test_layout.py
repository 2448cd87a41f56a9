# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of desired connections in their layouts: lists, records, and defaults with connections."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.files import read_desired

VAULT = VaultLib([])


def read(folder: Path, text: str, name: str = "f.yml") -> list[Any]:
    (folder / name).write_text(text)
    return read_desired([str(folder / name)], VAULT)


YAML = """\
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


def test_record_has_the_defaults_of_its_file_and_each_field_its_line(tmp_path: Path) -> None:
    common = {"dtmf_type": "SIP INFO", "webhook_api_version": "2"}
    first, second = read(tmp_path, YAML)
    assert first.record == {**common, "connection_name": "2.10", "id": "1", "inbound": {"channel_limit": 5}}
    assert second.record == {**common, "connection_name": "Paris", "id": "2", "inbound": {"channel_limit": None}}
    lines = {
        path: [each.source_of(tuple(path.split(".")))["line"] for each in (first, second)]
        for path in ("dtmf_type", "inbound.channel_limit", "id", "connection_name", "tags")
    }
    assert lines == {
        "dtmf_type": [2, 2], "inbound.channel_limit": [4, 12], "id": [7, 9], "connection_name": [6, 10], "tags": [6, 9]
    }  # fmt: skip


def test_json_has_the_same_content_without_lines(tmp_path: Path) -> None:
    content: dict[str, Any] = {
        "connections": [{"connection_name": "a", "id": "1"}, {"id": "2", "inbound": {"channel_limit": None}}],
        "defaults": {"active": True, "inbound": {"channel_limit": 5}},
    }
    first, second = read(tmp_path, json.dumps(content), "f.json")
    assert first.record == {"connection_name": "a", "id": "1", **content["defaults"]}
    assert second.record == {"active": True, "id": "2", "inbound": {"channel_limit": None}}
    assert (second.source, str(second)) == (
        {"file": f"{tmp_path}/f.json", "line": None},
        f"{tmp_path}/f.json, record 2",
    )
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
        ('{"connections": [],\n"connections": []}', "is given twice"),
        ('{"connections":\nnull}', "connections is not a list; without connections it is []"),
        ('{"connections":\n{"id": "1"}}', "line 1: connections is not a list"),
        ('{"connections": [], "defaults":\n[]}', "line 2: defaults is not a mapping of a connection's fields"),
        ('{"connections": [], "defaults":\n{"id": null}}', "line 2: defaults has the field id, which each connection must"),
        ('{"connections": [], "defaults": {"connection_name": "a"}}', "defaults has the field connection_name"),
        ('{"connections": [], "defaults": {"user_name": "a"}}', "defaults has the field user_name"),
        ('{"connections": [], "defaults": {"password": "canary"}}', "defaults has the field password"),
        ('{"connections": [], "defaults": {"x": [{"password": "canary"}]}}', "defaults has the field password"),
        ('{"connections": [], "defaults": {"active": 1, "active": 2}}', "is given twice"),
        ('{"connections": [{"id": 1, "id": 2}]}', "is given twice"),
        ('{"connections": [],', "is not valid"),
        ('{\n"Berlin PBX": {"active": true}}', "line 2: it is a mapping by names, and a list is wanted: .*- connection_name: Berlin PBX"),
        (" ", "it is empty; a list without connections is []"),
    ],
)  # fmt: skip
def test_invalid_file_is_refused_with_its_line(tmp_path: Path, text: str, message: str, name: str) -> None:
    with pytest.raises(DesiredError) as caught:
        read(tmp_path, text, name)
    if name == "f.json":
        message = re.sub(r"^line \d+: ", "", message)
    assert re.search(".*".join(map(re.escape, message.split(".*"))), str(caught.value)), str(caught.value)
    assert "canary" not in str(caught.value)
