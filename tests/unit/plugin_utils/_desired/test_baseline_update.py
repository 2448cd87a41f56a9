"""A baseline that people have edited is updated in place: what they wrote stays, and what changed is changed."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AmbiguousError, DesiredError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline import baseline_record, dump
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline_update import (
    BaselineFile,
    Update,
    known_fields,
    match,
    verify,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import Loader
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import HOSTILE_NAMES, make_connection

Record = dict[str, Any]
CLOSED = VaultLib([])


def update(text: str, live: list[Record], vault: VaultLib = CLOSED) -> str:
    """What the module writes to a single file."""
    known = known_fields(live)
    file = BaselineFile("f.yml", text, vault, known)
    match(file.entries, live)
    kept = [(entry.live, entry) for entry in file.entries if entry.live]
    new = [record for record in live if record["id"] not in {record["id"] for record, _entry in kept}]
    result = file.updated(new)
    verify([Update("f.yml", result, [*kept, *((record, None) for record in new)])], live, known, vault)
    return result


def connection(**fields: Any) -> Record:
    return {"id": "1", "connection_name": "Berlin", "user_name": "berlin1", "active": True, **fields}


MINE = """\
# Our trunks.
---
# The old PBX, see ticket 4711.
- connection_name: "Berlin"   # the head office
  id: '1'
  active: yes
  password: !vault |
    $ANSIBLE_VAULT;1.1;AES256
    3233
  tags: [b, "a"]  # sorted by nobody

  inbound:
    # G722 first
    codecs:
    - G722   # wide
    # for the fax
    - G711A
    channel_limit:
  outbound: {localization: NO, channel_limit: 10}
  # the end of Berlin

# Gone since March.
- {connection_name: Paris, id: 2}
# New.
- connection_name: Rome
  active: true
