"""Files of desired connections: read strictly, written stably."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.siptrunk.telnyx.plugins.module_utils.errors import DesiredError, OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.desired_files import (
    dump,
    plain,
    read_desired,
    without_secret_text,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.text import is_odd
from hypothesis import given
from hypothesis import strategies as st
from sandbox.account import HOSTILE_NAMES

SECRET = [("default", VaultSecret(b"open sesame"))]
VAULT = VaultLib(SECRET)


def read(folder: Path, content: str | bytes, name: str = "desired.yml") -> list[Any]:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_desired([str(file)], VAULT)


def test_a_file_holds_a_list_or_one_record_and_tells_the_lines(tmp_path: Path) -> None:
    found = read(tmp_path, "---\n# words\n- id: '1'\n- id: '2'\n  tags: [a]\n")
    assert [(each.record, each.line) for each in found] == [({"id": "1"}, 3), ({"id": "2", "tags": ["a"]}, 4)]
    assert [(each.record, each.line) for each in read(tmp_path, "\nid: '1'\n")] == [({"id": "1"}, 2)]
    assert [each.record for each in read(tmp_path, '[{"id": "1"}]', "x.json")] == [{"id": "1"}]
    assert read(tmp_path, "[]") == []


def test_a_folder_is_read_in_order(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", "c.json", ".hidden.yml", "readme.md"):
        (tmp_path / name).write_text(f'{{"id": "{name}"}}')
    assert [each.record["id"] for each in read_desired([str(tmp_path)], VAULT)] == ["a.yaml", "b.yml", "c.json"]


def test_values_are_what_they_look_like(tmp_path: Path) -> None:
    text = "- {a: 2026-11-23, b: =, c: yes, d: 010, e: null, f: ~, g: 1.5, h: !unsafe '{{ x }}', i: !!str 1}"
    (found,) = read(tmp_path, text)
    assert found.record == {
        "a": "2026-11-23", "b": "=", "c": True, "d": 8, "e": None, "f": None, "g": 1.5, "h": "{{ x }}", "i": "1",
    }  # fmt: skip


def test_defaults_can_be_merged(tmp_path: Path) -> None:
    found = read(tmp_path, "- &base {id: '1', active: true}\n- {<<: *base, id: '2'}\n")
    assert [each.record for each in found] == [{"id": "1", "active": True}, {"id": "2", "active": True}]


def test_vaulted_files_and_values_are_opened(tmp_path: Path) -> None:
    assert read(tmp_path, VAULT.encrypt("- id: '1'\n"))[0].record == {"id": "1"}
    value = VAULT.encrypt("pass\nword").decode().replace("\n", "\n    ")
    assert read(tmp_path, f"- id: '1'\n  password: !vault |\n    {value}\n")[0].record["password"] == "pass\nword"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- id: '1'\n  active: true\n  active: false\n", "line 3: the key 'active' is given twice"),
        ("- inbound:\n    codecs: []\n    codecs: []\n", "line 3: the key 'codecs' is given twice"),
        ("", "line 1: it is empty"),
        ("# words\n", "it is empty"),
        ("- password: [canary\n", "is no valid YAML"),
        ("- password: canary: canary\n", "line 1: is no valid YAML"),
        ("- a: *nowhere\n", "is no valid YAML"),
        ("--- 1\n--- 2\n", "is no valid YAML"),
        ("- password: !python/object:canary.x {}\n", "is no valid YAML"),
        ("- password: !vault canary\n", "line 1: a vaulted value cannot be read"),
        ("$ANSIBLE_VAULT;1.1;AES256\n616161\n", "the vault cannot be opened"),
        (b"- password: canary\xff\n", "is not UTF-8 text"),
        ("- ? {a: 1}\n  : canary\n", "line 1: a key is no text"),
        ("- id: '1'\n  1: canary\n", "line 2: a key is no text"),
        ("- yes: canary\n", "line 1: a key is no text"),
        ("- tags: [.nan]\n", "line 1: a number is none that JSON has"),
        ("- tags: -.inf\n", "a number is none that JSON has"),
        (f"- tags: 0x{'f' * 5000}\n", "a number is none that JSON has"),
        ("- tags: !!set {canary}\n", "line 1: a value is of the kind !!set"),
        ("- tags: !!binary canary\n", "a value is of the kind !!binary"),
        ("- tags: !!timestamp 2026-11-23\n", "a value is of the kind !!timestamp"),
        ("- !!int canary\n", "cannot be read"),
    ],
    ids=repr,
)
def test_what_cannot_be_read_is_an_error_that_quotes_nothing(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(DesiredError, match=message) as caught:
        read(tmp_path, content)
    assert "canary" not in str(caught.value).replace("canary.x", "")
    assert "desired.yml" in str(caught.value)


def test_files_and_folders_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(DesiredError, match=r"nowhere\.yml: cannot be read: No such file"):
        read_desired([str(tmp_path / "nowhere.yml")], VAULT)
    with pytest.raises(DesiredError, match="holds no file"):
        read_desired([str(tmp_path)], VAULT)
    for path in ("", "a\0b"):
        with pytest.raises(OptionError, match="is no path"):
            read_desired([path], VAULT)


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
- id: '1'  # my Password is canary
  password: >
    canary
    canary
  tags: [ä, ö]
- {password: 'canary', id: '2'}
- "password": "can\\
    ary canary"
  inbound: {password: [canary, &inner {x: &short c}, canary canary canary]}
- {password: *inner, inbound: {password: *short}}
- {id: '5', ? [complex, key] : 5}
"""


def test_secrets_are_blanked_out_of_text() -> None:
    text = without_secret_text(SECRETS)
    assert "canary" not in text
    assert "tags: [ä, ö]" in text
    assert "id: '5'" in text
    assert "&" not in text
    for unreadable in ("password: [canary", "&all [*all]"):
        with pytest.raises(DesiredError):
            without_secret_text(unreadable)


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 10**400])
def test_a_number_that_json_does_not_have_is_refused(value: float) -> None:
    with pytest.raises(OptionError):
        plain({"a": [value]})


def test_plain() -> None:
    class Tagged(str):
        __slots__ = ()

    value = plain({Tagged("a"): (Tagged("b"), 1, 1.5, None, True, {Tagged("c")})})
    assert value == {"a": ["b", 1, 1.5, None, True, ["c"]]}
    assert not isinstance(value["a"][0], Tagged)
