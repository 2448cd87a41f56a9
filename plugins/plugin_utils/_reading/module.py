# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules that return records do on a managed node. Their actions return the same results."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Protocol, Union

from ...module_utils._errors import TelnyxError
from ...module_utils._text import prefixed
from .._records.query import search
from .._records.record_lookup import RecordIndex, find_terms
from .argument_spec import ENV
from .host_groups import as_inventory, whole_records
from .options import check_options
from .snapshot_file import read_connections

Meta = Mapping[str, Union[int, str, None]]


class Results(Protocol):
    """Returns the result of a module, without the keys that every module has."""

    def __call__(self, selected: Any, query: str | None, meta: Meta) -> dict[str, Any]:
        """Return the result.

        ``selected``: the list of records, or what the JMESPath expression ``query`` selects from it. ``meta``: what users get to
        know about the listing.
        """


def info_results(selected: Any, query: str | None, meta: Meta) -> dict[str, Any]:
    """Return the result of ``credential_connections_info``."""
    return {"connections" if query is None else "result": selected, "meta": meta}


def facts_results(selected: Any, query: str | None, meta: Meta) -> dict[str, Any]:  # noqa: ARG001 - see Results
    """Return the result of ``credential_connections_facts``. Raises :class:`QueryError` unless connections are selected."""
    records = whole_records(selected, query)
    unique = list({record["id"]: record for record in records}.values())
    facts = {
        "telnyx_credential_connections": records,
        "telnyx_credential_connections_inventory": as_inventory(unique),
    }
    return {"ansible_facts": facts}


def run_module(module: Any, results: Results) -> None:
    """Check the options of an ``AnsibleModule``, list the connections, and end the module with the result or the error.

    The key ``log`` of the result is for the action, which displays the lines and removes it.
    """
    log: list[str] = []
    params = module.params

    def warn(message: str) -> None:
        module.warn(prefixed(message))

    try:
        options = check_options(params, direct=_direct_keys(params, os.environ))
        listing = read_connections(options, log.append)
        for warning in listing.warnings:
            warn(warning)
        selected: Any = listing.records
        if params["connections"] is not None:
            selected = find_terms(params["connections"], RecordIndex(selected).find, params["on_missing"], warn)
        if options.query is not None:
            selected = search(options.query, selected)
        returned = results(selected, options.query, listing.meta)
    except TelnyxError as exc:
        module.fail_json(msg=str(exc), error=exc.as_dict(), log=log)
    module.exit_json(changed=False, log=log, **returned)


def _direct_keys(params: Mapping[str, Any], environ: Mapping[str, str]) -> list[str]:
    """Return the key options that the task sets: AnsibleModule does not distinguish them from the environment's."""
    return [name for name in ("api_key", "api_key_file") if params[name] not in (None, environ.get(ENV[name]))]
