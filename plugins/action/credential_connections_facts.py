# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of the module credential_connections_facts on the controller."""

from __future__ import annotations

from ansible_collections.siptrunk.telnyx.plugins.module_utils.module import facts_results
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.records_action import RecordsAction


class ActionModule(RecordsAction):
    """Set facts from connections."""

    MODULE = "siptrunk.telnyx.credential_connections_facts"
    results = staticmethod(facts_results)
