# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that escape a value for the files of a SIP program; each is documented in the .yml file of its name."""

from __future__ import annotations

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.filters import Filter, text_filter
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._sip.escaping import (
    asterisk_value,
    baresip_value,
    freeswitch_value,
    kamailio_value,
)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Filter]:
        """Return the filters by their names."""
        return {
            "asterisk_value": text_filter(asterisk_value),
            "baresip_value": text_filter(baresip_value),
            "freeswitch_value": text_filter(freeswitch_value),
            "kamailio_value": text_filter(kamailio_value),
        }
