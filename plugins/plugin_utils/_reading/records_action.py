# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base class of the actions that return records or set them as facts.

They run on the controller and read the run's snapshot, as the lookup does: a play for many hosts reads the account once, no
API key reaches a managed node, and no listing goes through a module's standard output. With ``run_on: managed_node`` the
module of the same name runs on the managed node instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ansible.utils.path import unfrackpath

from ...module_utils._errors import OptionError, TelnyxError
from ...module_utils._text import prefixed
from .._records.query import search
from .._records.record_lookup import find_terms
from .account_action import AccountAction
from .action_options import HiddenText
from .argument_spec import (
    CACHE_OPTIONS,
    account_spec,
    records_spec,
)
from .fetch import fetch_records
from .plugin_options import display, warn
from .run_cache import read_run_snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._records.records import Record
    from .run_cache import Meta, SearchableListing

# The options that are paths.
PATHS = ("api_key_file", "ca_path", "client_cert", "client_key", "snapshot_file")


class RecordsAction(AccountAction):
    """An action that returns records.

    A subclass sets ``MODULE``, the full name of the module of the same name, and defines :meth:`results`.
    """

    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        name: option for name, option in records_spec(None).items() if name not in account_spec(None)
    }
    MODULE = ""

    def results(self, selected: Any, query: str | None, meta: Meta) -> dict[str, Any]:
        """Return the action's result. ``selected`` is what ``query`` selects, else the records. Raises :class:`TelnyxError`."""
        raise NotImplementedError

    def perform(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Return the result, from the snapshot on the controller or from the module on the managed node. Raises :class:`TelnyxError`."""
        if params["run_on"] == "managed_node":
            return self._on_managed_node(params, task_vars)
        # Ansible expands a lookup's paths in this way, and both have to come to the same snapshot.
        paths = {name: unfrackpath(params[name], follow=False) for name in PATHS if params[name]}
        records, meta = self._read({**params, **paths})
        query = params["query"]
        return self.results(records if query is None else search(query, records), query, meta)

    def error_result(self, error: TelnyxError) -> dict[str, Any]:
        """Return the error in the form in which the module returns it, without the collection's name in the message."""
        return {**super().error_result(error), "msg": str(error)}

    def _read(self, values: Mapping[str, Any]) -> tuple[list[Record], Meta]:
        wanted: list[str] | None = values["connections"]

        def select(records: SearchableListing) -> tuple[list[Record], Meta]:
            selected = records.all() if wanted is None else find_terms(wanted, records.find, values["on_missing"], warn)
            return selected, records.meta

        return read_run_snapshot(values, lambda: fetch_records(values, self.direct_keys()), select, warn)

    def _on_managed_node(self, params: Mapping[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        for name in CACHE_OPTIONS:
            if self._task.args.get(name) is not None:
                raise OptionError(name, "has no effect with run_on=managed_node.", "Leave one of them out.")
        direct = self.direct_keys()
        # The way to give a key that the task does not use is left out, because only one of both may be set.
        refused = {"api_key", "api_key_file"} - set(direct) if len(direct) == 1 else set()
        if params["snapshot_file"] is not None:
            refused = {"api_key", "api_key_file"}  # a host that reads a snapshot needs no key
        arguments = {
            name: HiddenText(value) if name == "api_key" else value
            for name, value in params.items()
            if value is not None and name not in (*CACHE_OPTIONS, *refused)
        }
        result: dict[str, Any] = self._execute_module(self.MODULE, arguments, task_vars=task_vars)
        for line in result.pop("log", ()):
            display.v(prefixed(line))
        return result
