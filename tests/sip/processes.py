"""Processes of SIP programs: free ports, waiting, starting and terminating."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
_RUNNING: dict[Path, subprocess.Popen[bytes]] = {}  # by their logs


def free_port() -> int:
    """A port that is free for UDP and TCP, like the next port, which baresip uses for TLS.

    It is below the range of ephemeral ports, so that no other process gets it before it is used.
    """
    while True:
        port = random.randrange(20000, 30000)
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for kind, number in itertools.product((socket.SOCK_STREAM, socket.SOCK_DGRAM), (port, port + 1)):
                stack.enter_context(socket.socket(type=kind)).bind((HOST, number))
            return port


def only(folder: Path, pattern: str) -> Path:
    """The only path that matches a pattern."""
    paths = list(folder.glob(pattern))
    assert len(paths) == 1, paths
    return paths[0]


def wait_for(what: str, ready: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait until ``ready`` returns something true, and return it.

    Fail with ``what`` after some seconds, and at once with the end of its log if a program has ended.
    """
    end = time.monotonic() + seconds
    while not (found := ready()):
        for log, process in _RUNNING.items():
            if process.poll() is not None:
                text = log.read_text(errors="replace")[-2000:]
                raise AssertionError(f"{what}: {process.args!r} ended with {process.returncode}: {text}")
        if time.monotonic() > end:
            raise AssertionError(f"did not happen in {seconds} seconds: {what}")
        time.sleep(0.2)
    return found


@contextlib.contextmanager
def running(command: list[str], log: Path, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program with its output in a file, and terminate it and its children."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **options,
        )
        _RUNNING[log] = process
        try:
            yield process
        finally:
            del _RUNNING[log]
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
