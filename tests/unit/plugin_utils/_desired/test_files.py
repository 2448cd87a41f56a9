"""The files of desired connections: what is read from them, and the errors that name them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError, OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.files import read_desired

VAULT = VaultLib([("default", VaultSecret(b"open sesame"))])


def read(folder: Path, content: str | bytes, name: str = "desired.yml") -> list[Any]:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_desired([str(file)], VAULT)


def test_record_is_named_by_its_file_and_line(tmp_path: Path) -> None:
    found = read(tmp_path, "---\n- id: '1'\n- id: '2'\n")
    assert [each.record for each in found] == [{"id": "1"}, {"id": "2"}]
    assert [str(each) for each in found] == [f"{tmp_path}/desired.yml, line {line}" for line in (2, 3)]


def test_file_is_json_if_its_suffix_is(tmp_path: Path) -> None:
    assert [each.record for each in read(tmp_path, '[{"id": "1"}]', "x.JSON")] == [{"id": "1"}]
    with pytest.raises(DesiredError, match="not valid JSON"):
        read(tmp_path, "- id: '1'\n", "x.json")


def test_folder_may_hold_an_empty_list_only(tmp_path: Path) -> None:
    (tmp_path / "empty.yml").write_text("[]\n")
    assert read_desired([str(tmp_path)], VAULT) == []


def test_path_that_is_not_a_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yml")
    for path in (tmp_path / "pipe.yml", tmp_path, Path("/dev/zero")):
        with pytest.raises(DesiredError, match="not a regular file"):
            read_desired([str(path)], VAULT)


def test_vaulted_file_is_decrypted(tmp_path: Path) -> None:
    assert read(tmp_path, VAULT.encrypt("- id: '1'\n"))[0].record == {"id": "1"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- id: '1'\n  id: canary\n", r"desired\.yml, line 2: the key 'id' is given twice"),
        ("$ANSIBLE_VAULT;1.1;AES256\n616161\n", r"desired\.yml: the vault cannot be opened"),
        (b"- password: canary\xff\n", r"desired\.yml: is not UTF-8 text"),
    ],
)
def test_unreadable_file_is_refused_without_quoting_it(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(DesiredError, match=message) as caught:
        read(tmp_path, content)
    assert "canary" not in str(caught.value)


def test_missing_file_and_folder_without_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DesiredError, match=r"nowhere\.yml: cannot be read: No such file"):
        read_desired([str(tmp_path / "nowhere.yml")], VAULT)
    with pytest.raises(DesiredError, match="holds no file"):
        read_desired([str(tmp_path)], VAULT)
    for path in ("", "a\0b"):
        with pytest.raises(OptionError, match="is not a path"):
            read_desired([path], VAULT)
