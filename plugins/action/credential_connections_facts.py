# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module credential_connections_facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.host_groups import as_inventory, whole_records
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.records_action import RecordsAction
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.unsafe import mark_facts

if TYPE_CHECKING:
    from collections.abc import Mapping


class ActionModule(RecordsAction):
    """Set facts from connections."""

    def results(self, selected: Any, query: str | None, meta: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Return the facts. Raises :class:`QueryError` unless whole connections are selected.

        Their text is marked as unsafe, unless the task registers the result, which Ansible marks itself.
        """
        records = whole_records(selected, query)
        unique = list({record["id"]: record for record in records}.values())
        facts = {
            "telnyx_credential_connections": records,
            "telnyx_credential_connections_inventory": as_inventory(unique),
        }
        return {"ansible_facts": mark_facts(facts) if self._task.register is None else facts}
