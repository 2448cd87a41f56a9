"""Time reading an account, and then comparing it with as many desired records, in this process, as JSON."""

from __future__ import annotations

import copy
import json
import os
import time

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.credential_connections import list_connections
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import DriftCheck, drift_outcome
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import check_options

access = {"api_key": os.environ["TELNYX_API_KEY"], "api_url": os.environ["TELNYX_BASE_URL"]}
started = time.perf_counter()
listing = list_connections(check_options({**access, "consistency": "strict"}), lambda _text: None)
fetched = time.perf_counter()
desired = [Desired(record) for record in copy.deepcopy(listing.records)]
copied = time.perf_counter()
result = drift_outcome(DriftCheck().compare(desired, listing.records))
compared = time.perf_counter()
figures = {"fetch": fetched - started, "compare": compared - copied, "requests": listing.requests}
print(json.dumps({**figures, "in_sync": len(result.connections) - len(result.findings)}))
