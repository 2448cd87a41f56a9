# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module credential_connections_info."""

from __future__ import annotations

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.module import info_results
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.records_action import RecordsAction


class ActionModule(RecordsAction):
    """Return connections."""

    MODULE = "siptrunk.telnyx.credential_connections_info"
    results = staticmethod(info_results)