# Nothing follows.
"""
LIVE = [
    connection(
        tags=["a", "b"],
        password="canary",
        inbound={"codecs": ["G722", "G711A"], "channel_limit": None, "timeout_1xx_secs": 3},
        outbound={"localization": "NO", "channel_limit": 10},
    ),
    connection(id="2", connection_name="Paris", user_name="paris2"),
    connection(id="3", connection_name="Rome", user_name="rome3", tags=["x"]),
]


def changed(**paths: Any) -> list[Record]:
    """The account with fields of Berlin changed; ``inbound__codecs`` is ``inbound.codecs``."""
    live = copy.deepcopy(LIVE)
    for path, value in paths.items():
        *above, name = path.split("__")
        record = live[0]
        for each in above:
            record = record[each]
        record[name] = value
    return live


def test_nothing_that_did_not_change_is_touched() -> None:
    assert update(MINE, LIVE) == MINE
    assert update("\ufeff" + MINE.replace("\n", "\r\n"), LIVE) == "\ufeff" + MINE.replace("\n", "\r\n")
    full = dump([baseline_record(record) for record in LIVE])
    assert update(full, LIVE) == full


@pytest.mark.parametrize(
    ("paths", "old", "new"),
    [
        ({"connection_name": "München"}, '"Berlin"', '"München"'),
        ({"connection_name": "a: b"}, '"Berlin"', "'a: b'"),
        ({"connection_name": "{{ x }}"}, '"Berlin"', "!unsafe '{{ x }}'"),
        ({"active": False}, "active: yes", "active: false"),
        ({"tags": ["c", "b"]}, '[b, "a"]', "[b, c]"),
        ({"tags": ["c, d", "a"]}, '[b, "a"]', "[\"a\", 'c, d']"),
        ({"tags": None}, '[b, "a"]', "null"),
        ({"inbound__channel_limit": 7}, "channel_limit:\n", "channel_limit: 7\n"),
        ({"inbound__codecs": ["G722", "OPUS", "G711A"]}, "    # for the fax\n", "    - OPUS\n    # for the fax\n"),
        ({"inbound__codecs": ["G711A", "OPUS"]}, "    - G722   # wide\n    # for the fax\n    - G711A\n",
         "    # for the fax\n    - G711A\n    - OPUS\n"),
        ({"inbound__codecs": []}, "codecs:\n    - G722   # wide\n    # for the fax\n    - G711A\n", "codecs: []\n"),
        ({"inbound": None}, "codecs:\n    - G722   # wide\n    # for the fax\n    - G711A\n", "codecs: null\n"),
        ({"outbound__localization": "DE"}, "localization: NO", "localization: DE"),
        ({"outbound__localization": None}, "localization: NO", "localization: null"),
        ({"outbound__channel_limit": 11}, "channel_limit: 10}", "channel_limit: 11}"),
        ({"user_name": "other1", "inbound__timeout_1xx_secs": 9}, "", ""),
    ],
    ids=str,
)  # fmt: skip
def test_only_what_changed_is_changed(paths: dict[str, Any], old: str, new: str) -> None:
    result = update(MINE, changed(**paths))
    assert result == MINE.replace(old, new, 1)
    crlf = update(MINE.replace("\n", "\r\n"), changed(**paths))
    assert crlf == result.replace("\n", "\r\n")


def test_connections_come_and_go() -> None:
    gone = MINE.replace("# Gone since March.\n- {connection_name: Paris, id: 2}\n", "")
    assert update(MINE, [LIVE[0], LIVE[2]]) == gone
    new = connection(id="4", connection_name="Oslo", inbound={"codecs": ["G722"]})
    text = dump([baseline_record(new)])
    assert update(MINE, [*LIVE, new]) == MINE.replace("# Nothing follows.\n", f"{text}# Nothing follows.\n")
    assert update(MINE.rstrip("\n").removesuffix("\n# Nothing follows."), [*LIVE, new]) == MINE.replace(
        "# Nothing follows.\n", text
    ).rstrip("\n")
    first = update(MINE, LIVE[1:])
    assert first.startswith("# Our trunks.\n---\n# The old PBX, see ticket 4711.\n# Gone since March.\n- {")
    nothing = update(MINE, [])
    assert nothing == "# Our trunks.\n---\n# The old PBX, see ticket 4711.\n[]\n# Nothing follows.\n"
    assert update(nothing, [new]) == nothing.replace("[]\n", text)
    assert update("--- []", [new]) == f"--- \n{text}".rstrip("\n")
    assert update("# none yet", [new]) == f"# none yet\n{text}"
    assert update("  - id: 1\n    active: false\n", [LIVE[0], new]).startswith("  - id: 1\n    active: true\n  - conn")


def test_a_rename_moves_nothing() -> None:
    text = dump([baseline_record(record) for record in LIVE])
    result = update(text, changed(connection_name="Aachen"))
    assert result == text.replace("Berlin", "Aachen")


def test_a_record_is_found_by_id_then_name_then_user_name() -> None:
    text = "- {user_name: berlin1, active: true}\n- {connection_name: Paris, id: '1'}\n"
    both = [connection(), connection(id="2", connection_name="Paris", user_name="berlin1", active=False)]
    assert update(text, both) == "- {user_name: berlin1, active: false}\n- {connection_name: Berlin, id: '1'}\n"
    renamed = [connection(connection_name="New")]
    assert update("- connection_name: Old\n  user_name: berlin1\n", renamed) == (
        "- connection_name: New\n  user_name: berlin1\n"
    )


def test_passwords_and_what_nobody_knows_are_kept_with_no_vault_open() -> None:
    text = "- id: '1'\n  password: mine\n  notes: {password: x, active: 1}\n  active: false\n  inbound: {mine: [1]}\n"
    live = [connection(password="********", inbound={"codecs": []})]
    assert update(text, live) == text.replace("active: false", "active: true")


def test_a_vaulted_value_is_compared_where_the_vault_is_open() -> None:
    vault = VaultLib([("default", VaultSecret(b"open sesame"))])
    secret = vault.encrypt("berlin1").decode().replace("\n", "\n    ").rstrip()
    text = f"- id: '1'\n  user_name: !vault |\n    {secret}\n  active: false\n"
    assert update(text, [connection()], vault) == text.replace("false", "true")
    with pytest.raises(DesiredError, match="line 1: user_name of the connection '1' changed"):
        update(text, [connection(user_name="other")], vault)
    with pytest.raises(DesiredError, match="line 2"):
        update(text, [connection()])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- &a {id: '1', tags: &t [x]}\n- {id: '2', tags: *t}\n", "line 1: tags of the connection '1' changed"),
        ("- id: '1'\n  inbound: &i {channel_limit: 5}\n- id: '2'\n  <<: {active: false}\n", "line 3: active of"),
        ("- id: '1'\n  tags: [x, # why\n    z]\n", "line 1: tags of the connection '1' changed"),
        ("- {id: '1'}\n- {id: 1}\n", "line 1 and f.yml, line 2: both are the connection '1'"),
        ("- {id: '1'}\n- {connection_name: Berlin}\n- {user_name: berlin1}\n", None),
        ("id: '1'\nactive: true\n", "it holds one record and no list"),
        ("[{id: '1'}]", "its list is not written with a record on lines of its own"),
        ("- active: true\n", "line 1: it has no id, connection_name or user_name"),
        ("- - id: 1\n", "line 1: it is not a mapping"),
        ("- [id\n", "it is no valid YAML"),
        ("- id: '1'\n  active: 1\n  active: 2\n", "the key 'active' is given twice"),
        ("- id: '1'\n  active: !!set {a}\n", "a value is of the kind"),
        ("- id: '1'\n  ? [a]\n  : 1\n", "a key is no text"),
        ("- id: '1'\n--- \n- id: '2'\n", "it is no valid YAML"),
        ("$ANSIBLE_VAULT;1.1;AES256\n3233\n", "a vault encrypts all of it"),
        ("- &a [*a]\n", "its aliases make too much of it"),
    ],
    ids=str,
)
def test_what_cannot_be_updated_is_an_error(text: str, message: str | None) -> None:
    live = [connection(tags=["y"]), connection(id="2", user_name="paris2", connection_name="Paris", tags=["x"])]
    if message is None:
        assert "Berlin" not in update(text, live)
        return
    with pytest.raises(DesiredError) as caught:
        update(text, live)
    assert message in str(caught.value)


def test_a_name_that_several_have_is_ambiguous() -> None:
    with pytest.raises(AmbiguousError):
        update("- connection_name: Berlin\n", [connection(), connection(id="2")])


FIELD_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(HOSTILE_NAMES), st.text(max_size=8),
    st.lists(st.sampled_from(["a", "b", "c, d", "#e", "yes", "1"]), max_size=4),
)  # fmt: skip
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from(
            ["connection_name", "active", "tags", "inbound.codecs", "outbound.localization", "inbound.channel_limit",
             "webhook_event_url", "inbound", "rtcp_settings.report_frequency_secs", "noise_suppression_details"]
        ),
        FIELD_VALUES,
    ),
    max_size=6,
)  # fmt: skip


@given(CHANGES, st.sets(st.integers(0, 5), max_size=3), st.integers(0, 2), st.booleans())
def test_whatever_changes_the_file_follows(changes: Any, gone: set[int], more: int, flow: bool) -> None:
    before = [make_connection(7, place) for place in range(6)]
    records = [baseline_record(record) for record in before]
    text = "".join(f"# {each['id']}\n- {dump(each, flow=True)}" for each in records) if flow else dump(records)
    live = copy.deepcopy([record for place, record in enumerate(before) if place not in gone])
    for place, path, value in changes:
        if place < len(live):
            *above, name = path.split(".")
            part = live[place].get(above[0]) if above else live[place]
            if isinstance(part, dict) and not (name == "connection_name" and not isinstance(value, str)):
                part[name] = value
    live += [make_connection(7, 10 + place) for place in range(more)]
    try:
        result = update(text, live)
    except DesiredError as error:  # a mapping that became something else, which the API never does
        assert "cannot be changed in the file" in str(error)
        assert [
            value
            for _place, path, value in changes
            if path in ("inbound", "noise_suppression_details") and value is not None
        ]
        return
    read = yaml.load(result, Loader) or []
    assert [each["id"] for each in read] == [record["id"] for record in live]
    assert update(result, live) == result
    assert (result == text) is (not gone and not more and update(text, live) == text)
