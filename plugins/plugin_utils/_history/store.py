# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a check's history: one for each run, which is never changed.

A file's name has the check, a hash of the account's label, the time, and random digits: the order of the names is that of the
runs, and two runs at once write two files. Its first line is the head of the run, and each further line a finding, both in
JSON. It is written under a temporary name and then renamed, so a run that is killed leaves no incomplete file.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import re
import secrets
import time
from errno import EINVAL
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.fail_on import ERROR
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.history import (
    FINDING_SEVERITIES,
    RUN_STATUSES,
    Run,
    RunHead,
    SeenFinding,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import read_regular, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = "siptrunk.telnyx/history"
FORMAT_VERSION = 1
RUNS_MAX = 400
TEMPORARY_SECONDS_MAX = 24 * 3600
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_NAME_END = r"(\d{8}T\d{6}\.\d{6}Z)-[0-9a-f]{8}\.jsonl"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")
HEAD_MAX = 10_000_000  # bytes; an accepted finding has about 60
_HEAD_KEYS = ("check", "account", "generated_at", "status", "totals", "findings", "accepted")


class DamagedError(Exception):
    """A file of the history is not what this collection writes. The text says what is wrong, without content of the file."""


class StoredRun(NamedTuple):
    """The head of a run, and the name of its file."""

    name: str
    head: RunHead


class HistoryStore:
    """The runs of one check of one account in a folder. ``warnings`` collects what was wrong with files that were skipped."""

    def __init__(self, folder: str, check: str, account: str | None) -> None:
        self.folder = os.path.abspath(os.path.expandvars(os.path.expanduser(folder)))
        self.check = check
        self.account = account
        self.warnings: list[str] = []
        label = hashlib.sha256((account or "").encode("utf-8", "surrogatepass")).hexdigest()[:8]
        self._prefix = f"{check}-{label}-"
        self._name = re.compile(re.escape(self._prefix) + _NAME_END)

    def names(self) -> list[str]:
        """Return the names of the runs' files, the oldest first. Raises :class:`OSError`; a missing folder has none."""
        return self._names(self._name)

    def other_accounts(self) -> list[str | None]:
        """Return the labels of the other accounts that have runs of this check in the folder, sorted; ``None`` is no label.

        Files that cannot be read are left out. Raises :class:`OSError` if the folder cannot be read.
        """
        prefix = re.compile(rf"({re.escape(self.check)}-[0-9a-f]{{8}}-){_NAME_END}")
        newest = {name[: len(self._prefix)]: name for name in self._names(prefix)}
        found: set[str | None] = set()
        for start, name in newest.items():
            with contextlib.suppress(DamagedError, OSError), open(self._regular(name), "rb") as file:
                label = _object(file.readline(HEAD_MAX)).get("account")
                if isinstance(label, (str, type(None))):
                    store = HistoryStore(self.folder, self.check, label)
                    if start == store._prefix != self._prefix:
                        found.add(label)
        return sorted(found, key=lambda label: (label is not None, label or ""))

    def newest_first(self) -> Iterator[StoredRun]:
        """Yield the heads of all runs that can be read. Raises :class:`OSError` if the folder cannot be read."""
        for name in reversed(self.names()):
            try:
                with open(self._regular(name), "rb") as file:
                    yield StoredRun(name, self._head(file.readline(HEAD_MAX)))
            except FileNotFoundError:
                continue  # another run removed it just now
            except (DamagedError, OSError) as exc:
                self._warn(name, exc)

    def load(self, name: str) -> Run | None:
        """Return the run of a file, or ``None``, with a warning, if it cannot be read."""
        try:
            content = read_regular(self._regular(name))
            lines = (content or b"").splitlines()
            head = self._head(lines[0] if lines else b"")
            findings = {each["fingerprint"]: each for each in map(_finding, lines[1:])}
            if len(findings) != sum(head["findings"].values()):
                raise DamagedError("it does not have all its findings")
        except (DamagedError, OSError) as exc:
            self._warn(name, exc)
            return None
        return Run(head, findings)

    def last_complete(self, runs: list[StoredRun]) -> Run | None:
        """Return the first of these runs that is complete and can be read."""
        for each in runs:
            run = self.load(each.name) if each.head["status"] != ERROR else None
            if run:
                return run
        return None

    def stage(self, run: Run) -> str:
        """Write a run to a temporary file and return its path. Raises :class:`OSError`."""
        os.makedirs(self.folder, 0o700, exist_ok=True)
        head = {"format": FORMAT, "format_version": FORMAT_VERSION, **run.head}
        lines = [json.dumps(each, separators=(",", ":")) for each in (head, *run.findings.values())]
        created: list[str] = []
        try:
            content = ("\n".join(lines) + "\n").encode("ascii")
            return stage(os.path.join(self.folder, self._prefix), content, lambda _path: None, created.append)
        except OSError:
            for path in created:
                with contextlib.suppress(OSError):
                    os.unlink(path)
            raise

    def add(self, staged: str) -> str:
        """Make a staged run the newest one, remove old files, and return the name of the run's file. Raises :class:`OSError`."""
        stamp = datetime.datetime.now(datetime.timezone.utc)
        names = self.names()
        if names:  # The order is that of the runs, even if the clock was set back.
            found = self._name.fullmatch(names[-1])
            newest = _parsed(found[1] if found else "")
            if newest:
                with contextlib.suppress(OverflowError):  # a file of the last moment of the year 9999
                    stamp = max(stamp, newest + datetime.timedelta(microseconds=1))
        name = f"{self._prefix}{stamp.strftime(_STAMP)}-{secrets.token_hex(4)}.jsonl"
        os.rename(staged, os.path.join(self.folder, name))
        self._remove_old()
        return name

    def _names(self, pattern: re.Pattern[str]) -> list[str]:
        try:
            return sorted(name for name in os.listdir(self.folder) if pattern.fullmatch(name))
        except FileNotFoundError:
            return []
        except ValueError:
            raise OSError(EINVAL, "a path cannot have these characters") from None

    def _remove_old(self) -> None:
        """Remove all but the newest runs, and what runs that were killed left."""
        oldest = time.time() - TEMPORARY_SECONDS_MAX
        with contextlib.suppress(OSError):
            old = self.names()[:-RUNS_MAX]
            for name in os.listdir(self.folder):
                path = os.path.join(self.folder, name)
                if name.startswith(f".{self._prefix}") and os.lstat(path).st_mtime < oldest:
                    old.append(name)
            for name in old:
                with contextlib.suppress(OSError):
                    os.unlink(os.path.join(self.folder, name))

    def _regular(self, name: str) -> str:
        path = os.path.join(self.folder, name)
        if not os.path.isfile(path):
            os.stat(path)  # raises FileNotFoundError for a missing file
            raise DamagedError("it is not a regular file")
        return path

    def _head(self, line: bytes) -> RunHead:
        data = _object(line)
        if (data.get("format"), data.get("format_version")) != (FORMAT, FORMAT_VERSION):
            raise DamagedError("it is not a run of this format")
        counts = data.get("findings")
        valid = (
            (data.get("check"), data.get("account")) == (self.check, self.account)
            and data.get("status") in RUN_STATUSES[self.check]
            and _is_time(data.get("generated_at"))
            and isinstance(data.get("totals"), (dict, type(None)))
            and isinstance(counts, dict)
            and isinstance(data.get("accepted"), dict)
            and all(_is_time(value) for value in data["accepted"].values())
            and all(key in FINDING_SEVERITIES[self.check] and _is_count(counts[key]) for key in counts)
        )
        if not valid:
            raise DamagedError("it is not a run of this check and account")
        head: RunHead = {key: data[key] for key in _HEAD_KEYS}  # type: ignore[assignment]
        return head

    def _warn(self, name: str, exc: Exception) -> None:
        reason = exc.strerror or "unknown reason" if isinstance(exc, OSError) else str(exc)
        warning = f"{os.path.join(self.folder, name)} is not read: {reason}. Remove it."
        if warning not in self.warnings:
            self.warnings.append(warning)


def _is_time(value: Any) -> bool:
    """Return whether a value is a time as the runs have it, and a real one."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return False
    return True


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _object(line: bytes) -> dict[str, Any]:
    """Return a JSON object. Raises :class:`DamagedError`."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise DamagedError("it is damaged") from None
    if not isinstance(data, dict):
        raise DamagedError("it is damaged")
    return data


def _finding(line: bytes) -> SeenFinding:
    data = _object(line)
    texts = [data.get(key) for key in ("fingerprint", "first_seen", "severity", "kind", "what")]
    valid = (
        all(isinstance(each, str) for each in texts)
        and all(isinstance(data.get(key), (str, type(None))) for key in ("id", "name"))
        and _FINGERPRINT.fullmatch(data["fingerprint"])
        and _is_time(data["first_seen"])
        and any(data["severity"] in severities for severities in FINDING_SEVERITIES.values())
    )
    if not valid:
        raise DamagedError("it is damaged")
    seen: SeenFinding = {key: data.get(key) for key in SeenFinding.__annotations__}  # type: ignore[assignment]
    return seen


def _parsed(stamp: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.strptime(stamp, _STAMP).replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return None
