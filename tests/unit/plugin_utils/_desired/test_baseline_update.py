"""Baseline files updated in place: what people wrote stays, and values that changed in the account are replaced."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AmbiguousError, DesiredError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline import baseline_record
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline_file import BaselineFile, known_fields
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline_update import (
    Update,
    update_files,
    verify,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import Loader
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_writer import dump
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import HOSTILE_NAMES, make_connection

Record = dict[str, Any]
NO_SECRETS = VaultLib([])


def update(text: str, live: list[Record], vault: VaultLib = NO_SECRETS) -> str:
    """Return what the module writes to a single file."""
    return update_files({"f.yml": text}, live, vault, file_of_id={}, add_to="f.yml")["f.yml"] or ""


def connection(**fields: Any) -> Record:
    return {"id": "1", "connection_name": "Berlin", "user_name": "berlin1", "active": True, **fields}


EDITED = """\
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
    """Return the account with fields of Berlin changed; ``inbound__codecs`` is ``inbound.codecs``."""
    live = copy.deepcopy(LIVE)
    for path, value in paths.items():
        *above, name = path.split("__")
        record = live[0]
        for each in above:
            record = record[each]
        record[name] = value
    return live


def test_text_of_an_unchanged_account_stays_as_it_is() -> None:
    assert update(EDITED, LIVE) == EDITED
    assert update("\ufeff" + EDITED.replace("\n", "\r\n"), LIVE) == "\ufeff" + EDITED.replace("\n", "\r\n")
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
def test_only_the_changed_value_is_replaced(paths: dict[str, Any], old: str, new: str) -> None:
    result = update(EDITED, changed(**paths))
    assert result == EDITED.replace(old, new, 1)
    crlf = update(EDITED.replace("\n", "\r\n"), changed(**paths))
    assert crlf == result.replace("\n", "\r\n")


def test_connections_are_added_at_the_end_and_removed_with_their_comment() -> None:
    gone = EDITED.replace("# Gone since March.\n- {connection_name: Paris, id: 2}\n", "")
    assert update(EDITED, [LIVE[0], LIVE[2]]) == gone
    new = connection(id="4", connection_name="Oslo", inbound={"codecs": ["G722"]})
    text = dump([baseline_record(new)])
    assert update(EDITED, [*LIVE, new]) == EDITED.replace("# Nothing follows.\n", f"{text}# Nothing follows.\n")
    assert update(EDITED.rstrip("\n").removesuffix("\n# Nothing follows."), [*LIVE, new]) == EDITED.replace(
        "# Nothing follows.\n", text
    ).rstrip("\n")
    first = update(EDITED, LIVE[1:])
    assert first.startswith("# Our trunks.\n---\n# The old PBX, see ticket 4711.\n# Gone since March.\n- {")
    nothing = update(EDITED, [])
    assert nothing == "# Our trunks.\n---\n# The old PBX, see ticket 4711.\n[]\n# Nothing follows.\n"
    assert update(nothing, [new]) == nothing.replace("[]\n", text)
    assert update("--- []", [new]) == f"--- \n{text}".rstrip("\n")
    assert update("# none yet", [new]) == f"# none yet\n{text}"
    assert update("  - id: 1\n    active: false\n", [LIVE[0], new]).startswith("  - id: 1\n    active: true\n  - conn")


def test_renamed_connection_keeps_its_place() -> None:
    text = dump([baseline_record(record) for record in LIVE])
    result = update(text, changed(connection_name="Aachen"))
    assert result == text.replace("Berlin", "Aachen")


def test_record_is_matched_by_id_then_connection_name_then_user_name() -> None:
    text = "- {user_name: berlin1, active: true}\n- {connection_name: Paris, id: '1'}\n"
    both = [connection(), connection(id="2", connection_name="Paris", user_name="berlin1", active=False)]
    assert update(text, both) == "- {user_name: berlin1, active: false}\n- {connection_name: Berlin, id: '1'}\n"
    renamed = [connection(connection_name="New")]
    assert update("- connection_name: Old\n  user_name: berlin1\n", renamed) == (
        "- connection_name: New\n  user_name: berlin1\n"
    )


