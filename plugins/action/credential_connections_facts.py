# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module credential_connections_facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.module import facts_results
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.records_action import RecordsAction
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.unsafe import mark_facts

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.run_cache import Meta


class ActionModule(RecordsAction):
    """Set facts from connections."""

    MODULE = "siptrunk.telnyx.credential_connections_facts"

    def results(self, selected: Any, query: str | None, meta: Meta) -> dict[str, Any]:
        """Return the facts. Raises :class:`TelnyxError`.

        Their text is marked as unsafe, unless the task registers the result, which Ansible marks itself.
        """
        result = facts_results(selected, query, meta)
        if self._task.register is None:
            result["ansible_facts"] = mark_facts(result["ansible_facts"])
        return result
