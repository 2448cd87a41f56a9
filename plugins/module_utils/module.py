# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module does, with the AnsibleModule that it is handed."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, List, Mapping

from .argument_spec import ENV
from .errors import TelnyxError
from .listing import Listing, list_connections
from .options import Options, check_options


def run(module: Any, results: Callable[[Listing, Options], Dict[str, Any]]) -> None:
    """Read the options, list the connections, and end the module with the results or with the error."""
    log: List[str] = []
    # A module can say nothing while it runs, so from -v on the log comes with the result.
    returned = {"log": log} if module._verbosity else {}
    try:
        options = check_options(module.params, direct=_direct_keys(module.params, os.environ))
        listing = list_connections(options, log.append)
        for warning in listing.warnings:
            module.warn(warning)
        returned.update(results(listing, options))
    except TelnyxError as exc:
        module.fail_json(msg=str(exc), error=exc.as_dict(), **returned)
    module.exit_json(changed=False, **returned)


def _direct_keys(params: Mapping[str, Any], environ: Mapping[str, str]) -> List[str]:
    """Which of the key options the task gave, rather than the environment: AnsibleModule does not tell."""
    return [name for name in ("api_key", "api_key_file") if params[name] not in (None, environ.get(ENV[name]))]
