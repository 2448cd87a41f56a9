"""The sandbox as a child process, for tests, the demo and the bench."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any


class SandboxProcess:
    """Start the sandbox, use it as a context manager, and it is gone at the end.

    ``api_url`` is the base URL for ``TELNYX_BASE_URL``. The key is ``KEY_SANDBOX`` unless ``reset`` says otherwise.
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
        """Set the account up anew; :meth:`api.Sandbox.reset` has the names."""
        self._call("PUT", state)

    def change(self, **wanted: Any) -> None:
        """Change the account: ``change={"delete": [0], "insert": 1}``, ``fields={"ID": {...}}``."""
        self._call("POST", wanted)

    def seen(self) -> dict[str, Any]:
        """What was asked of the sandbox since the last reset: ``requests``, ``most_in_flight`` and the ``records``."""
        return self._call("GET", None)

    def requests(self) -> list[dict[str, Any]]:
        """The requests since the last reset."""
        return list(self.seen()["requests"])

    def _call(self, method: str, body: Any) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        # Without the environment's proxies: the sandbox is on loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(self._control, data=data, method=method), timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
        return answer
