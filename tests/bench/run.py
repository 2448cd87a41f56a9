"""Measure the collection against its peers, in one run on one machine: what counts is the ratio."""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from sandbox.process import SandboxProcess

CONNECTIONS = 10_000
PAGES = 40
DELAY = 0.05
ROUNDS = 3


def playbook(name: str, environment: dict[str, str]) -> float:
    """Seconds that a whole ansible-playbook takes."""
    started = time.perf_counter()
    command = [str(Path(sys.executable).parent / "ansible-playbook"), str(HERE / name)]
    variables = ["-e", f"connections={CONNECTIONS}", "-e", f"pages={PAGES}"]
    subprocess.run([*command, *variables], env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def walk(kind: str, environment: dict[str, str]) -> dict[str, Any]:
    """What walk.py measured, with the imports that the walk needs, the best of some rounds."""
    command = [sys.executable, str(HERE / "walk.py"), kind]
    rounds = [
        json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
        for _round in range(ROUNDS)
    ]
    if any(each["records"] != CONNECTIONS for each in rounds):
        raise SystemExit(f"{kind} did not list all connections")
    return dict(min(rounds, key=lambda each: each["seconds"]))


def measure() -> list[dict[str, Any]]:
    """One row for each comparison."""
    rows = []
    with SandboxProcess("--connections", str(CONNECTIONS), "--delay", str(DELAY)) as sandbox:
        environment = {**os.environ, "TELNYX_API_KEY": "KEY_SANDBOX", "TELNYX_BASE_URL": sandbox.api_url}
        walk("collection", environment)  # the sandbox makes its pages
        requests = len(sandbox.requests())
        ours = statistics.median(playbook("lookup.yml", environment) for _round in range(ROUNDS))
        requests = (len(sandbox.requests()) - requests) // ROUNDS
        theirs = playbook("uri_loop.yml", environment)
        rows.append(row("ansible-playbook, one lookup", "a loop of ansible.builtin.uri", ours, theirs, requests))
        own = walk("collection", environment)
        rows[0]["memory_mib"] = own["memory_mib"]
        if importlib.util.find_spec("telnyx"):
            peer = walk("sdk", environment)
            rows.append(row("the walk alone", "the vendor's SDK", own["seconds"], peer["seconds"], PAGES))
            rows[1].update(memory_mib=own["memory_mib"], peer_memory_mib=peer["memory_mib"])
    return rows


def row(what: str, peer: str, ours: float, theirs: float, requests: int) -> dict[str, Any]:
    """A comparison: how many times faster than the peer."""
    return {
        "what": what,
        "peer": peer,
        "seconds": round(ours, 3),
        "peer_seconds": round(theirs, 3),
        "ratio": round(theirs / ours, 1),
        "requests": requests,
    }


def main() -> None:
    """Print the table, and write it as JSON to the file that is named."""
    rows = measure()
    print(f"{CONNECTIONS} connections, {PAGES} pages, {DELAY * 1000:.0f} ms a request\n")
    print(f"{'measured':30} {'peer':32} {'seconds':>8} {'peer':>8} {'times faster':>13} {'requests':>9}")
    for each in rows:
        print(
            f"{each['what']:30} {each['peer']:32} {each['seconds']:8.2f} {each['peer_seconds']:8.2f} "
            f"{each['ratio']:13.1f} {each['requests']:9}"
        )
    Path(sys.argv[1]).write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print(f"\nAs JSON: {sys.argv[1]}")


if __name__ == "__main__":
    main()
