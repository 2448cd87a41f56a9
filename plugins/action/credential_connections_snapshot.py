# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin of the module credential_connections_snapshot."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, ClassVar

from ansible.utils.display import Display
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import prefixed
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.account_action import AccountAction
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.api_key import key_digest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.argument_spec import argument_spec
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.snapshot_file import (
    check_destination,
    write_snapshot,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.snapshot_format import (
    SnapshotHeader,
    format_read_at,
)

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import Options

display = Display()

_LISTING = argument_spec("listing")


class ActionModule(AccountAction):
    """Write the account to a snapshot file."""

    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "dest": {"type": "path", "required": True},
        "connection_name_contains": _LISTING["connection_name_contains"],
        "outbound_voice_profile_id": _LISTING["outbound_voice_profile_id"],
        "consistency": {**_LISTING["consistency"], "default": "strict"},
    }
    READING_GROUPS: ClassVar[tuple[str, ...]] = ("access", "limits")  # a snapshot is not written from a snapshot

    def act(self, params: dict[str, Any], options: Options) -> dict[str, Any]:
        """Read the account, and write the file. Raises :class:`TelnyxError`."""
        if not params["dest"]:
            raise OptionError("dest", "the path is empty.")
        dest = os.path.abspath(os.path.expanduser(params["dest"]))
        check_destination(dest)
        started = time.time()
        listing = self.read_account(options)
        header = SnapshotHeader(
            format_read_at(started),
            options.api_url,
            key_digest(options.api_key),
            options.connection_name_contains,
            options.outbound_voice_profile_id,
            options.consistency,
            len(listing.records),
        )
        there, warnings = write_snapshot(dest, header, listing.records, dry_run=self._task.check_mode)
        for warning in warnings:
            display.warning(prefixed(warning))
        return {
            "changed": there is header,
            "dest": dest,
            "connections": there.connections,
            "read_at": there.read_at,
            "account": there.account,
            "meta": listing.meta,
        }
