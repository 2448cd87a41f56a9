"""Time one reading of the account in this process, by the collection's client or by the vendor's SDK, as JSON."""

from __future__ import annotations

import json
import os
import resource
import sys
import time


def collection() -> int:
    """Read with the collection's client; return the number of records."""
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.credential_connections import list_connections
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import check_options

    options = check_options({"api_key": os.environ["TELNYX_API_KEY"], "api_url": os.environ["TELNYX_BASE_URL"]})
    return len(list_connections(options, lambda _text: None).records)


def sdk() -> int:
    """Read with the vendor's SDK; return the number of records."""
    from telnyx import Telnyx  # type: ignore[import-not-found,unused-ignore]

    client = Telnyx(api_key=os.environ["TELNYX_API_KEY"], base_url=os.environ["TELNYX_BASE_URL"])
    return sum(1 for _record in client.credential_connections.list(page_size=250, sort="created_at"))


started = time.perf_counter()
count = {"collection": collection, "sdk": sdk}[sys.argv[1]]()
seconds = time.perf_counter() - started
# ru_maxrss is in KiB on Linux.
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"records": count, "seconds": seconds, "memory_mib": memory}))
