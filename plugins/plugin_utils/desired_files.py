# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of desired connections, and where in them each one stands."""

from __future__ import annotations

import os
from typing import Iterator, List, Sequence

from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, is_encrypted
from ansible_collections.siptrunk.telnyx.plugins.module_utils.drift import Desired
from ansible_collections.siptrunk.telnyx.plugins.module_utils.errors import DesiredError, OptionError, one_line
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.desired_json import json_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.desired_yaml import Refused, yaml_records

SUFFIXES = (".yml", ".yaml", ".json")


def read_desired(paths: Sequence[str], vault: VaultLib) -> List[Desired]:
    """Read desired records from files, and from all YAML and JSON files of folders, in the order of their names.

    A file holds a list of records, or one record. Relative paths are from where ansible-playbook was called.
    Raises :class:`DesiredError`, which quotes no text of a file.
    """
    desired: List[Desired] = []
    for path in _files(paths):
        text = _read(path, vault)
        try:
            records = json_records(text) if path.endswith(".json") else yaml_records(text, vault)
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
        names = sorted(name for name in os.listdir(path) if name.endswith(SUFFIXES) and not name.startswith("."))
        if not names:
            raise DesiredError(f"{_shown(path)}: the folder holds no file that ends with {', '.join(SUFFIXES)}.")
        yield from (os.path.join(path, name) for name in names)


def _shown(path: str) -> str:
    """A path as a report shows it: from the working folder where it lies below it, for that is what a CI knows."""
    relative = os.path.relpath(path)
    return os.path.abspath(path) if relative.startswith("..") else relative


def _read(path: str, vault: VaultLib) -> str:
    try:
        with open(path, "rb") as file:
            raw = file.read()
        if is_encrypted(raw):
            raw = vault.decrypt(raw)
        return raw.decode("utf-8-sig")
    except OSError as exc:
        raise DesiredError(f"{_shown(path)}: cannot be read: {exc.strerror or 'unknown reason'}.") from None
    except UnicodeDecodeError:
        raise DesiredError(f"{_shown(path)}: is not UTF-8 text.") from None
    except AnsibleError as exc:
        raise DesiredError(f"{_shown(path)}: the vault cannot be opened: {one_line(exc).rstrip('.')}.") from None
