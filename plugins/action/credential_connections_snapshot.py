# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin of the module credential_connections_snapshot."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, ClassVar

from ansible_collections.siptrunk.telnyx.plugins.module_utils._api_key import key_digest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._argument_spec import argument_spec, request_spec
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.snapshot_format import (
    SnapshotHeader,
    encode,
    format_read_at,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._snapshot_file import check_destination, write_snapshot
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_base import AccountAction

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import Options

_LISTING = argument_spec(None, "listing")


class ActionModule(AccountAction):
    """Write the account to a snapshot file."""

    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "dest": {"type": "path", "required": True},
        "connection_name_contains": _LISTING["connection_name_contains"],
        "outbound_voice_profile_id": _LISTING["outbound_voice_profile_id"],
        "consistency": {**_LISTING["consistency"], "default": "strict"},
    }
    READING_SPEC = staticmethod(request_spec)  # a snapshot is not written from a snapshot

    def act(self, params: dict[str, Any], options: Options) -> dict[str, Any]:
        """Read the account, and write the file. Raises :class:`TelnyxError`."""
        dest = os.path.abspath(os.path.expanduser(params["dest"]))
        check_destination(dest)
        read_at = format_read_at(time.time())
        listing = self.read_account(options)
        header = SnapshotHeader(
            read_at,
            options.api_url,
            key_digest(options.api_key),
            options.connection_name_contains,
            options.outbound_voice_profile_id,
            options.consistency,
            len(listing.records),
        )
        if not self._task.check_mode:
            write_snapshot(dest, encode(header, listing.records))
        return {
            "changed": True,
            "dest": dest,
            "connections": header.connections,
            "read_at": read_at,
            "account": header.account,
            "meta": listing.meta,
        }
