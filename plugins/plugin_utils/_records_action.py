# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions that return records or set them as facts.

They run on the controller and read the run's snapshot, which they share with the lookup: a play for many hosts reads the
account once, no API key reaches a managed host, and no listing goes through a module's standard output. With ``run_on``
the module of the same name runs on the managed node instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.utils.display import Display
from ansible.utils.path import unfrackpath
from ansible_collections.siptrunk.telnyx.plugins.module_utils._argument_spec import (
    CACHE_OPTIONS,
    records_spec,
    request_spec,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.query import search
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import Record, find_terms
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError, TelnyxError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_base import AccountAction
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._action_options import HiddenText
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._fetch import walk, warn
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._snapshot import Meta, read_snapshot

display = Display()

PATHS = ("api_key_file", "ca_path", "client_cert", "client_key")


class RecordsAction(AccountAction):
    """An action that returns records. :meth:`results` says in which form; ``MODULE`` is the module of the same name."""

    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        name: option for name, option in records_spec(None).items() if name not in request_spec(None)
    }
    MODULE = ""

    def results(self, selected: Any, query: str | None, meta: Meta) -> dict[str, Any]:
        """Return the result for what was selected. Raises :class:`TelnyxError`."""
        raise NotImplementedError

    def perform(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Read the snapshot on the controller, or run the module on the managed node."""
        if params["run_on"] == "managed_node":
            return self._on_managed_node(params, task_vars)
        # As the lookup has them: both must come to the same file.
        paths = {name: unfrackpath(params[name], follow=False) for name in PATHS if params[name]}
        selected, meta = self._read({**params, **paths})
        query = params["query"]
        return self.results(selected if query is None else search(query, selected), query, meta)

    def error_result(self, error: TelnyxError) -> dict[str, Any]:
        """The error in the form in which the module returns it."""
        return {**super().error_result(error), "msg": str(error)}

    def _read(self, values: Mapping[str, Any]) -> tuple[Any, Meta]:
        wanted: list[str] | None = values["connections"]

        def read(listing: Any) -> tuple[list[Record], Meta]:
            records = listing.all() if wanted is None else find_terms(wanted, listing, values["on_missing"], warn)
            return records, listing.meta

        return read_snapshot(values, lambda: walk(values, self.direct_keys()), read, warn)

    def _on_managed_node(self, params: Mapping[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
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
        result: dict[str, Any] = self._execute_module(self.MODULE, arguments, task_vars=task_vars)
        for line in result.pop("log", ()):
            display.v(f"siptrunk.telnyx: {line}")
        return result
