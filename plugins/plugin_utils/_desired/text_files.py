# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write text files on the controller, all or none."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from ...module_utils._errors import ReportError
from ...module_utils._file_replacement import (
    ReplaceError,
    check_replaceable,
    discard,
    owner_and_mode,
    replace_all,
    set_owner_and_mode,
    stage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def write_files(
    texts: Mapping[str, str], removed: Sequence[str] = (), *, mode: int = 0o600, keep_mode: bool = False
) -> None:
    """Write files and remove others: all of it or nothing. Raises :class:`ReportError`.

    If a path is a symbolic link, its target is written. Files get the permissions ``mode``; with ``keep_mode``, a file that
    exists keeps its permissions, and its owner if this user is permitted to set it. ``removed`` files are unlinked; of a
    symbolic link, the link itself is.
    """
    staged: dict[str, str] = {}
    temporary: list[str] = []
    path = ""
    try:
        for path, text in texts.items():
            real = os.path.realpath(path)
            check_replaceable(real)
            os.makedirs(os.path.dirname(real), exist_ok=True)
            found = owner_and_mode(os.stat(real)) if keep_mode and os.path.exists(real) else (-1, -1, mode)
            content = text.encode("utf-8", "replace")
            staged[real] = stage(real, content, partial(set_owner_and_mode, wanted=found), temporary.append)
        path = ""
        replace_all(staged, removed)
    except OSError as exc:
        place = path or exc.filename
        lost = exc.not_restored if isinstance(exc, ReplaceError) else []
        hint = f"These could not be restored: {', '.join(lost)}." if lost else ""
        raise ReportError(f"{place}: cannot be written: {exc.strerror or 'unknown reason'}.", hint) from None
    finally:
        discard(temporary)
