# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find and read the files of desired connections."""

from __future__ import annotations

import os
from errno import ENOENT
from typing import TYPE_CHECKING

from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, is_encrypted
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError, OptionError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import read_regular
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import one_line
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.errors import ParseError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.json_reader import json_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import yaml_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SUFFIXES = (".yml", ".yaml", ".json")


def read_desired(paths: Sequence[str], vault: VaultLib) -> list[Desired]:
    """Read desired records from files, and from all YAML and JSON files in and below folders, in the order of their paths.

    A file holds a list of records, or one record. Relative paths start at the working folder of ansible-playbook. In a
    folder, names that begin with a dot and files with other suffixes are left out. Raises :class:`DesiredError`, which
    quotes no text of a file, and :class:`OptionError`.
    """
    desired: list[Desired] = []
    for path in _with_files_of_folders(paths):
        text, shown = _read_text(path, vault), _display_path(path)
        try:
            records = json_records(text) if path.lower().endswith(".json") else yaml_records(text, vault)
        except ParseError as exc:
            raise DesiredError(f"{shown}, line {exc.line}: {exc}.") from None
        desired += [Desired(record, shown, line) for record, line in records]
    return desired


def _with_files_of_folders(paths: Sequence[str]) -> Iterator[str]:
    for path in map(os.path.expanduser, paths):
        if not path or "\0" in path:
            raise OptionError("desired_files", f"{path!r} is not a path.")
        if not os.path.isdir(path):
            yield path
            continue
        files = sorted(_files_below(path))
        if not files:
            raise DesiredError(f"{_display_path(path)}: the folder holds no file that ends with {', '.join(SUFFIXES)}.")
        yield from files


def _files_below(folder: str) -> Iterator[str]:
    """Yield the YAML and JSON files in a folder and the folders below, symbolic links to folders too, each folder once.

    Raises :class:`DesiredError` for a folder that cannot be read.
    """

    def refuse(error: OSError) -> None:
        reason = error.strerror or "unknown reason"
        raise DesiredError(f"{_display_path(str(error.filename))}: cannot be read: {reason}.")

    visited = {os.path.realpath(folder)}
    for above, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        visible = sorted(name for name in folders if not name.startswith("."))
        folders[:] = []
        for name in visible:
            real = os.path.realpath(os.path.join(above, name))
            if real not in visited:  # a link may lead back up
                visited.add(real)
                folders.append(name)
        for name in names:
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                yield os.path.join(above, name)


def _display_path(path: str) -> str:
    """Return a path for reports: relative to the working folder if it is below it, as a CI service expects it."""
    relative = os.path.relpath(path)
    return os.path.abspath(path) if relative.startswith("..") else relative


def _read_text(path: str, vault: VaultLib) -> str:
    try:
        raw = read_regular(path)
        if raw is None:
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT))
        if is_encrypted(raw):
            raw = vault.decrypt(raw)
        return raw.decode("utf-8-sig")
    except OSError as exc:
        raise DesiredError(f"{_display_path(path)}: cannot be read: {exc.strerror or 'unknown reason'}.") from None
    except UnicodeDecodeError:
        raise DesiredError(f"{_display_path(path)}: is not UTF-8 text.") from None
    except AnsibleError as exc:
        reason = one_line(exc).rstrip(".")
        raise DesiredError(f"{_display_path(path)}: the vault cannot be opened: {reason}.") from None
