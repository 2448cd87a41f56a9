"""Measure the collection against its peers in one run on one machine, and report the ratios."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from sandbox.process import SandboxProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BIN = Path(sys.executable).parent
KEY = "KEY_SANDBOX"
NAME = "siptrunk.telnyx.credential_connections"
LARGEST = 10_000
SIZES = (100, LARGEST)
HOSTS = 500
TASKS = 3
FACT_HOSTS = 40
FACT_CONNECTIONS = 600  # three pages
DELAY = 0.05
LISTING_TARGET = 18.0
# The jobs that read and check the whole account, each with its target: so many times the time of one lookup of all.
CHECKS = {
    "drift check, desired state in YAML": ("drift", {"desired_files": ["desired.yml"], "report_dir": "yaml"}, 3.0),
    "drift check, desired state in JSON": ("drift", {"desired_files": ["desired.json"], "report_dir": "json"}, 2.0),
    "policy check, built-in rules": ("policy", {"report_dir": "policy"}, 2.0),
    "baseline, a new file": ("baseline", {"dest": "new.yml"}, 2.0),
}


@dataclass
class Row:
    """A comparison. ``ratio``: the peer's seconds by ours where more is better (``faster``), else ours by the peer's.

    ``target`` is the ratio to reach, if there is one; nothing fails if it is not reached.
    """

    what: str
    peer: str
    connections: int
    seconds: float
    peer_seconds: float
    requests: int
    memory_mib: float
    faster: bool = True
    target: float | None = None

    @property
    def ratio(self) -> float:
        """How many times faster than the peer, or how many times the peer's time."""
        return self.peer_seconds / self.seconds if self.faster else self.seconds / self.peer_seconds


