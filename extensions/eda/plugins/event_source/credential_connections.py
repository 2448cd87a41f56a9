# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event source for ansible-rulebook: the credential connections of a Telnyx account."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

DOCUMENTATION = r"""
---
module: credential_connections
short_description: Events when the SIP trunks (credential connections) of a Telnyx account change
version_added: 0.1.0
author:
  - The siptrunk.telnyx contributors
description:
  - Reads the account at intervals, completely or not at all, and compares each complete reading with the previous one.
  - It emits an event for each connection that was created, deleted or changed, and one when the account cannot be read any more
    (V(unreachable)) and when it can be read again (V(reachable)). C(docs/event-driven.md) describes their fields.
  - A text in an event never has the character V({), which would begin a template. V(<U+007B>) replaces it.
  - Every event is handed over at least once. After a restart, those since the last write of O(state_file) may be repeated.
extends_documentation_fragment:
  - siptrunk.telnyx.credential_connections.requests
options:
  interval:
    description:
      - The time from the end of a reading to the beginning of the next one, in seconds, from 1 to 604800.
      - From the second failed reading in a row on, it is doubled each time, up to 900 seconds. A value above 900 stays as it is.
    type: float
    default: 300.0
  jitter:
    description:
      - A random time is added to O(interval), at most this fraction of it (from 0 to 1), so that several rulebooks do not read at the
        same moments.
    type: float
    default: 0.1
  state_file:
    description:
      - A file that stores the last complete reading, so that changes made while no rulebook ran are noticed. It has the mode 0600 and
        contains neither a password nor the API key. Its folder must exist, and each event source needs a file of its own.
      - A file that is damaged, or that is of another account or of other filters, is replaced, with a warning and without events.
      - Without it, the first reading after each start is only remembered.
    type: path
  initial_events:
    description: Whether the very first reading emits V(created) for each connection. By default, it is only remembered.
    type: bool
    default: false
  include_values:
    description:
      - Whether V(changed) events contain the values before and after, in V(changes).
      - A password is never contained, and of a URL neither the user name and password nor the query.
    type: bool
    default: false
  ignore:
    description: Patterns of fields that are not compared, such as V(updated_at) or V(*.channel_limit), as in the drift check.
    type: list
    elements: str
    default: []
  account_label:
    description: A name for the account, which every event has in V(account).
    type: str
  connection_name_contains:
    description: Only watch connections whose name contains this text, ignoring case. It must have three characters or more.
    type: str
  outbound_voice_profile_id:
    description: Only watch connections that use the outbound voice profile with this ID.
    type: str
  page_size:
    description: The number of connections that one request asks for, from 1 to 250.
    type: int
    default: 250
  consistency:
    description:
      - How a reading of several pages is checked. A reading that fails the check is not compared with anything.
      - With V(strict), two consecutive passes over all pages must agree. This takes twice the number of requests plus two.
    type: str
    choices: [checked, strict]
    default: checked
"""

EXAMPLES = r"""
- name: React to changes of the account
  hosts: localhost
  sources:
    - name: telnyx
      siptrunk.telnyx.credential_connections:
        api_key_file: /run/secrets/telnyx
        interval: 300
        state_file: /var/lib/rulebook/telnyx.state
  rules:
    - name: Someone deleted a trunk
      condition: event.type == "deleted"
      action:
        debug:
          msg: "{{ event.connection_name }} ({{ event.connection_id }}) was deleted"
"""

_LOGGER = logging.getLogger("siptrunk.telnyx.credential_connections")
_PACKAGE = "siptrunk_telnyx_module_utils"


def _collection_module(name: str) -> Any:
    """Import a module of the collection's module_utils. Raises :class:`ImportError` if this file is not in the collection.

    ansible-rulebook runs this file by its path, and its Python has no importer for collections. A package
    ``ansible_collections`` that it can import may be another installation, with another version of this collection.
    """
    folder = Path(__file__).resolve().parents[4] / "plugins" / "module_utils"
    if not (folder / "_event_source").is_dir():
        raise ImportError(
            f"{__file__} needs the rest of the collection. Install the collection, and name the source"
            " siptrunk.telnyx.credential_connections."
        )
    package = types.ModuleType(_PACKAGE)
    package.__path__ = [str(folder)]
    sys.modules.setdefault(_PACKAGE, package)
    return importlib.import_module(f"{_PACKAGE}.{name}")


async def main(queue: asyncio.Queue[dict[str, Any]], args: dict[str, Any]) -> None:
    """Put events into the queue until the task is cancelled. Raises :class:`TelnyxError` for wrong arguments."""
    import asyncio

    in_daemon_thread = _collection_module("_api.daemon_thread").in_daemon_thread
    arguments = _collection_module("_event_source.arguments").parse_arguments(args, os.environ)
    watcher = _collection_module("_event_source.watcher").Watcher(arguments, _LOGGER.warning, _LOGGER.info)
    await in_daemon_thread(watcher.start)
    while True:
        for event in await in_daemon_thread(watcher.read):
            await queue.put(event)
        await in_daemon_thread(watcher.save)
        await asyncio.sleep(watcher.seconds_to_wait())
