# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules that return records do, on a managed node and, as actions, on the controller."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Callable, Optional

from ._api.credential_connections import list_connections
from ._argument_spec import ENV
from ._connections.host_groups import as_inventory, whole_records
from ._connections.query import search
from ._connections.records import Finder, find_terms
from ._errors import TelnyxError
from ._options import check_options

Meta = Mapping[str, Optional[int]]
Results = Callable[[Any, Optional[str], Meta], dict[str, Any]]


def info_results(selected: Any, query: str | None, meta: Meta) -> dict[str, Any]:
    """Return the result of ``credential_connections_info`` for what was selected."""
    return {"connections" if query is None else "result": selected, "meta": meta}


def facts_results(selected: Any, query: str | None, meta: Meta) -> dict[str, Any]:  # noqa: ARG001 - see Results
    """Return the result of ``credential_connections_facts``. Raises :class:`QueryError` where no connections are selected."""
    records = whole_records(selected, query)
    unique = list({record["id"]: record for record in records}.values())
    facts = {
        "telnyx_credential_connections": records,
        "telnyx_credential_connections_inventory": as_inventory(unique),
    }
    return {"ansible_facts": facts}


def run_module(module: Any, results: Results) -> None:
    """Read the options, list the connections, and end the module with the results or with the error.

    ``log`` is for the action, which shows it and takes it out of the result.
    """
    log: list[str] = []
    params = module.params
    try:
        options = check_options(params, direct=_direct_keys(params, os.environ))
        listing = list_connections(options, log.append)
        for warning in listing.warnings:
            module.warn(warning)
        selected: Any = listing.records
        if params["connections"] is not None:
            selected = find_terms(params["connections"], Finder(selected), params["on_missing"], module.warn)
        if options.query is not None:
            selected = search(options.query, selected)
        returned = results(selected, options.query, listing.meta)
    except TelnyxError as exc:
        module.fail_json(msg=str(exc), error=exc.as_dict(), log=log)
    module.exit_json(changed=False, log=log, **returned)


def _direct_keys(params: Mapping[str, Any], environ: Mapping[str, str]) -> list[str]:
    """Which of the key options the task gave, rather than the environment: AnsibleModule does not tell."""
    return [name for name in ("api_key", "api_key_file") if params[name] not in (None, environ.get(ENV[name]))]
