# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that show connections to people; each is documented in the .yml file of its name."""

from __future__ import annotations

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.filters import Filter, connections_filter
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.table import csv_text, table_lines


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Filter]:
        """Return the filters by their names."""
        return {
            "connections_csv": connections_filter(csv_text),
            "connections_table": connections_filter(table_lines),
        }
