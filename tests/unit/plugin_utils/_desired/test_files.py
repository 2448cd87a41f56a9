"""Files of desired connections: read strictly, written stably."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.drift import compare
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError, OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.files import read_desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import yaml_records
from hypothesis import given
from hypothesis import strategies as st

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
        "a": "2026-11-23", "b": "=", "c": True, "d": "010", "e": None, "f": None, "g": 1.5, "h": "{{ x }}", "i": "1",
    }  # fmt: skip


def test_what_is_no_number_elsewhere_is_text_without_its_quotes(tmp_path: Path) -> None:
    text = "- {a: 0123, b: 12:34:56, c: 1_000, d: 0x1f, e: +15125550100, f: -5, g: 1.5e+3, h: 0, i: 1e3, j: .5, k: 0b1}"
    (found,) = read(tmp_path, text)
    assert found.record == {
        "a": "0123", "b": "12:34:56", "c": "1_000", "d": "0x1f", "e": "+15125550100", "f": -5, "g": 1500.0, "h": 0,
        "i": "1e3", "j": 0.5, "k": "0b1",
    }  # fmt: skip


def test_json_is_read_as_json(tmp_path: Path) -> None:
    records = [{"connection_name": "x 👩‍💻 \x7f\u2028 y", "a": 1e1}, {"id": "1", "tags": [{"deep": None}]}, {}]
    for indent in (None, "\t"):
        text = json.dumps(records, indent=indent)
        found = read(tmp_path, f"\n{text}\n", "x.json")
        assert [each.record for each in found] == records
        lines = text.splitlines()
        assert [each.line for each in found] == (
            [place for place, line in enumerate(lines, 2) if line.startswith("\t{")] if indent else [2, 2, 2]
        )
    assert [each.record for each in read(tmp_path, ' {"id": "1"} ', "x.json")] == [{"id": "1"}]
    assert read(tmp_path, "[ ]", "x.json") == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"a": 1,\n"a": "canary"}]', "line 1: the key 'a' is given twice"),
        (
            '[{"a": 1},\n{"password canary": 1, "password canary": 2}]',
            r"line 2: the key \(not shown: it may contain a secret\) is given twice",
        ),
        ('[{"password": "canary}]', "is no valid JSON"),
        ('[{"a": 1},]', "is no valid JSON"),
        ('[{"a": 1} {"a": 1}]', "is no valid JSON"),
        ('[{"a": 1}]\n]', "line 2: it is no valid JSON"),
        ('{"a": 1} canary', "is no valid JSON"),
        ('{"a": NaN}', "a number is none that JSON has"),
        ('{"a": 1e999}', "a number is none that JSON has"),
        (f'{{"a": {"9" * 5000}}}', "holds a value that cannot be read"),
        ("[" * 100_000, "holds a value that cannot be read"),
        ("- canary", "is no valid JSON"),
        (" ", "it is empty"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_json_that_cannot_be_read_is_an_error_that_quotes_nothing(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(DesiredError, match=message) as caught:
        read(tmp_path, content, "x.json")
    assert "canary" not in str(caught.value)


def test_defaults_can_be_merged(tmp_path: Path) -> None:
    (nested, again) = read(tmp_path, "- <<: &b {<<: &a {x: 1, y: 2}, x: 3}\n  z: 4\n- *b\n")
    assert (nested.record, again.record) == ({"x": 3, "y": 2, "z": 4}, {"x": 3, "y": 2})
    found = read(tmp_path, "- &base {id: '1', active: true}\n- {<<: *base, id: '2'}\n")
    assert [each.record for each in found] == [{"id": "1", "active": True}, {"id": "2", "active": True}]


A = "- &a {x: 1, z: 1}\n"
B = "- &b {x: 2, y: 2}\n"
MERGES = [
    ("- &a {x: 1}\n- {<<: *a, x: 2}\n", [{"x": 1}, {"x": 2}]),
    ("- &a {x: 1}\n- {x: 2, <<: *a, y: 3}\n", [{"x": 1}, {"x": 2, "y": 3}]),
    (f"{A}{B}- {{<<: [*a, *b]}}\n", [{"x": 1, "z": 1}, {"x": 2, "y": 2}, {"x": 1, "y": 2, "z": 1}]),
    (
        f"{A}- &c {{<<: *a, y: 2}}\n- {{<<: *c, x: 3}}\n",
        [{"x": 1, "z": 1}, {"x": 1, "y": 2, "z": 1}, {"x": 3, "y": 2, "z": 1}],
    ),
    ("- inbound: &i {x: 1}\n- inbound: {<<: *i, y: 2}\n", [{"inbound": {"x": 1}}, {"inbound": {"x": 1, "y": 2}}]),
]


@pytest.mark.parametrize(("text", "records"), MERGES)
def test_a_merge_keeps_own_keys_and_then_the_first_of_the_merged(
    tmp_path: Path, text: str, records: list[dict[str, Any]]
) -> None:
    assert [each.record for each in read(tmp_path, text)] == records


@pytest.mark.parametrize("text", ["- &a {<<: *a, x: 1}\n", "- &a {y: {<<: *a}}\n", "- {<<: 1}\n", "- {<<: [[]]}\n"])
def test_a_merge_of_something_else_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(DesiredError, match=r"line 1: (<<|it holds a value|it is no valid YAML)"):
        read(tmp_path, text)


def test_text_fields_are_as_they_are_written(tmp_path: Path) -> None:
    written = "connection_name: 2.10, tags: [2.10, true, NO, 1e3, 007, ~, x], outbound: {ani_override: 15125550100}"
    expected = {
        "connection_name": "2.10",
        "tags": ["2.10", "true", "NO", "1e3", "007", None, "x"],
        "outbound": {"ani_override": "15125550100"},
    }
    assert [each.record for each in read(tmp_path, f"- {{{written}}}\n")] == [expected]
    text = "- &a {active: true, webhook_timeout_secs: 5}\n- {<<: *a, outbound: {localization: NO}, user_name: null}\n"
    assert [each.record for each in read(tmp_path, text)] == [
        {"active": True, "webhook_timeout_secs": 5},
        {"active": True, "webhook_timeout_secs": 5, "outbound": {"localization": "NO"}, "user_name": None},
    ]
    text = '[{"connection_name": 2.10, "tags": [2.10, true, 1, "x"], "webhook_timeout_secs": 5.0, "new": [2.50]}]'
    (found,) = read(tmp_path, text, "x.json")
    assert found.record == {
        "connection_name": "2.10", "tags": ["2.10", "true", "1", "x"], "webhook_timeout_secs": 5.0, "new": [2.5],
    }  # fmt: skip
    assert type(found.record["new"][0]) is type(found.record["webhook_timeout_secs"]) is float


def test_folders_are_read_with_those_below_in_the_order_of_paths(tmp_path: Path) -> None:
    for name in ("b/x.YML", "a/deep/er.Json", "a/z.yaml", ".git/x.yml", "a/.x.yml", "a/readme.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f'[{{"id": "{name}"}}]')
    found = [each.record["id"] for each in read_desired([str(tmp_path)], VAULT)]
    assert found == ["a/deep/er.Json", "a/z.yaml", "b/x.YML"]


def test_linked_folders_are_read_once(tmp_path: Path) -> None:
    account, shared = tmp_path / "account", tmp_path / "shared"
    for folder in (account, shared):
        folder.mkdir()
        (folder / "one.yml").write_text(f"[{{id: {folder.name}}}]")
    (account / "linked").symlink_to(shared)
    (account / "again").symlink_to(shared)
    (shared / "back").symlink_to(account)
    found = [each.record["id"] for each in read_desired([str(account)], VAULT)]
    assert sorted(found) == ["account", "shared"]


def test_an_empty_list_is_enough_for_a_folder(tmp_path: Path) -> None:
    (tmp_path / "empty.yml").write_text("[]\n")
    assert read_desired([str(tmp_path)], VAULT) == []


WRITTEN = st.sampled_from(
    ["2.10", "true", "NO", "on", "0123", "+15125550100", "15125550100", "1_000", "0x1f", "12:34:56", "1e3", "2026-11-24", "1.", ".5"]
)  # fmt: skip


@given(WRITTEN, st.lists(WRITTEN, max_size=4))
def test_text_without_quotes_is_the_text_of_the_account(name: str, tags: list[str]) -> None:
    record = {"connection_name": name, "user_name": name, "tags": tags, "outbound": {"ani_override": name}}
    text = f"- {{connection_name: {name}, user_name: {name}, tags: [{', '.join(tags)}], outbound: {{ani_override: {name}}}}}"
    ((found, _line),) = yaml_records(text, VAULT)
    assert found == record
    assert compare([Desired(found)], [{"id": "1", **record}])[0].status == "in_sync"


def test_something_that_is_no_regular_file_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yml")
    for path in (tmp_path / "pipe.yml", tmp_path, Path("/dev/zero")):
        with pytest.raises(DesiredError, match="not a regular file"):
            read_desired([str(path)], VAULT)


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
        ("- password: canary: canary\n", "line 1: it is no valid YAML"),
        ("- a: *nowhere\n", "is no valid YAML"),
        ("--- 1\n--- 2\n", "is no valid YAML"),
        ("- password: !python/object:canary.x {}\n", "is no valid YAML"),
        ("- password: !vault canary\n", "line 1: a vaulted value cannot be read"),
        ("$ANSIBLE_VAULT;1.1;AES256\n616161\n", "the vault cannot be opened"),
        (b"- password: canary\xff\n", "is not UTF-8 text"),
        ("- ? {a: 1}\n  : canary\n", "line 1: a key is no text"),
        ("- id: '1'\n  1: canary\n", "line 2: a key is no text"),
        ("- yes: canary\n", "line 1: a key is no text"),
        ("- inbound: {channel_limit: .nan}\n", "line 1: a number is none that JSON has"),
        ("- active: -.inf\n", "a number is none that JSON has"),
        (f"- active: {'9' * 5000}\n", "a number is none that JSON has"),
        ("- tags: !!set {canary}\n", "line 1: a value is of the kind !!set"),
        ("- tags: !!binary canary\n", "a value is of the kind !!binary"),
        ("- tags: !!timestamp 2026-11-23\n", "a value is of the kind !!timestamp"),
        ("- password: !!bool canary\n", "cannot be read"),
        ("- password: !canary\n", "is no valid YAML"),
        ("- password: !!canary x\n", "is no valid YAML"),
        ("- password: *canary\n", "is no valid YAML"),
        ("- {password canary: 1, password canary: 2}\n", r"\(not shown: it may contain a secret\) is given twice"),
        ("- [canary\n", "it is no valid YAML: .*expected …"),
        (
            "".join(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10) if n else 1}]\n" for n in range(9)),
            "its aliases make too much",
        ),
        ("- &a [*a]\n", "is no valid YAML"),
    ],
    ids=repr,
)
def test_what_cannot_be_read_is_an_error_that_quotes_nothing(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(DesiredError, match=message) as caught:
        read(tmp_path, content)
    assert "canary" not in str(caught.value)
    assert "desired.yml" in str(caught.value)


def test_files_and_folders_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(DesiredError, match=r"nowhere\.yml: cannot be read: No such file"):
        read_desired([str(tmp_path / "nowhere.yml")], VAULT)
    with pytest.raises(DesiredError, match="holds no file"):
        read_desired([str(tmp_path)], VAULT)
    for path in ("", "a\0b"):
        with pytest.raises(OptionError, match="is no path"):
            read_desired([path], VAULT)
