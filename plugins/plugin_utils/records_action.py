# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions that return records or set them as facts.

They run on the controller and read the run's snapshot, which they share with the lookup: a play for many hosts reads the
account once, no API key reaches a managed host, and no listing goes through a module's standard output. With ``run_on``
the module of the same name runs on the managed node instead.
"""

from __future__ import annotations

from typing import Any, ClassVar, Dict, List, Mapping, Optional, Tuple

from ansible.utils.display import Display
from ansible.utils.path import unfrackpath
from ansible_collections.siptrunk.telnyx.plugins.module_utils.argument_spec import (
    CACHE_OPTIONS,
    records_spec,
    request_spec,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils.errors import OptionError, TelnyxError
from ansible_collections.siptrunk.telnyx.plugins.module_utils.query import search
from ansible_collections.siptrunk.telnyx.plugins.module_utils.records import Record, find_terms
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.action import AccountAction, HiddenText
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.snapshot import Meta, read_snapshot
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils.walk import walk, warn

display = Display()

PATHS = ("api_key_file", "ca_path", "client_cert", "client_key")


class RecordsAction(AccountAction):
    """An action that returns records. :meth:`results` says in which form; ``MODULE`` is the module of the same name."""

    SPEC: ClassVar[Dict[str, Dict[str, Any]]] = {
        name: option for name, option in records_spec(None).items() if name not in request_spec(None)
    }
    MODULE = ""

    def results(self, selected: Any, query: Optional[str], meta: Meta) -> Dict[str, Any]:
        """Return the result for what was selected. Raises :class:`TelnyxError`."""
        raise NotImplementedError

    def perform(self, params: Dict[str, Any]) -> Dict[str, Any]:
        """Read the snapshot on the controller, or run the module on the managed node."""
        if params["run_on"] == "managed_node":
            return self._on_managed_node(params)
        # As the lookup has them: both must come to the same file.
        paths = {name: unfrackpath(params[name], follow=False) for name in PATHS if params[name]}
        selected, meta = self._read({**params, **paths})
        query = params["query"]
        return self.results(selected if query is None else search(query, selected), query, meta)

    def failed(self, error: TelnyxError) -> Dict[str, Any]:
        """The error in the form in which the module returns it."""
        return {**super().failed(error), "msg": str(error)}

    def _read(self, values: Mapping[str, Any]) -> Tuple[Any, Meta]:
        wanted: Optional[List[str]] = values["connections"]

        def read(listing: Any) -> Tuple[List[Record], Meta]:
            records = listing.all() if wanted is None else find_terms(wanted, listing, values["on_missing"], warn)
            return records, listing.meta

        return read_snapshot(values, lambda: walk(values, self.direct_keys()), read, warn)

    def _on_managed_node(self, params: Mapping[str, Any]) -> Dict[str, Any]:
        for name in CACHE_OPTIONS:
            if self._task.args.get(name) is not None:
                raise OptionError(name, "has no effect with run_on=managed_node.", "Leave one of them out.")
        direct = self.direct_keys()
        refused = {"api_key", "api_key_file"} - set(direct) if len(direct) == 1 else set()
        arguments = {
            name: HiddenText(value) if name == "api_key" else value
            for name, value in params.items()
            if value is not None and name not in (*CACHE_OPTIONS, *refused)
        }
        result: Dict[str, Any] = self._execute_module(self.MODULE, arguments, task_vars=self.task_vars)
        for line in result.pop("log", ()):
            display.v(f"siptrunk.telnyx: {line}")
        return result
