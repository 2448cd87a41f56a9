"""Files that are replaced all or none, on a real file system."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils import _file_replacement as files
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import ReportError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import (
    ReplaceError,
    read_regular,
    replace_all,
    stage,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._text_files import write_file, write_files


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return path.lstat().st_mode & 0o777


@pytest.fixture(params=["links", "copies"])
def keeping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With hard links, and on a file system that has none."""

    def no_link(*_arguments: object, **_options: object) -> None:
        raise PermissionError

    if request.param == "copies":
        monkeypatch.setattr(os, "link", no_link)


def staged_at(path: Path, content: str) -> str:
    return stage(str(path), content.encode(), lambda _path: None, lambda _path: None)


@pytest.mark.usefixtures("keeping")
@pytest.mark.parametrize("fails", ["rename", "remove"])
def test_where_one_file_cannot_be_replaced_none_is(tmp_path: Path, fails: str) -> None:
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
    files.discard(list(wanted.values()))
    assert names(tmp_path) == ["a", "b", "link", "old"]
    assert {(tmp_path / name).read_text() for name in names(tmp_path)} == {"before"}
    assert os.readlink(tmp_path / "link") == "a"
    assert {mode(tmp_path / name) for name in ("a", "b", "old")} == {0o640}


@pytest.mark.usefixtures("keeping")
def test_all_are_replaced_and_nothing_else_stays(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before")
    (tmp_path / "old").write_text("before")
    replace_all({str(tmp_path / "a"): staged_at(tmp_path / "a", "after")}, [str(tmp_path / "old")])
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "after"


def test_a_staged_file_has_its_mode_before_its_content_and_is_registered_first(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []

    def note(what: str, path: str) -> None:
        seen.append((what, os.stat(path).st_mode & 0o777, os.path.getsize(path)))

    path = str(tmp_path / ("long" * 60))
    staged = stage(path, b"secret", lambda new: note("prepare", new), lambda new: note("register", new))
    assert seen == [("register", 0o600, 0), ("prepare", 0o600, 0)]
    assert Path(staged).read_bytes() == b"secret"


@pytest.mark.parametrize("kind", ["pipe", "folder", "socket", "device", "loop", "link to a pipe"])
def test_what_is_no_regular_file_is_neither_read_nor_replaced(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    with pytest.raises(ReportError, match="not a regular file"):
        write_file(str(path), "text")
    assert path.lstat().st_ino == before
    assert read_regular(str(tmp_path / "absent")) is None


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "there.yml").write_text("before")
    for name in ("there.yml", "new/dangling.yml"):
        link = tmp_path / Path(name).name
        link.symlink_to(Path("real") / name)
        write_file(str(link), "after")
        assert link.is_symlink()
        assert (tmp_path / "real" / name).read_text() == "after"
    assert names(tmp_path / "real") == ["new", "there.yml"]


def test_modes(tmp_path: Path) -> None:
    for name in ("kept", "given"):
        (tmp_path / name).write_text("before")
        (tmp_path / name).chmod(0o664)
    write_files({str(tmp_path / name): "after" for name in ("kept", "new")}, mode=0o644, keep_mode=True)
    write_file(str(tmp_path / "given"), "after")
    assert [mode(tmp_path / name) for name in ("kept", "new", "given")] == [0o664, 0o644, 0o600]


def test_a_file_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReportError, match="cannot be written"):
        write_file(str(tmp_path / "file" / "below"), "text")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ReportError):
        write_files({str(tmp_path / "file"): "text", str(tmp_path / "folder"): "text"})
    assert names(tmp_path) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "x"
