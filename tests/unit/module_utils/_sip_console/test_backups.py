"""Backups of replaced files, on a real file system."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.backups import (
    FOLDER,
    MANIFEST,
    backups,
    create_backup,
    remove_backup,
    remove_old_backups,
    saved_files,
)
from hypothesis import given
from hypothesis import strategies as st

FILES = st.dictionaries(
    st.sampled_from("abcd"), st.tuples(st.binary(max_size=20), st.sampled_from([0o600, 0o640, 0o444])), max_size=4
)


@given(files=FILES)
def test_backup_has_what_the_files_were(
    files: dict[str, tuple[bytes, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("dest")
    for name, (content, mode) in files.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(mode)
    saved = saved_files(str(folder), create_backup([str(folder / name) for name in "abcd"]))
    owner = (os.geteuid(), os.getegid())
    assert saved == {
        str(folder / name): (files[name][0], (*owner, files[name][1])) if name in files else None for name in "abcd"
    }


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


def test_only_the_newest_backups_are_kept_and_no_incomplete_one(tmp_path: Path) -> None:
    created = [create_backup([str(tmp_path / "a")]) for _time in range(5)]
    (tmp_path / FOLDER / "mine").mkdir()
    (tmp_path / FOLDER / "20260101T000000.000000Z").mkdir()  # of an interrupted run
    assert backups(str(tmp_path)) == created
    remove_old_backups(str(tmp_path))
    assert {path.name for path in (tmp_path / FOLDER).iterdir()} == {"mine", *map(os.path.basename, created)}
    remove_old_backups(str(tmp_path), 2)
    assert backups(str(tmp_path)) == created[-2:]
    assert (tmp_path / FOLDER / "mine").exists()


def test_last_removed_backup_removes_the_folder(tmp_path: Path) -> None:
    one, two = (create_backup([str(tmp_path / "a")]) for _time in range(2))
    remove_backup(one)
    assert backups(str(tmp_path)) == [two]
    remove_backup(two)
    assert list(tmp_path.iterdir()) == []
    assert backups(str(tmp_path)) == []


def test_failed_backup_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="named pipe"):
        create_backup([str(tmp_path / "a"), str(tmp_path / "pipe")])
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_folder_of_backups_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / FOLDER).symlink_to("elsewhere")
    with pytest.raises(OSError, match="not a folder"):
        create_backup([str(tmp_path / "a")])
    assert list((tmp_path / "elsewhere").iterdir()) == []


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
        saved_files(str(tmp_path), backup)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
@pytest.mark.parametrize("which", [".", "..", MANIFEST])
def test_backup_of_another_user_is_not_used(which: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before")
    backup = create_backup([str(tmp_path / "a")])
    os.chown(os.path.join(backup, which), 12345, 12345)
    with pytest.raises(OSError, match="belongs to another user"):
        saved_files(str(tmp_path), backup)


def test_backup_of_another_folder_special_modes_and_links_are_not_used(tmp_path: Path) -> None:
    (tmp_path / "other" / FOLDER).mkdir(parents=True)
    (tmp_path / "a").write_text("before")
    (tmp_path / "a").chmod(0o4755)
    backup = create_backup([str(tmp_path / "a")])
    with pytest.raises(OSError, match="not a backup of"):
        saved_files(str(tmp_path / "other"), backup)
    saved = saved_files(str(tmp_path), backup)
    assert len(saved) == 1
    file = next(iter(saved.values()))
    assert file
    assert file.owner_and_mode[2] == 0o755
    Path(backup, "a").unlink()
    with pytest.raises(OSError, match="the backup has no copy of it"):
        saved_files(str(tmp_path), backup)
    Path(backup, "a").symlink_to("/etc/hostname")
    with pytest.raises(OSError, match="symbolic link"):
        saved_files(str(tmp_path), backup)
