"""Replacement of several files, all or none, on a real file system."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import (
    ReplaceError,
    check_replaceable,
    discard,
    read_regular,
    replace_all,
    stage,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return path.lstat().st_mode & 0o777


@pytest.fixture(params=["links", "copies"])
def backups(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system with hard links, and on one without."""

    def no_link(*_arguments: object, **_options: object) -> None:
        raise PermissionError

    if request.param == "copies":
        monkeypatch.setattr(os, "link", no_link)


def staged_at(path: Path, content: str) -> str:
    return stage(str(path), content.encode(), lambda _path: None, lambda _path: None)


@pytest.mark.usefixtures("backups")
@pytest.mark.parametrize("fails", ["rename", "remove"])
def test_replace_all_undoes_everything_if_one_step_fails(tmp_path: Path, fails: str) -> None:
    for name in ("a", "b", "old"):
        (tmp_path / name).write_text("before")
        (tmp_path / name).chmod(0o640)
    (tmp_path / "link").symlink_to("a")
    wanted = {str(tmp_path / name): staged_at(tmp_path / name, "after") for name in ("a", "link", "new", "b")}
    removed = [str(tmp_path / "old")]
    if fails == "rename":
        os.unlink(wanted[str(tmp_path / "b")])
    else:
        removed.append(str(tmp_path / "nothing"))
    with pytest.raises(ReplaceError) as caught:
        replace_all(wanted, removed)
    assert caught.value.filename == str(tmp_path / ("b" if fails == "rename" else "nothing"))
    assert caught.value.not_restored == []
    discard(list(wanted.values()))
    assert names(tmp_path) == ["a", "b", "link", "old"]
    assert {(tmp_path / name).read_text() for name in names(tmp_path)} == {"before"}
    assert os.readlink(tmp_path / "link") == "a"
    assert {mode(tmp_path / name) for name in ("a", "b", "old")} == {0o640}


@pytest.mark.usefixtures("backups")
def test_replace_all_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before")
    (tmp_path / "old").write_text("before")
    replace_all({str(tmp_path / "a"): staged_at(tmp_path / "a", "after")}, [str(tmp_path / "old")])
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "after"


def test_staged_file_is_registered_then_gets_its_mode_then_its_content(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []

    def note(what: str, path: str) -> None:
        seen.append((what, os.stat(path).st_mode & 0o777, os.path.getsize(path)))

    path = str(tmp_path / ("long" * 60))
    staged = stage(path, b"secret", lambda new: note("prepare", new), lambda new: note("register", new))
    assert seen == [("register", 0o600, 0), ("prepare", 0o600, 0)]
    assert Path(staged).read_bytes() == b"secret"


@pytest.mark.parametrize("kind", ["pipe", "folder", "socket", "device", "loop", "link to a pipe"])
def test_path_that_is_no_regular_file_is_an_error(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            monkeypatch.chdir(tmp_path)  # a socket's path is short
            server.bind("file")
    elif kind == "device":
        path.symlink_to("/dev/null")
    elif kind == "loop":
        path.symlink_to("file")
    else:
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to("pipe")
    before = path.lstat().st_ino
    with pytest.raises(OSError, match=r"not a regular file|symbolic links"):
        read_regular(str(path))
    with pytest.raises(OSError, match="not a regular file"):
        check_replaceable(str(path))
    assert path.lstat().st_ino == before
    assert read_regular(str(tmp_path / "absent")) is None
