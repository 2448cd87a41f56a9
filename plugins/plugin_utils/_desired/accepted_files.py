# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the files of accepted findings: YAML, a list of entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from ansible.parsing.vault import is_encrypted

from ...module_utils._errors import AcceptanceError, DesiredError
from ...module_utils._file_replacement import read_regular
from .._checks.acceptance import Acceptance, make_acceptance
from .errors import ParseError
from .paths import display_path, find_files
from .yaml_reader import compose, construct

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_accepted(paths: Sequence[str]) -> list[Acceptance]:
    """Read the entries of files, of folders of files, and of the files that patterns match, as desired files are found.

    Raises :class:`AcceptanceError` for a file that does not exist or cannot be read, for a folder or a pattern without files,
    and for an invalid entry; and :class:`OptionError`.
    """
    found = []
    try:
        files = find_files(paths, "accepted_files")
    except DesiredError as exc:
        raise AcceptanceError(f"accepted_files: {exc.message}", exc.hint) from None
    for path in files:
        text = read_text(path)
        if text is None:
            raise AcceptanceError(
                f"{display_path(path)}: the file of accepted findings does not exist.",
                "The playbook siptrunk.telnyx.accept writes one; a file with [] accepts nothing.",
            )
        found += parse_accepted(path, text)
    return found


def read_text(path: str) -> str | None:
    """Return the text of a file, ``None`` if there is no file. Raises :class:`AcceptanceError`."""
    try:
        raw = read_regular(path)
        if raw is not None and is_encrypted(raw):
            raise AcceptanceError(f"{display_path(path)}: is encrypted by a vault.", "It holds no secrets; decrypt it.")
        return None if raw is None else raw.decode("utf-8-sig")
    except OSError as exc:
        raise AcceptanceError(f"{display_path(path)}: cannot be read: {exc.strerror or 'unknown reason'}.") from None
    except UnicodeDecodeError:
        raise AcceptanceError(f"{display_path(path)}: is not UTF-8 text.") from None


def parse_accepted(path: str, text: str) -> list[Acceptance]:
    """Return the entries of a file. Raises :class:`AcceptanceError`, which names the file and the line."""
    file = display_path(path)
    return [
        make_acceptance(values, f"{file}, line {line}: the entry", {"file": file, "line": line})
        for values, line in parse_entries(path, text)
    ]


def parse_entries(path: str, text: str) -> list[tuple[Any, int]]:
    """Return the values of the list in a text, each with its line. Raises :class:`AcceptanceError`."""
    try:
        loader, root = compose(text.removeprefix("\ufeff"))
        if root is None or (isinstance(root, yaml.ScalarNode) and root.value in ("", "~", "null")):
            return []
        if not isinstance(root, yaml.SequenceNode):
            raise ParseError("it is not a list of accepted findings", root.start_mark.line + 1)
        return [(construct(loader, node), node.start_mark.line + 1) for node in root.value]
    except ParseError as exc:
        raise AcceptanceError(exc.in_file(display_path(path))) from None