@pytest.mark.parametrize("field", ["connection_name", "user_name"])
@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("NO", "NO"),
        ("2.10", "2.10"),
        ("0123", "0123"),
        ("~tilde", "~tilde"),
        ("!unsafe '{{ x }}'", "{{ x }}"),
        ("Zu\u0308rich", "Z\xfcrich"),
        ("Z\xfcrich", "Zu\u0308rich"),
    ],
)
def test_record_without_an_id_is_matched_by_its_name_as_in_a_drift_check(field: str, written: str, name: str) -> None:
    text = f"# kept\n- {field}: {written}  # kept, too\n  active: false\n  outbound: {{localization: ON}}\n- id: '2'\n"
    live: list[Record] = [
        {"id": "1", field: name, "active": True, "outbound": {"localization": "ON"}},
        {"id": "2", field: "other"},
    ]
    assert update(text, live) == text.replace("false", "true")


def test_connection_that_was_created_again_keeps_its_record_and_gets_the_new_id() -> None:
    live = [{**LIVE[0], "id": "11"}, LIVE[1], {**LIVE[2], "id": "33"}]
    assert update(EDITED, live) == EDITED.replace("id: '1'", "id: '11'")
    text = dump([baseline_record(record) for record in LIVE])
    assert update(text, live) == text.replace("id: '1'", "id: '11'").replace("id: '3'", "id: '33'")
    by_user_name = [{**LIVE[0], "id": "11", "connection_name": "Bonn"}, *LIVE[1:]]
    assert update(text, by_user_name) == text.replace("id: '1'", "id: '11'").replace("Berlin", "Bonn")
    # Which of the two it is, is not known: the record is removed, and both are new.
    two = [{**LIVE[0], "id": "11"}, {**LIVE[0], "id": "12"}]
    assert update(dump([baseline_record(LIVE[0])]), two) == dump([baseline_record(record) for record in two])
    # The other file holds it already.
    texts = {"old.yml": "id: '1'\nconnection_name: Berlin\n"}
    assert update_files(texts, live[:1], NO_SECRETS, file_of_id={"11": "new.yml"}) == {"old.yml": None}
    assert update_files(texts, live[:1], NO_SECRETS, file_of_id={}, paths={"11": "new.yml"}) == {
        "old.yml": None, "new.yml": "id: '11'\nconnection_name: Berlin\n",
    }  # fmt: skip


def test_passwords_and_unknown_fields_are_kept() -> None:
    text = "- id: '1'\n  password: mine\n  notes: {password: x, active: 1}\n  active: false\n  inbound: {mine: [1]}\n"
    live = [connection(password="********", inbound={"codecs": []})]
    assert update(text, live) == text.replace("active: false", "active: true")


def test_vaulted_value_is_compared_and_needs_its_secret() -> None:
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
        (
            "- {id: '2'}\n- {id: &i '9', connection_name: Berlin, tags: [*i]}\n",
            "line 2: id of the connection '1' changed",
        ),
        ("- {id: '1'}\n- {id: 1}\n", "line 1 and f.yml, line 2: both are the connection '1'"),
        ("- {id: '1'}\n- {connection_name: Berlin}\n- {user_name: berlin1}\n", None),
        ("id: '1'\nactive: true\n", "it holds one record and not a list"),
        ("[{id: '1'}]", "its list is not written with each record on lines of its own"),
        ("- active: true\n", "line 1: it has no id, connection_name or user_name"),
        ("- - id: 1\n", "line 1: it is not a mapping"),
        ("- [id\n", "it is not valid YAML"),
        ("- id: '1'\n  active: 1\n  active: 2\n", "the key 'active' is given twice"),
        ("- id: '1'\n  active: !!set {a}\n", "a value has the type !!set"),
        ("- id: '1'\n  ? [a]\n  : 1\n", "a key is not text"),
        ("- id: '1'\n--- \n- id: '2'\n", "it is not valid YAML"),
        ("$ANSIBLE_VAULT;1.1;AES256\n3233\n", "the whole file is encrypted by a vault"),
        ("- &a [*a]\n", "its aliases expand to too many values"),
    ],
    ids=str,
)
def test_file_that_cannot_be_updated_is_refused(text: str, message: str | None) -> None:
    live = [connection(tags=["y"]), connection(id="2", user_name="paris2", connection_name="Paris", tags=["x"])]
    if message is None:
        assert "Berlin" not in update(text, live)
        return
    with pytest.raises(DesiredError) as caught:
        update(text, live)
    assert message in str(caught.value)


