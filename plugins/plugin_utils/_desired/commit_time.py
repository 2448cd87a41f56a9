# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When files of desired connections were committed last, by git."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.audit_log import parse_time
from ansible_collections.siptrunk.telnyx.plugins.module_utils._console.command import run

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT = 30.0  # seconds
# Neither a pager, nor the program that checks signatures, nor the wildcards of git.
_OPTIONS = ("--no-pager", "--no-optional-locks", "--literal-pathspecs", "-c", "log.showSignature=false")
_LINE = re.compile(r"^(\d{4}-\d\d-\d\dT\S+) \[(.*)\]$", re.MULTILINE)


def last_commit_time(files: Sequence[str]) -> float | None:
    """Return the time of the last commit that changed one of the files, as Unix time in seconds, or ``None``.

    ``None`` is returned if git does not say so: it is not installed, a file is in no repository or in another one than the
    first file, none is committed, or the repository is shallow and does not reach back to that commit.
    """
    if not files:
        return None
    paths = [os.path.realpath(file) for file in files]
    git = ["git", "-C", os.path.dirname(paths[0]), *_OPTIONS]
    log = run([*git, "log", "-1", "--format=%cI [%P]", "--", *paths], TIMEOUT)
    found = _LINE.search(log.output) if log.succeeded else None
    if not found:
        return None
    if not found[2]:
        # A commit without parents is the first one, or the oldest that a shallow repository has, and that has every file.
        shallow = run([*git, "rev-parse", "--is-shallow-repository"], TIMEOUT)
        if not shallow.succeeded or shallow.output.split()[-1:] != ["false"]:
            return None
    return parse_time(found[1])
