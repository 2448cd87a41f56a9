# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of desired connections, and where in them each one stands."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from errno import ENOENT

from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, is_encrypted
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import DesiredError, OptionError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import read_regular
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import one_line
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.json_reader import json_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import Refused, yaml_records

SUFFIXES = (".yml", ".yaml", ".json")


def read_desired(paths: Sequence[str], vault: VaultLib) -> list[Desired]:
    """Read desired records from files, and from all YAML and JSON files in and below folders, in the order of their paths.

    A file holds a list of records, or one record. Relative paths are from where ansible-playbook was called. Of a folder,
    files and folders whose names begin with a dot, and files with other endings, are left out.
    Raises :class:`DesiredError`, which quotes no text of a file.
    """
    desired: list[Desired] = []
    for path in _files(paths):
        text = _read(path, vault)
        try:
            records = json_records(text) if path.lower().endswith(".json") else yaml_records(text, vault)
        except Refused as exc:
            raise DesiredError(f"{_shown(path)}, line {exc.line}: {exc}.") from None
        desired += [Desired(record, _shown(path), line) for record, line in records]
    return desired


def _files(paths: Sequence[str]) -> Iterator[str]:
    for path in map(os.path.expanduser, paths):
        if not path or "\0" in path:
            raise OptionError("desired_files", f"{path!r} is no path.")
        if not os.path.isdir(path):
            yield path
            continue
        files = sorted(_below(path))
        if not files:
            raise DesiredError(f"{_shown(path)}: the folder holds no file that ends with {', '.join(SUFFIXES)}.")
        yield from files


def _below(folder: str) -> Iterator[str]:
    """The YAML and JSON files in a folder and its folders, symbolic links to folders too, each folder once.

    Raises :class:`DesiredError` for a folder that cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise DesiredError(f"{_shown(str(error.filename))}: cannot be read: {error.strerror or 'unknown reason'}.")

    seen = {os.path.realpath(folder)}
    for above, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        visible = sorted(name for name in folders if not name.startswith("."))
        folders[:] = []
        for name in visible:
            real = os.path.realpath(os.path.join(above, name))
            if real not in seen:  # a link may lead back up
                seen.add(real)
                folders.append(name)
        for name in names:
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                yield os.path.join(above, name)


def _shown(path: str) -> str:
    """A path as a report shows it: from the working folder where it lies below it, for that is what a CI knows."""
    relative = os.path.relpath(path)
    return os.path.abspath(path) if relative.startswith("..") else relative


def _read(path: str, vault: VaultLib) -> str:
    try:
        raw = read_regular(path)
        if raw is None:
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT))
        if is_encrypted(raw):
            raw = vault.decrypt(raw)
        return raw.decode("utf-8-sig")
    except OSError as exc:
        raise DesiredError(f"{_shown(path)}: cannot be read: {exc.strerror or 'unknown reason'}.") from None
    except UnicodeDecodeError:
        raise DesiredError(f"{_shown(path)}: is not UTF-8 text.") from None
    except AnsibleError as exc:
        raise DesiredError(f"{_shown(path)}: the vault cannot be opened: {one_line(exc).rstrip('.')}.") from None
