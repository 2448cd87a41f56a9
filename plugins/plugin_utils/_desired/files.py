# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the files of desired connections."""

from __future__ import annotations

import os
from dataclasses import replace
from errno import ENOENT
from typing import TYPE_CHECKING

from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, is_encrypted

from ...module_utils._errors import DesiredError
from ...module_utils._file_replacement import read_regular
from ...module_utils._text import one_line
from .._checks.desired_records import Desired, Origin, canonical_names
from .._records.fields import canonical
from .baseline import ExistingFile
from .errors import ParseError
from .json_files import json_content
from .layers import layered
from .layout import checked_defaults
from .paths import display_path, find_files
from .yaml_reader import yaml_content

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_desired(paths: Sequence[str], vault: VaultLib, match_by: str = "connection_name") -> list[Desired]:
    """Read desired records from files, from folders of files, and from the files that patterns match, see :func:`find_files`.

    A file holds a list of records, one record, or defaults and a list of records. Each path is an entry: what a later one says of a
    connection replaces what an earlier one says, see :func:`layered`. A file that several entries reach belongs to the first one.
    Relative paths start at the working folder of ansible-playbook.
    Raises :class:`DesiredError`, which quotes no text of a file, and :class:`OptionError`.
    """
    seen: set[str] = set()
    entries = []
    for path in paths:
        files = [file for file in find_files([path]) if os.path.realpath(file) not in seen]
        seen.update(map(os.path.realpath, files))
        entries.append([each for file in files for each in _read_file(file, vault)])
    return layered(entries, match_by)


def _read_file(path: str, vault: VaultLib) -> list[Desired]:
    text, file = _read_text(path, vault), display_path(path)
    try:
        is_json = path.lower().endswith(".json")
        records, defaults = json_content(text, file) if is_json else yaml_content(text, vault, file)
        defaults = defaults and checked_defaults(defaults)
    except ParseError as exc:
        raise DesiredError(exc.in_file(file)) from None
    is_generated = ExistingFile.of_text(text).is_generated

    def canonical_origin(origin: Origin) -> Origin:
        fields = canonical(origin.fields) if isinstance(origin.fields, dict) else {}
        return replace(origin, fields=fields, is_generated=is_generated)

    defaults_of_each = (canonical_origin(defaults),) if defaults and defaults.fields else ()
    return [
        canonical_names(Desired(each.fields, position, (canonical_origin(each),), defaults_of_each))
        for position, each in enumerate(records, 1)
    ]


def _read_text(path: str, vault: VaultLib) -> str:
    try:
        raw = read_regular(path)
        if raw is None:
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT))
        if is_encrypted(raw):
            raw = vault.decrypt(raw)
        return raw.decode("utf-8-sig")
    except OSError as exc:
        raise DesiredError(f"{display_path(path)}: cannot be read: {exc.strerror or 'unknown reason'}.") from None
    except UnicodeDecodeError:
        raise DesiredError(f"{display_path(path)}: is not UTF-8 text.") from None
    except AnsibleError as exc:
        reason = one_line(exc).rstrip(".")
        raise DesiredError(f"{display_path(path)}: the vault cannot be opened: {reason}.") from None
