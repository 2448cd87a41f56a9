# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module credential_connections_info."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.records_action import RecordsAction

if TYPE_CHECKING:
    from collections.abc import Mapping


class ActionModule(RecordsAction):
    """Return connections."""

    def results(self, selected: Any, query: str | None, meta: Mapping[str, Any]) -> dict[str, Any]:
        """Return the connections or the result of the query, and the numbers about the listing."""
        return {"connections" if query is None else "result": selected, "meta": dict(meta)}
