"""Text files on the controller, written all or none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import ReportError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.text_files import write_files


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "existing.yml").write_text("before")
    for name in ("existing.yml", "new/dangling.yml"):
        link = tmp_path / Path(name).name
        link.symlink_to(Path("real") / name)
        write_files({str(link): "after"})
        assert link.is_symlink()
        assert (tmp_path / "real" / name).read_text() == "after"
    assert names(tmp_path / "real") == ["existing.yml", "new"]


@pytest.mark.parametrize("is_link", [False, True], ids=["pipe", "link to a pipe"])
def test_path_that_is_no_regular_file_is_an_error(tmp_path: Path, is_link: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    path = tmp_path / "link" if is_link else tmp_path / "pipe"
    if is_link:
        path.symlink_to("pipe")
    with pytest.raises(ReportError, match="not a regular file"):
        write_files({str(path): "text"})
    assert (tmp_path / "pipe").is_fifo()


def test_permissions_are_the_given_ones_or_those_of_the_existing_file(tmp_path: Path) -> None:
    for name in ("kept", "given"):
        (tmp_path / name).write_text("before")
        (tmp_path / name).chmod(0o664)
    write_files({str(tmp_path / name): "after" for name in ("kept", "new")}, mode=0o644, keep_mode=True)
    write_files({str(tmp_path / "given"): "after"})
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("kept", "new", "given")]
    assert modes == [0o664, 0o644, 0o600]


def test_failure_changes_no_file_and_leaves_no_temporary_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReportError, match="cannot be written"):
        write_files({str(tmp_path / "file" / "below"): "text"})
    (tmp_path / "folder").mkdir()
    with pytest.raises(ReportError):
        write_files({str(tmp_path / "file"): "text", str(tmp_path / "folder"): "text"})
    assert names(tmp_path) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "x"