def test_name_of_several_connections_is_ambiguous() -> None:
    with pytest.raises(AmbiguousError):
        update("- connection_name: Berlin\n", [connection(), connection(id="2")])


FIELD_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(HOSTILE_NAMES), st.text(max_size=8),
    st.lists(st.sampled_from(["a", "b", "c, d", "#e", "yes", "1"]), max_size=4),
)  # fmt: skip
MAPPINGS = ("inbound", "noise_suppression_details")
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from(
            ["connection_name", "active", "tags", "inbound.codecs", "outbound.localization", "inbound.channel_limit",
             "webhook_event_url", "rtcp_settings.report_frequency_secs", *MAPPINGS]
        ),
        FIELD_VALUES,
    ),
    max_size=6,
)  # fmt: skip


@given(CHANGES, st.sets(st.integers(0, 5), max_size=3), st.integers(0, 2), st.booleans())
def test_updated_file_holds_every_changed_value(changes: Any, gone: set[int], more: int, flow: bool) -> None:
    before = [make_connection(7, place) for place in range(6)]
    records = [baseline_record(record) for record in before]
    text = "".join(f"# {each['id']}\n- {dump(each, flow=True)}" for each in records) if flow else dump(records)
    live = copy.deepcopy([record for place, record in enumerate(before) if place not in gone])
    for place, path, value in changes:
        if place < len(live):
            *above, name = path.split(".")
            part = live[place].get(above[0]) if above else live[place]
            if isinstance(part, dict) and not (name == "connection_name" and not isinstance(value, str)):
                part[name] = None if path in MAPPINGS else value  # the API gives null or a mapping
    live += [make_connection(7, 10 + place) for place in range(more)]
    result = update(text, live)
    read = yaml.load(result, Loader) or []
    assert [each["id"] for each in read] == [record["id"] for record in live]
    assert update(result, live) == result
    if gone or more:
        assert result != text


@pytest.mark.parametrize("value", [True, 5, "x", ["x"]])
def test_mapping_that_became_another_type_is_refused(value: Any) -> None:
    text = dump([baseline_record(connection(inbound={"codecs": ["G722"]}))])
    with pytest.raises(
        DesiredError, match="inbound of the connection '1' changed in the account, and cannot be changed"
    ):
        update(text, [connection(inbound=value)])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("- id: '1'\n  password: other\n", "would change a password"),
        ("- id: '1'\n", "would change a password"),
        ("- id: '1'\n  password: mine\n- id: '2'\n", "would change the number of its records"),
        ("- id: '1'\n  password: mine\n  active: false\n", "active of the connection '1' changed"),
        ("- id: '1'\n  password: mine\n  active: [\n", "it is not valid YAML"),
    ],
)
def test_verify_refuses_a_text_that_does_not_agree(text: str, what: str) -> None:
    live = [connection()]
    known = known_fields(live)
    file = BaselineFile("f.yml", "- id: '1'\n  password: mine\n", NO_SECRETS, known)
    (entry,) = file.entries
    entry.live = live[0]
    verify([Update("f.yml", file.updated_text(), [(live[0], entry)])], live, known, NO_SECRETS)
    with pytest.raises(DesiredError, match=re.escape(what)):
        verify([Update("f.yml", text, [(live[0], entry)])], live, known, NO_SECRETS)


def test_connection_in_two_files_is_refused() -> None:
    texts = {"a.yml": "- connection_name: Berlin\n", "b.yml": "- user_name: berlin1\n"}
    with pytest.raises(DesiredError, match=r"a\.yml, line 1 and b\.yml, line 1: both are the connection '1'"):
        update_files(texts, [connection()], NO_SECRETS, file_of_id={})
    with pytest.raises(DesiredError, match=r"new\.yml and a\.yml, line 1: both are the connection '1'"):
        update_files({"a.yml": "id: '1'\n"}, [connection()], NO_SECRETS, file_of_id={"1": "new.yml"})


def test_file_of_one_connection_is_moved_to_its_path_or_removed() -> None:
    texts = {"old.yml": "id: '1'\nactive: false\n", "gone.yml": "id: '2'\n"}
    file_of_id: dict[str, str] = {}
    assert update_files(texts, [connection()], NO_SECRETS, file_of_id=file_of_id, paths={"1": "new.yml"}) == {
        "old.yml": None,
        "new.yml": "id: '1'\nactive: true\n",
        "gone.yml": None,
    }
    assert file_of_id == {"1": "old.yml"}
