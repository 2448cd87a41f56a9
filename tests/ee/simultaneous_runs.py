"""Read the account as several runs of Ansible do at once, with ``cache_scope: plugin``: each is a process of its own.

The argument is a JSON object. ``runs``: the number of runs. ``options``: those of all runs. ``paused``: how many runs wait for
``pause`` seconds between their look for a lease and their write. ``deaths``: how many of the runs that read the account are
killed when they begin. ``kill``: a process that the first of them kills. It prints a list with what each run that lives
returned: the number of ``records`` or the ``error``, the ``warnings``, and how long it ``took`` from its look to its write.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Mapping
from typing import Any
from unittest import mock

from ansible import constants as C
from ansible.plugins.loader import cache_loader, init_plugin_loader

init_plugin_loader()
importlib.import_module("requests")  # once, before the runs are forked

from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TelnyxError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils import _cached_listing, _fetch
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._cache_plugin import CachePlugin
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.plugin_options import display

CONTEXT = multiprocessing.get_context("fork")


def run(case: dict[str, Any], number: int, start: Any, readers: Any, results: Any) -> None:
    """Be one run, and put its result into the queue."""
    result: dict[str, Any] = {"warnings": [], "took": None}

    class TimedPlugin(CachePlugin):
        looked = 0.0

        def get(self, key: str) -> Any:
            self.looked = time.monotonic()
            return super().get(key)

        def set(self, key: str, value: Mapping[str, object]) -> bool:
            is_claim = key.endswith("_lease") and result["took"] is None
            if is_claim and number < case.get("paused", 0):
                time.sleep(case["pause"])
            stored = super().set(key, value)
            if is_claim:
                result["took"] = time.monotonic() - self.looked
            return stored

    read = _fetch._list

    def read_or_die(options: Any) -> Any:
        with readers.get_lock():
            readers.value += 1
            place = readers.value
        if place == 1 and "kill" in case:
            os.kill(case["kill"], signal.SIGKILL)
        if place <= case.get("deaths", 0):
            os.kill(os.getpid(), signal.SIGKILL)
        return read(options)

    mock.patch.object(_cached_listing, "CachePlugin", TimedPlugin).start()
    mock.patch.object(_fetch, "_list", read_or_die).start()
    mock.patch.object(display, "warning", lambda message, **_options: result["warnings"].append(str(message))).start()
    values = {"cache_scope": "plugin", "cache_timeout": 300, "stale_if_error": 0, "retries": 0, **case["options"]}
    start.wait()
    try:
        result["records"] = [each["id"] for each in _fetch.fetch_records(values, list(case["options"])).records]
    except TelnyxError as error:
        result["error"] = str(error)
    results.put(result)


def main() -> None:
    case = json.loads(sys.argv[1])
    cache_loader.get(C.CACHE_PLUGIN)  # imported once, too
    start, results, readers = CONTEXT.Barrier(case["runs"]), CONTEXT.Queue(), CONTEXT.Value("i", 0)
    processes = [
        CONTEXT.Process(target=run, args=(case, number, start, readers, results)) for number in range(case["runs"])
    ]
    for process in processes:
        process.start()
    found = [results.get(timeout=240) for _process in range(case["runs"] - case.get("deaths", 0))]
    for process in processes:
        process.join()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
