# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where files are in their repository: CI services show a finding beside its line only by such a path."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._checks.results import Source

# The variables in which GitHub Actions and GitLab CI give the folder of the repository (their documentation).
ROOT_VARIABLES = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def located(source: Source | None) -> Source | None:
    """Return a place in a file with the path relative to its repository: the nearest folder with ``.git``, else that of the CI job.

    Without either, and for a file outside, the path stays as it is.
    """
    if source is None:
        return None
    path = os.path.abspath(source["file"])
    root = _root_of(os.path.dirname(path))
    return {"file": os.path.relpath(path, root) if root else source["file"], "line": source["line"]}


@functools.cache
def _root_of(folder: str) -> str | None:
    above = folder
    while not os.path.exists(os.path.join(above, ".git")):
        if above == os.path.dirname(above):
            roots = (os.path.abspath(os.environ[name]) for name in ROOT_VARIABLES if os.environ.get(name))
            return next((root for root in roots if os.path.commonpath([root, folder]) == root), None)
        above = os.path.dirname(above)
    return above
