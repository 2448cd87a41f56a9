"""A step of the module sip_config_files that no playbook can make fail."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import ReplaceError, stage
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.file_backups import backups
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.pending_reload import (
    PendingReload,
    read_pending,
)
from ansible_collections.siptrunk.telnyx.plugins.modules.sip_config_files import replace_with_backup


def test_failed_replacement_removes_its_backup(tmp_path: Path) -> None:
    module: Any = SimpleNamespace(params={"dest": str(tmp_path), "program": "x", "backups": 2, "note_reload": True})
    path = tmp_path / "a"
    path.write_text("before")

    def staged(content: bytes) -> dict[str, str]:
        return {str(path): stage(str(path), content, lambda _new: None, lambda _new: None)}

    kept = replace_with_backup(module, staged(b"after"), [])
    assert backups(str(tmp_path)) == [kept]
    pending = PendingReload([str(path)], [], kept)
    assert read_pending(str(tmp_path), "x") == pending
    with pytest.raises(ReplaceError):
        replace_with_backup(module, {**staged(b"again"), str(tmp_path / "b"): str(tmp_path / "absent")}, [])
    assert path.read_text() == "after"
    assert backups(str(tmp_path)) == [kept]
    assert read_pending(str(tmp_path), "x") == pending