class Bench:
    """A sandbox with an account, and commands of Ansible against it."""

    def __init__(self, sandbox: SandboxProcess, folder: Path, rounds: int) -> None:
        self.sandbox, self.folder, self.rounds = sandbox, folder, rounds
        self.env = {
            **os.environ,
            "TELNYX_API_KEY": KEY,
            "TELNYX_BASE_URL": sandbox.api_url,
            "ANSIBLE_LOCALHOST_WARNING": "false",
            # As in an installed collection, Python keeps the bytecode of its files.
            "PYTHONDONTWRITEBYTECODE": "",
        }
        self.size = 0

    def account(self, size: int) -> list[dict[str, Any]]:
        """Set up an account of this size, and let the sandbox create its pages."""
        self.size = size
        self.sandbox.reset(connections=size, delay=DELAY)
        self.read("collection")
        return list(self.sandbox.seen()["records"])

    def seconds(self, *command: str) -> float:
        """Return how long a command takes, including the processes that it starts."""
        started = time.perf_counter()
        subprocess.run(
            [str(BIN / command[0]), *command[1:]], cwd=self.folder, env=self.env, check=True, capture_output=True
        )
        return time.perf_counter() - started

    def pair(
        self, ours: tuple[str, ...], peer: tuple[str, ...], removed: Path | None = None
    ) -> tuple[float, float, int]:
        """Run both commands in turn, so that both run under the same load; return their medians and the requests of one run of `ours`.

        The file ``removed`` is removed before each run of ``ours``.
        """
        own, theirs, requests = [], [], 0
        for _round in range(self.rounds):
            if removed:
                removed.unlink(missing_ok=True)
            before = len(self.sandbox.requests())
            own.append(self.seconds(*ours))
            requests = len(self.sandbox.requests()) - before
            theirs.append(self.seconds(*peer))
        return statistics.median(own), statistics.median(theirs), requests

    def read(self, kind: str) -> dict[str, Any]:
        """Return what read_account.py measured, the fastest of the rounds."""
        command = [sys.executable, str(HERE / "read_account.py"), kind]
        rounds = [
            json.loads(subprocess.run(command, env=self.env, check=True, capture_output=True).stdout)
            for _round in range(self.rounds)
        ]
        if any(each["records"] != self.size for each in rounds):
            raise SystemExit(f"{kind} did not list all connections")
        return dict(min(rounds, key=lambda each: each["seconds"]))

    def listing(self) -> Iterator[Row]:
        """Measure a complete listing, against a loop of uri and the vendor's SDK."""
        self.account(LARGEST)
        own = self.read("collection")
        variables = ("-e", f"connections={LARGEST}", "-e", f"pages={LARGEST // 250}")
        lookup = ("ansible-playbook", str(HERE / "lookup.yml"), *variables)
        uri = ("ansible-playbook", str(HERE / "uri_loop.yml"), *variables)
        ours, theirs, requests = self.pair(lookup, uri)
        memory = own["memory_mib"]
        target = LISTING_TARGET
        yield Row(
            "ansible-playbook, one lookup", "a loop of uri", LARGEST, ours, theirs, requests, memory, target=target
        )
        if importlib.util.find_spec("telnyx"):
            sdk, what = self.read("sdk"), "reading the pages, without Ansible"
            yield Row(what, "the vendor's SDK", LARGEST, own["seconds"], sdk["seconds"], requests, memory)

    def fleet_plays(self, size: int) -> None:
        """Write plays in which hosts look up their own connection in a play variable, or another lookup is in its place.

        A constant is no peer: any lookup costs the time in which Ansible loads it.
        """
        records = self.account(size)
        hosts = {f"h{place}": {"own": records[place % size]["id"]} for place in range(HOSTS)}
        self.write("hosts.yml", {"all": {"hosts": hosts, "vars": {"ansible_connection": "local"}}})
        peer = {"id": "{{ lookup('ansible.builtin.env', 'HOME') }}"}
        for name, trunk in (("env", peer), ("lookup", "{{ lookup('" + NAME + "', own) }}")):
            tasks = [{"ansible.builtin.debug": {"msg": "{{ trunk.id }}"}}] * TASKS
            self.write(
                f"{name}.yml", [{"hosts": "all", "gather_facts": False, "vars": {"trunk": trunk}, "tasks": tasks}]
            )

    def fleet(self) -> Iterator[Row]:
        """Measure hosts that each look up their own connection, against a lookup of an environment variable."""
        for size in SIZES:
            self.fleet_plays(size)
            play = ("ansible-playbook", "-i", "hosts.yml")
            ours, theirs, requests = self.pair((*play, "lookup.yml"), (*play, "env.yml"))
            what = f"{HOSTS} hosts x {TASKS} tasks, own connection"
            yield Row(what, "lookup of env", size, ours, theirs, requests, 0.0, faster=False, target=1.2)

    def snapshot_file(self) -> Iterator[Row]:
        """Measure the same hosts with lookups from a snapshot file, against lookups from what the run itself has read."""
        self.fleet_plays(LARGEST)
        self.write("write.yml", [{"hosts": "localhost", "tasks": [{f"{NAME}_snapshot": {"dest": "snapshot.jsonl"}}]}])
        self.seconds("ansible-playbook", "write.yml")
        play = ("ansible-playbook", "-i", "hosts.yml", "lookup.yml")
        ours, theirs, requests = self.pair((*play, "-e", f"telnyx_snapshot_file={self.folder}/snapshot.jsonl"), play)
        what = f"{HOSTS} hosts x {TASKS} tasks, snapshot file"
        yield Row(what, "the run cache", LARGEST, ours, theirs, requests, 0.0, faster=False, target=1.0)

    def facts(self) -> Iterator[Row]:
        """Measure the whole account as facts of every host, against set_fact with the lookup."""
        yield self.facts_of(FACT_HOSTS, FACT_CONNECTIONS)
        yield self.facts_of(1, LARGEST)

    def facts_of(self, hosts: int, size: int) -> Row:
        """Measure the facts module with so many hosts and connections."""
        self.account(size)
        names: dict[str, Any] = {f"h{place}": {} for place in range(hosts)}
        self.write("hosts.yml", {"all": {"hosts": names, "vars": {"ansible_connection": "local"}}})
        lookup = {"ansible.builtin.set_fact": {"connections": "{{ query('" + NAME + "') }}"}}
        for name, task in (("facts", {f"{NAME}_facts": {}}), ("lookup", lookup)):
            self.write(f"{name}.yml", [{"hosts": "all", "gather_facts": False, "tasks": [task]}])
        play = ("ansible-playbook", "-i", "hosts.yml")
        ours, theirs, requests = self.pair((*play, "facts.yml"), (*play, "lookup.yml"))
        what = f"the facts module, hosts: {hosts}"
        return Row(what, "set_fact, a lookup", size, ours, theirs, requests, 0.0, faster=False, target=1.0)

    def checks(self) -> Iterator[Row]:
        """Measure the checks with all their reports, and a baseline, each against one lookup of all connections."""
        self.account(LARGEST)
        lookup = ("ansible-playbook", str(HERE / "lookup.yml"), "-e", f"connections={LARGEST}")
        plays = {}
        for place, (what, (kind, options, _target)) in enumerate(CHECKS.items()):
            task = {f"{NAME}_{kind}": options}
            self.write(f"check{place}.yml", [{"hosts": "localhost", "gather_facts": False, "tasks": [task]}])
            plays[what] = ("ansible-playbook", f"check{place}.yml")
        new = self.folder / "new.yml"
        self.seconds(*plays["baseline, a new file"])
        text = new.read_text(encoding="utf-8")
        (self.folder / "desired.yml").write_text(text, encoding="utf-8")
        records = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        (self.folder / "desired.json").write_text(json.dumps(records, indent=2), encoding="utf-8")
        for what, (_kind, _options, target) in CHECKS.items():
            ours, peer, requests = self.pair(plays[what], lookup, new)
            yield Row(what, "one lookup of all", LARGEST, ours, peer, requests, 0.0, faster=False, target=target)
        for name in ("yaml", "json"):
            status = json.loads((self.folder / name / "status.json").read_text(encoding="utf-8"))
            if status["totals"]["in_sync"] != LARGEST:
                raise SystemExit("the account is not in sync with its baseline")

    def inventory(self) -> Iterator[Row]:
        """Measure ansible-inventory --list, against the same hosts from a static YAML file."""
        records = self.account(LARGEST)
        self.write("all.telnyx.yml", {"plugin": NAME})
        hosts = {
            record["connection_name"]: {f"telnyx_{key}": value for key, value in record.items() if key != "password"}
            for record in records
        }
        self.write("static.yml", {"all": {"hosts": hosts}})
        show = ("ansible-inventory", "--list", "--output", "out.json", "-i")
        ours, theirs, requests = self.pair((*show, "all.telnyx.yml"), (*show, "static.yml"))
        yield Row("ansible-inventory --list", "static YAML", LARGEST, ours, theirs, requests, 0.0, faster=False)

    def write(self, name: str, content: Any) -> None:
        """Write a YAML file, with libyaml if it is there."""
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        (self.folder / name).write_text(yaml.dump(content, Dumper=dumper), encoding="utf-8")


