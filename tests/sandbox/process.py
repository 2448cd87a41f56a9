"""The sandbox as a child process, for tests, the demo and the benchmarks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any


class SandboxProcess:
    """Starts the sandbox; as a context manager, it ends the process.

    ``api_url`` is the base URL for ``TELNYX_BASE_URL``. The key is ``KEY_SANDBOX`` unless ``reset`` sets other ones.
    """

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, str(Path(__file__).parent), "--parent", str(os.getpid()), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        assert self.process.stdout
        ready = self.process.stdout.readline()
        if not ready:
            raise RuntimeError(f"the sandbox did not start (exit {self.process.wait()})")
        self.api_url: str = json.loads(ready)["api_url"]
        self._control: str = json.loads(ready)["control"]

    def __enter__(self) -> SandboxProcess:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.process.terminate()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()

    def reset(self, **state: Any) -> None:
        """Replace the account; :meth:`api.Sandbox.reset` describes the parameters."""
        self._call("PUT", state)

    def change(self, **changes: Any) -> None:
        """Change the account: ``change={"delete": [0], "insert": 1}``, ``fields={"ID": {...}}``; :mod:`api` describes all keys."""
        self._call("POST", changes)

    def seen(self) -> dict[str, Any]:
        """Return the ``requests`` and ``most_in_flight`` since the last reset, and the ``records``."""
        return self._call("GET", None)

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests since the last reset."""
        return list(self.seen()["requests"])

    def _call(self, method: str, body: Any) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        # Without the proxies of the environment: the sandbox is on the loopback interface.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(self._control, data=data, method=method), timeout=30) as response:
            result: dict[str, Any] = json.load(response)
        return result
