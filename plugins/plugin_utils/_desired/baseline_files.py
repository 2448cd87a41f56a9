# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a baseline: their paths, and which of them may be written, replaced and removed."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...module_utils._errors import DesiredError, OptionError, ReportError
from ...module_utils._file_replacement import read_regular
from .baseline import FIRST_LINE, ExistingFile, baseline_record, generated
from .paths import files_below
from .shown_text import shown_texts
from .yaml_writer import dump, dump_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._records.records import Record

# What a folder holds for an account without connections: a drift check refuses a folder without files.
EMPTY_NAME = "empty.yml"


@dataclass
class Plan:
    """What a baseline changes: the ``texts`` to write, by path, and the files to remove.

    ``conflicts`` are the files that it may not replace or remove: they were edited, are not of a baseline, or of another selection.
    """

    texts: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


def baseline_texts(dest: str, records: Sequence[Record], selection: str, *, per_connection: bool) -> dict[str, str]:
    """Return the texts of a baseline by their paths: of the file ``dest``, or of one for each connection in the folder ``dest``."""
    kept = [baseline_record(record) for record in records]
    if not per_connection:
        return {dest: generated(dump(kept), selection)}
    texts = dict(zip(connection_paths(dest, records), dump_each(kept))) or {os.path.join(dest, EMPTY_NAME): "[]\n"}
    return {path: generated(text, selection) for path, text in texts.items()}


def connection_paths(dest: str, records: Sequence[Record]) -> list[str]:
    """Return the path of each record: the name is the connection's name, for people, and its id, which is unique.

    If two names are the same on a file system that ignores case, a part of the id's hash is added to both.
    """
    stems = []
    for record in records:
        name = re.sub(r"[^a-z0-9]+", "-", str(record.get("connection_name") or "").lower()).strip("-")[:60]
        identity = re.sub(r"[^A-Za-z0-9-]", "_", record["id"])[:64]
        stems.append(f"{name}.{identity}" if name else identity)
    count = Counter(stem.lower() for stem in stems)
    for place, record in enumerate(records):
        if count[stems[place].lower()] > 1:
            stems[place] += "." + hashlib.sha256(record["id"].encode("utf-8", "replace")).hexdigest()[:8]
    return [os.path.join(dest, f"{stem}.yml") for stem in stems]


def refuse_files_below(folder: str) -> None:
    """Refuse a folder whose subfolders have files that a drift check of it reads besides the baseline.

    Raises :class:`OptionError`, and :class:`DesiredError` for a folder that cannot be read.
    """
    for path in sorted(files_below(folder)) if os.path.isdir(folder) else ():
        if os.path.dirname(path) != folder:
            raise OptionError(
                "dest",
                f"{folder!r} has files in folders below it, such as {os.path.relpath(path, folder)!r}. A drift check of it reads them too,"
                " and would find their connections twice.",
                "Nothing was written. Choose another folder, such as the one of that file, or move these files out of it.",
            )


def existing_files(paths: Iterable[str], folder: str | None = None) -> dict[str, ExistingFile]:
    """Return what stands at the paths, and the other files of a folder that begin as a generated one does.

    Raises :class:`ReportError` for what is not a file of text.
    """
    found = {path: _read(path) for path in paths}
    for name in sorted(os.listdir(folder)) if folder and os.path.isdir(folder) else ():
        path = os.path.join(folder or "", name)
        if path not in found and name.endswith(".yml") and os.path.isfile(path):
            content = _read_bytes(path) or b""
            if content.removeprefix(b"\xef\xbb\xbf").startswith(FIRST_LINE.rstrip("\n").encode()):
                found[path] = _read(path)
    return {path: ExistingFile.of_text(text) for path, text in found.items() if text is not None}


def plan(files: Mapping[str, str], existing: Mapping[str, ExistingFile], selection: str) -> Plan:
    """Return what is to be done so that the files of a selection are there, and no other generated ones of the whole account."""
    result = Plan()
    for path, text in files.items():
        before = existing.get(path)
        if before is None or before.text != text:
            result.texts[path] = text
        if before is not None and before.text != text and not (before.is_generated and before.selection == selection):
            result.conflicts.append(path)
    for path, before in existing.items():
        if path not in files and not selection and not before.selection:
            (result.removed if before.is_generated else result.conflicts).append(path)
    return result


def diff(path: str, before: ExistingFile | None, after: str | None) -> dict[str, str]:
    """Return Ansible's diff of a file, without secrets; ``None`` is a file that does not exist.

    Of a generated file it has only the connections that differ.
    """
    texts = (before.text if before else "", after or "")
    if before is not None and before.is_generated:
        parts = [re.split(r"(?m)^(?=- )", text) for text in texts]
        same = set(parts[0]) & set(parts[1])
        texts = (
            "".join(each for each in parts[0] if each not in same),
            "".join(each for each in parts[1] if each not in same),
        )
    absent = "/dev/null"
    headers = {"before_header": path if before else absent, "after_header": absent if after is None else path}
    try:
        shown = shown_texts(*texts)
    except DesiredError as exc:
        shown = (f"(the existing file is not shown: {exc})\n", "")
    return {"before": shown[0], "after": shown[1], **headers}


def _read_bytes(path: str) -> bytes | None:
    try:
        return read_regular(path)
    except OSError as exc:
        raise _unreadable(path, exc.strerror) from None


def _read(path: str) -> str | None:
    """Return the text of a file, ``None`` if there is no file."""
    try:
        content = _read_bytes(path)
        return None if content is None else content.decode("utf-8")
    except UnicodeDecodeError:
        raise _unreadable(path, "it is not text") from None


def _unreadable(path: str, reason: str | None) -> ReportError:
    return ReportError(
        f"{path}: the existing file cannot be read: {reason or 'unknown reason'}.", "Move it to another folder."
    )