# What can be measured by itself.
PARTS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "listing": Bench.listing,
    "fleet": Bench.fleet,
    "snapshot_file": Bench.snapshot_file,
    "facts": Bench.facts,
    "checks": Bench.checks,
    "inventory": Bench.inventory,
}


def show(row: Row) -> None:
    """Print a row as soon as it is measured."""
    ratio = f"{row.ratio:.1f} times faster" if row.faster else f"{row.ratio:.2f} of its time"
    target = "" if row.target is None else f"{row.target:.1f}"
    print(
        f"{row.what:40} {row.connections:11} {row.seconds:8.2f} {row.peer:>18} {row.peer_seconds:8.2f} "
        f"{ratio:>17} {target:>6} {row.requests:8}",
        flush=True,
    )


def main() -> None:
    """Measure the parts that the arguments name, or all of them."""
    parser = argparse.ArgumentParser(description="Measure the collection against its peers.")
    parser.add_argument("folder", type=Path, help="where bench.json goes")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure: {', '.join(PARTS)} (all)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each pair is measured")
    args = parser.parse_args()
    if unknown := set(args.parts) - set(PARTS):
        parser.error(f"there is no part {min(unknown)}: the parts are {', '.join(PARTS)}")
    print(
        f"{'measured':40} {'connections':>11} {'seconds':>8} {'peer':>18} {'seconds':>8} {'ratio':>17} {'target':>6} {'requests':>8}"
    )
    rows = []
    with SandboxProcess() as sandbox, tempfile.TemporaryDirectory() as folder:
        bench = Bench(sandbox, Path(folder), args.rounds)
        for part in args.parts or PARTS:
            for row in PARTS[part](bench):
                show(row)
                rows.append({**asdict(row), "ratio": row.ratio})
    (args.folder / "bench.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print(f"\nEach request takes {DELAY * 1000:.0f} ms. As JSON: {args.folder}/bench.json")


if __name__ == "__main__":
    main()
