"""Runs of the role sip_config for several hosts at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playbooks import Run

PROGRAMS = {program: {"program": program} for program in ("asterisk", "freeswitch", "kamailio", "baresip")}
GOOD: dict[str, Any] = {"active": True, "encrypted_media": None, "dtmf_type": "RFC 2833"}
Configure = Callable[..., "SipRun"]


class SipRun:
    """A run of the role for several hosts."""

    def __init__(self, run: Run) -> None:
        self.output, self.flat, self.exit_code = run.output, run.flat(), run.exit_code
        self._folder = run.folder

    def recap(self, count: str) -> dict[str, int]:
        """A count of the recap, such as ``changed`` or ``failed``, by host."""
        recap = self.output.partition("PLAY RECAP")[2]
        return {host: int(number) for host, number in re.findall(rf"(?m)^(\S+)\s*:.*\b{count}=(\d+)", recap)}

    def failed(self) -> set[str]:
        """The hosts that failed."""
        return {host for host, number in self.recap("failed").items() if number}

    def changed(self) -> set[str]:
        """The hosts that changed."""
        return {host for host, number in self.recap("changed").items() if number}

    def files(self, host: str) -> dict[str, str]:
        """The content of a host's files by name, now."""
        return files_of(self._folder / host)


def files_of(folder: Path) -> dict[str, str]:
    """The content of a folder's files by name, without the backups."""
    paths = [path for path in folder.iterdir() if path.is_file()] if folder.exists() else []
    return {path.name: path.read_text() for path in paths if not path.name.startswith(".telnyx-")}


def modes_of(folder: Path) -> set[tuple[str, int]]:
    """The modes of a folder's files and folders, with those in its backups, each with its kind."""
    return {("file" if path.is_file() else "folder", path.stat().st_mode & 0o777) for path in folder.rglob("*")}
