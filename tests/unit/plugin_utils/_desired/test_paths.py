"""The files of desired connections: which ones are read, and in which order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.paths import find_files

TREE = (
    "x.yml", "a.YAML", "c.json", ".hidden.yml", "readme.md",
    "teams/b/prod/1.yml", "teams/b/test/2.yml", "teams/a/prod/3.Json", "teams/a/prod/deep/4.yaml", "teams/a/5.yml",
    "teams/.git/6.yml", "teams/a/.7.yml", "teams/a/prod/readme.md", "teams/c/readme.md", "teams/[b]/8.yml", "odd*.yml",
)  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create the files of the tree, and make their folder the working folder."""
    for name in TREE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("[]")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["c.json", "readme.md", ".hidden.yml"], ["c.json", "readme.md", ".hidden.yml"]),
        (["teams/a"], ["teams/a/5.yml", "teams/a/prod/3.Json", "teams/a/prod/deep/4.yaml"]),
        (["*.yml"], ["odd*.yml", "x.yml"]),
        ([".h*.yml"], [".hidden.yml"]),
        (["odd*.yml"], ["odd*.yml"]),
        (["?.*"], ["a.YAML", "c.json", "x.yml"]),
        (["teams/[ab]/prod"], ["teams/a/prod/3.Json", "teams/a/prod/deep/4.yaml", "teams/b/prod/1.yml"]),
        (["teams/[b]"], ["teams/[b]/8.yml"]),
        (["teams/[!b]/*.yml"], ["teams/a/5.yml"]),
        (["**/prod"], ["teams/a/prod/3.Json", "teams/a/prod/deep/4.yaml", "teams/b/prod/1.yml"]),
        (["teams/**/prod/*.yml"], ["teams/b/prod/1.yml"]),
        (["teams/**/**/[14].y*ml"], ["teams/a/prod/deep/4.yaml", "teams/b/prod/1.yml"]),
        (["teams/a/**"], ["teams/a/5.yml", "teams/a/prod/3.Json", "teams/a/prod/deep/4.yaml"]),
        (["./teams/*/../a/*.yml"], ["teams/a/5.yml"]),
        (["**/*.json"], ["c.json"]),
        (["teams/b", "**/1.yml", "teams/b/prod/../prod/1.yml", "x.yml", "*.yml"],
         ["teams/b/prod/1.yml", "teams/b/test/2.yml", "x.yml", "odd*.yml"]),
        (["nowhere.yml"], ["nowhere.yml"]),
    ],
    ids=str,
)  # fmt: skip
def test_files_are_found_by_path_by_folder_and_by_pattern(tree: Path, paths: list[str], found: list[str]) -> None:
    assert [os.path.relpath(os.path.realpath(each)) for each in find_files(paths)] == found
    absolute = [os.path.join(tree, path) for path in paths]
    assert [os.path.relpath(os.path.realpath(each)) for each in find_files(absolute)] == found


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("teams/c", r"^teams/c: the folder holds no file that ends with \.yml, \.yaml, \.json\."),
        ("teams/c/*", r"^teams/c/\*: the pattern matches no file that ends with \.yml, \.yaml, \.json\."),
        ("**/*.md", r"^\*\*/\*\.md: the pattern matches no file"),
        ("nowhere/**/*.yml", r"^nowhere/\*\*/\*\.yml: the pattern matches no file"),
        ("x.yml/*", r"^x\.yml/\*: the pattern matches no file"),
        ("x[.yml", r"^x\[\.yml: the pattern matches no file"),
    ],
)
@pytest.mark.usefixtures("tree")
def test_folder_and_pattern_without_files_are_refused_by_name(path: str, message: str) -> None:
    with pytest.raises(DesiredError, match=message):
        find_files(["x.yml", path])


def test_linked_folder_and_file_are_read_once(tree: Path) -> None:
    account, shared = tree / "account", tree / "shared"
    for folder in (account, shared):
        folder.mkdir()
        (folder / "one.yml").write_text("[]")
    (account / "linked").symlink_to(shared)
    (account / "again").symlink_to(shared)
    (account / "two.yml").symlink_to("one.yml")
    (shared / "back").symlink_to(account)
    assert find_files(["account"]) == ["account/again/one.yml", "account/one.yml"]
    assert find_files(["account/**"]) == ["account/again/one.yml", "account/one.yml"]
    assert find_files(["account/**/linked/*.yml"]) == ["account/linked/one.yml"]
    assert find_files(["account/**/two.yml"]) == ["account/two.yml"]


def test_folder_that_cannot_be_read_is_refused(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run as root, which may read every folder."""

    def refuse(path: str = ".") -> list[str]:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "listdir", refuse)
    monkeypatch.setattr(os, "scandir", refuse)
    for path in ("teams/*/prod", "teams/**", "teams"):
        with pytest.raises(DesiredError, match=r"^teams: cannot be read: Permission denied\."):
            find_files([path])
