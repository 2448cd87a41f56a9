# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter unknown_variables; the .yml file of its name documents it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import did_you_mean
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.filters import Filter, translate_errors

if TYPE_CHECKING:
    from collections.abc import Iterable


def unknown_variables(names: Iterable[str], known: Iterable[str], also: Iterable[str] = ()) -> list[str]:
    """Return a message for each name that is not a known one, with the most similar known name.

    ``also`` are further names that are accepted, and are not suggested.
    """
    known, accepted = list(map(str, known)), set(map(str, also))
    unknown = sorted(set(map(str, names)) - accepted - set(known))
    return [f"There is no variable {name}. {did_you_mean(name, known)}".rstrip() for name in unknown]


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Filter]:
        """Return the filters by their names."""
        return {"unknown_variables": translate_errors(unknown_variables)}
