"""Reading files of accepted findings."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AcceptanceError, OptionError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.accepted_files import (
    parse_accepted,
    read_accepted,
)

ENTRY = "- {rule: x, id: 1, reason: r}\n"


def test_entries_of_files_and_folders_are_read_with_their_places(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(f"\ufeff# words\n{ENTRY}{ENTRY}")
    (tmp_path / "b.yaml").write_text(ENTRY)
    assert [each.source for each in read_accepted([str(tmp_path)])] == [
        {"file": f"{tmp_path}/{name}", "line": line} for name, line in (("a.yml", 2), ("a.yml", 3), ("b.yaml", 1))
    ]
    assert parse_accepted("x", "") == parse_accepted("x", "# nothing\n") == parse_accepted("x", "[]\n") == []


def test_paths_without_files_name_the_option_of_accepted_files(tmp_path: Path) -> None:
    for path, message in ((str(tmp_path), "holds no file"), (str(tmp_path / "*.yml"), "matches no file")):
        with pytest.raises(AcceptanceError, match=f"^accepted_files: .*{message}"):
            read_accepted([path])
    with pytest.raises(OptionError, match="accepted_files: '' is not a path"):
        read_accepted([""])
    with pytest.raises(AcceptanceError, match=r"known\.yml: the file of accepted findings does not exist"):
        read_accepted([str(tmp_path / "known.yml")])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: b", "line 1: it is not a list"),
        (b"- [", "line"),
        (b"- rule: x\n  rule: y\n", "line 2: the key .rule. is given twice"),
        (b"- a\n", "line 1: the entry is not a mapping"),
        (b"[]\n---\n[]\n", "not valid YAML"),
        (b"- rule: x\n  id: 1\n\n- rule: y\n  id: 1\n  reason: r\n", "line 1: the entry gives no reason"),
        (b"- rule: \xff", "is not UTF-8 text"),
        (VaultLib([("default", VaultSecret(b"x"))]).encrypt("[]"), "is encrypted by a vault. It holds no secrets; decrypt it."),
    ],
)  # fmt: skip
def test_invalid_file_is_an_error_that_names_the_place(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "accepted.yml"
    path.write_bytes(content)
    with pytest.raises(AcceptanceError, match=message):
        read_accepted([str(path)])
    with pytest.raises(AcceptanceError, match="cannot be read"):
        read_accepted(["/dev/null"])
