# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base class of the actions that return records or set them as facts: they share the run cache with the lookup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ansible.utils.path import unfrackpath

from ...module_utils._errors import OptionError
from .._records.query import search
from .._records.record_lookup import find_terms
from .account_action import AccountAction
from .argument_spec import GROUPS, OPTIONS
from .plugin_options import flat_terms, warn
from .run_cache import use_listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._records.record_lookup import Finder
    from .._records.records import Record

_PATHS = tuple(name for name, option in OPTIONS.items() if option["type"] == "path")


class RecordsAction(AccountAction):
    """An action that returns records. A subclass defines :meth:`results`."""

    READING_GROUPS: ClassVar[tuple[str, ...]] = tuple(GROUPS)

    def results(self, selected: Any, query: str | None, meta: Mapping[str, Any]) -> dict[str, Any]:
        """Return the action's result. ``selected`` is what ``query`` selects, else the records. Raises :class:`TelnyxError`."""
        raise NotImplementedError

    def perform(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Return the result, from the run cache or the API. Raises :class:`TelnyxError`."""
        if params["include_passwords"] and not self._task.no_log:
            warn(
                "include_passwords: the result has SIP passwords. Set no_log: true for the task, or output and logs show them."
            )
        wanted = _wanted(params["connections"])
        # Ansible expands a lookup's paths in this way, and both have to come to the same file of the run cache.
        paths = {name: unfrackpath(params[name], follow=False) for name in _PATHS if params[name]}
        values = {**params, **paths}

        def select(finder: Finder) -> tuple[list[Record], Mapping[str, Any]]:
            return find_terms(finder, wanted, values["on_missing"], warn), finder.meta

        records, meta = use_listing(values, self.direct_keys(), select)
        query = values["query"]
        selected = records if query is None else search(query, records, values["include_passwords"])
        return self.results(selected, query, meta)


def _wanted(connections: Any) -> list[str] | None:
    """Return the terms, or ``None`` for every connection. A text is one term, whatever it holds. Raises :class:`OptionError`."""
    if connections is None:
        return None
    if isinstance(connections, dict):
        raise OptionError("connections", "must be a list of ids, user names or connection names, not a dictionary.")
    return flat_terms(connections if isinstance(connections, list) else [connections], "connections")
