"""Backups of replaced files, and putting them back, on a real file system."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import ReplaceError, replace_all
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.backups import (
    FOLDER,
    MANIFEST,
    backup_plan,
    backups,
    create_backup,
    remove_backup,
    remove_old_backups,
    restore_backup,
)
from hypothesis import given
from hypothesis import strategies as st

MODULE = "ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.backups"


def state(folder: Path) -> dict[str, tuple[bytes | str, int]]:
    """The content or the target, and the mode, of each file in a folder by name, without its folders."""
    return {
        path.name: (os.readlink(path), 0) if path.is_symlink() else (path.read_bytes(), path.stat().st_mode & 0o7777)
        for path in folder.iterdir()
        if path.is_symlink() or path.is_file()
    }


FILES = st.dictionaries(
    st.sampled_from("abcd"), st.tuples(st.binary(max_size=20), st.sampled_from([0o600, 0o640, 0o444])), max_size=4
)


@given(before=FILES, after=FILES)
def test_restored_files_are_what_they_were(
    before: dict[str, tuple[bytes, int]], after: dict[str, tuple[bytes, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("dest")
    for files in (before, after):
        if files is after:
            backup = create_backup([str(folder / name) for name in "abcd"])
            for path in [path for path in folder.iterdir() if path.is_file()]:
                path.unlink()
        for name, (content, mode) in files.items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(mode)
    assert state(folder) == after
    plan = backup_plan("custom", str(folder), backup)
    assert plan.after.keys() == {str(folder / name) for name in before}
    assert set(plan.removed) == {str(folder / name) for name in after.keys() - before.keys()}
    restore_backup(str(folder), backup)
    assert state(folder) == before
    assert [path.name for path in folder.iterdir() if path.is_dir()] == [FOLDER]


def test_backup_is_accessible_to_its_owner_only(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("secret")
    (tmp_path / "a.xml").chmod(0o666)
    (tmp_path / FOLDER).mkdir(mode=0o755)
    backup = Path(create_backup([str(tmp_path / "a.xml"), str(tmp_path / "new.xml")]))
    modes = {path.name: path.stat().st_mode & 0o777 for path in [backup, *backup.iterdir()]}
    assert modes == {backup.name: 0o700, "a.xml": 0o600, MANIFEST: 0o600}
    assert (tmp_path / FOLDER).stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.glob("*.xml")) == [tmp_path / "a.xml"]  # FreeSWITCH's pattern does not match the backups
    assert "secret" not in (backup / MANIFEST).read_text()


def test_symbolic_link_is_restored_as_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("secret")
    (tmp_path / "a").symlink_to("elsewhere")
    backup = create_backup([str(tmp_path / "a")])
    (tmp_path / "a").unlink()
    (tmp_path / "a").write_text("new")
    restore_backup(str(tmp_path), backup)
    assert os.readlink(tmp_path / "a") == "elsewhere"
    assert (tmp_path / "elsewhere").read_text() == "secret"


def test_only_the_newest_backups_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for number in range(5):
        (tmp_path / "a").write_text(str(number))
        made.append(create_backup([str(tmp_path / "a")]))
    moments = iter([0, 0, 1_000_000])
    monkeypatch.setattr(time, "time_ns", lambda: next(moments))
    assert [os.path.basename(create_backup([str(tmp_path / "a")])) for _time in range(2)] == [
        "19700101T000000.000000Z",
        "19700101T000000.001000Z",  # the name of another one is not used again
    ]
    (tmp_path / FOLDER / "mine").mkdir()
    (tmp_path / FOLDER / "20260101T000000.000000Z.partial").mkdir()  # of an interrupted run
    assert len(backups(str(tmp_path))) == 7
    remove_old_backups(str(tmp_path), 2)
    assert backups(str(tmp_path)) == made[-2:]
    assert (tmp_path / FOLDER / "mine").exists()
    assert len(list((tmp_path / FOLDER).iterdir())) == 3
    assert [Path(each, "a").read_text() for each in made[-2:]] == ["3", "4"]


def test_last_removed_backup_removes_the_folder(tmp_path: Path) -> None:
    one, two = (create_backup([str(tmp_path / "a")]) for _time in range(2))
    remove_backup(one)
    assert backups(str(tmp_path)) == [two]
    remove_backup(two)
    assert list(tmp_path.iterdir()) == []
    assert backups(str(tmp_path)) == []


def test_interrupted_backup_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="named pipe"):
        create_backup([str(tmp_path / "a"), str(tmp_path / "pipe")])
    assert backups(str(tmp_path)) == []
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_folder_of_backups_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / FOLDER).symlink_to("elsewhere")
    with pytest.raises(OSError, match="not a folder"):
        create_backup([str(tmp_path / "a")])
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("fails", ["staging", "replacing"])
def test_failed_restoration_changes_nothing(fails: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ab":
        (tmp_path / name).write_text("before")
    backup = create_backup([str(tmp_path / name) for name in "abc"])
    for name in "abc":
        (tmp_path / name).write_text("after")
    if fails == "staging":
        os.unlink(f"{backup}/b")
    else:

        def no_unlink(path: str) -> None:
            raise PermissionError(13, "not permitted", path)

        def fail(*arguments: object) -> None:
            monkeypatch.setattr(os, "unlink", no_unlink)
            try:
                replace_all(*arguments)  # type: ignore[arg-type]
            finally:
                monkeypatch.undo()

        monkeypatch.setattr(f"{MODULE}.replace_all", fail)
    with pytest.raises(OSError, match=r"no copy of it|not permitted") as caught:
        restore_backup(str(tmp_path), backup)
    if fails == "replacing":
        assert isinstance(caught.value, ReplaceError)
        assert caught.value.not_restored == []
    assert {name: (tmp_path / name).read_text() for name in "abc"} == dict.fromkeys("abc", "after")
    assert backups(str(tmp_path)) == [backup]


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        '{"files": 1}',
        '{"files": [{"name": "a"}]}',
        '{"files": [{"name": "../a", "existed": false}]}',
        '{"files": [{"name": "a", "existed": true, "uid": 0, "gid": 0, "mode": "rw"}]}',
    ],
)
def test_damaged_manifest_is_an_error(manifest: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before")
    backup = create_backup([str(tmp_path / "a")])
    assert json.loads(Path(backup, MANIFEST).read_text())["files"][0]["existed"] is True
    Path(backup, MANIFEST).write_text(manifest)
    with pytest.raises(OSError, match="not the manifest"):
        restore_backup(str(tmp_path), backup)
    assert (tmp_path / "a").read_text() == "before"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
@pytest.mark.parametrize("which", ["folder", "backup", "manifest"])
def test_backup_of_another_user_is_not_restored(which: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before")
    backup = create_backup([str(tmp_path / "a")])
    path = {"folder": os.path.dirname(backup), "backup": backup, "manifest": f"{backup}/{MANIFEST}"}[which]
    os.chown(path, 12345, 12345)
    (tmp_path / "a").write_text("after")
    with pytest.raises(OSError, match="belongs to another user"):
        restore_backup(str(tmp_path), backup)
    assert (tmp_path / "a").read_text() == "after"


def test_backup_is_restored_in_its_own_folder_without_special_modes_and_links(tmp_path: Path) -> None:
    (tmp_path / "other" / FOLDER).mkdir(parents=True)
    (tmp_path / "a").write_text("before")
    backup = create_backup([str(tmp_path / "a")])
    with pytest.raises(OSError, match="not a backup of"):
        backup_plan("custom", str(tmp_path / "other"), backup)
    manifest = Path(backup, MANIFEST)
    manifest.write_text(manifest.read_text().replace('"0644"', '"4755"'))
    restore_backup(str(tmp_path), backup)
    assert (tmp_path / "a").stat().st_mode & 0o7777 == 0o755
    Path(backup, "a").unlink()
    Path(backup, "a").symlink_to("/etc/hostname")
    with pytest.raises(OSError, match="symbolic link"):
        restore_backup(str(tmp_path), backup)
    assert (tmp_path / "a").read_text() == "before"
