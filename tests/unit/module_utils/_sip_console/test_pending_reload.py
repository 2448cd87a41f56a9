"""The note of what a program has still to load."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.pending_reload import (
    NOTHING,
    PendingReload,
    read_pending,
    remove_pending,
    write_pending,
)


def test_note_is_read_back_and_removed(tmp_path: Path) -> None:
    dest = str(tmp_path)
    pending = PendingReload([f"{dest}/a.xml"], [f"{dest}/b.xml"], dest)
    assert read_pending(dest, "freeswitch") == NOTHING
    write_pending(dest, "freeswitch", pending)
    (note,) = tmp_path.iterdir()
    assert note.stat().st_mode & 0o777 == 0o600
    assert not note.match("*.xml")
    assert read_pending(dest, "freeswitch") == pending
    assert read_pending(dest, "asterisk") == NOTHING
    remove_pending(dest, "freeswitch")
    remove_pending(dest, "freeswitch")
    assert not NOTHING
    assert list(tmp_path.iterdir()) == []


def test_later_changes_are_added() -> None:
    first = PendingReload(["a", "b"], ["c"], "old")
    assert first.and_then(PendingReload(["c"], ["a"], None)) == (["b", "c"], ["a"], "old")
    assert first.and_then(PendingReload([], [], "new")) == (["a", "b"], ["c"], "new")
    assert NOTHING.and_then(first) == first


@pytest.mark.parametrize("text", ["", "[]", "x", '{"written": 1}', '{"written": [], "removed": [], "x": 1}'])
def test_damaged_note_counts_as_none(text: str, tmp_path: Path) -> None:
    write_pending(str(tmp_path), "x", PendingReload(["a"], [], None))
    (note,) = tmp_path.iterdir()
    note.write_text(text)
    assert read_pending(str(tmp_path), "x") == NOTHING


def test_note_names_files_of_its_folder_only(tmp_path: Path) -> None:
    write_pending(str(tmp_path), "x", PendingReload(["/etc/passwd"], [], "/no/such/backup"))
    assert read_pending(str(tmp_path), "x") == PendingReload([f"{tmp_path}/passwd"], [], None)
