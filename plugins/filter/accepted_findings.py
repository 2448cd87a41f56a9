# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter of the playbook accept; it is documented in the .yml file of its name."""

from __future__ import annotations

from typing import Any

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.accepted_files import accept_reports
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.filters import Filter, translate_errors
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.plain_types import to_plain

# The lists whose items are words of the collection, so that commas separate them; a connection's name may have a comma.
_WORDS = ("rules", "severities", "paths", "fingerprints")


def _accepted_findings(text: Any, dest: Any, reports: Any, **options: Any) -> dict[str, Any]:
    selection = {name: _items(to_plain(options.pop(name, None)), commas=True) for name in _WORDS}
    selection["connections"] = _items(to_plain(options.pop("connections", None)), commas=False)
    return accept_reports(str(to_plain(dest)), str(to_plain(text)), to_plain(reports), selection, **to_plain(options))


def _items(value: Any, *, commas: bool) -> list[str] | None:
    if value is None:
        return None
    if isinstance(value, str):
        value = value.split(",") if commas else [value]
    items = value if isinstance(value, list) else [value]
    return [text for each in items if (text := str(each).strip() if commas else str(each))]


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Filter]:
        """Return the filter by its name."""
        return {"accepted_findings": translate_errors(_accepted_findings)}
