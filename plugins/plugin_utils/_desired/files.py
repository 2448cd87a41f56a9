# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the files of desired connections."""

from __future__ import annotations

import os
from errno import ENOENT
from typing import TYPE_CHECKING

from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, is_encrypted

from ...module_utils._errors import DesiredError
from ...module_utils._file_replacement import read_regular
from ...module_utils._text import one_line
from .._checks.desired_records import Desired
from .defaults import with_defaults
from .errors import ParseError
from .json_reader import json_records
from .paths import display_path, find_files
from .yaml_reader import yaml_records

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_desired(paths: Sequence[str], vault: VaultLib) -> list[Desired]:
    """Read desired records from files, from folders of files, and from the files that patterns match, see :func:`find_files`.

    A file holds a list of records, one record, or defaults and a list of records. Relative paths start at the working
    folder of ansible-playbook. Raises :class:`DesiredError`, which quotes no text of a file, and :class:`OptionError`.
    """
    desired: list[Desired] = []
    for path in find_files(paths):
        text, file = _read_text(path, vault), display_path(path)
        try:
            content = json_records(text) if path.lower().endswith(".json") else yaml_records(text, vault)
        except ParseError as exc:
            raise DesiredError(f"{file}, line {exc.line}: {exc}.") from None
        fields, line_of_defaults = content.defaults or ({}, None)
        defaults = Desired(fields, file, line_of_defaults) if fields else None
        desired += [
            Desired(with_defaults(record, fields), file, line, defaults=defaults) for record, line in content.records
        ]
    return desired


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
