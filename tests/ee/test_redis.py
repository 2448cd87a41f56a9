"""Runs that share a real Redis server, by the cache plugin community.general.redis, start at once."""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._cached_listing import authenticated
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading_lease import SETTLE, Lease
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._run_snapshot import cache_key
from sandbox.process import SandboxProcess
from tools.debian import want

from playbooks import BIN, KEY, lookup

DRIVER = Path(__file__).parent / "simultaneous_runs.py"
PLUGIN = "community.general.redis"
Results = list[dict[str, Any]]


class Server:
    """A Redis server on a free port of the loopback interface, which keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        program = want("redis-server", "redis-server")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.client = redis.Redis(port=self.port)
        command = [program, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while not self.answers():
            assert self.process.poll() is None
            assert time.monotonic() < end

    def answers(self) -> bool:
        """Whether the server is ready; the client itself tries for some seconds."""
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False

    def stop(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that leave it alive."""
    server = Server(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def server(shared_server: Server) -> Server:
    """The server, empty."""
    shared_server.client.flushall()
    return shared_server


class Runs:
    """Starts runs; their options are in ``options``."""

    def __init__(self, folder: Path, sandbox: SandboxProcess) -> None:
        self.folder, self.sandbox = folder, sandbox
        self.options = {"api_key": KEY, "api_url": sandbox.api_url, "deadline": 120.0, "timeout": 30.0}
        self.environment = {
            **os.environ,
            "HOME": str(folder),
            "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "TELNYX_API_KEY": KEY,
            "TELNYX_BASE_URL": sandbox.api_url,
        }

    def use(self, port: int) -> None:
        """Use the Redis server on this port."""
        self.environment |= {"ANSIBLE_CACHE_PLUGIN": PLUGIN, "ANSIBLE_CACHE_PLUGIN_CONNECTION": f"127.0.0.1:{port}:0"}

    def __call__(self, runs: int, *, options: dict[str, Any] | None = None, **case: Any) -> Results:
        """Return the results of runs that start at once, see ``simultaneous_runs.py``."""
        text = json.dumps({"runs": runs, "options": {**self.options, **(options or {})}, **case})
        done = subprocess.run(
            [sys.executable, str(DRIVER), text],
            cwd=self.folder,
            env=self.environment,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout
        found: Results = json.loads(done.stdout)
        return found

    def key(self, suffix: str = "") -> str:
        """The key of the listing in Redis: the prefixes of the plugin and of ansible-core, and the collection's key."""
        return f"ansible_factss1_siptrunk_telnyx_{cache_key(self.options, b'siptrunk.telnyx')}{suffix}"

    def requests(self) -> int:
        return len(self.sandbox.requests())

    def are_complete(self, results: Results) -> bool:
        """Whether all runs have all records."""
        ids = {each["id"] for each in self.sandbox.seen()["records"]}
        return all(set(each.get("records", ())) == ids for each in results)


@pytest.fixture
def runs(tmp_path: Path, sandbox: SandboxProcess, server: Server) -> Runs:
    """Runs that share the server."""
    sandbox.reset(connections=30, delay=0.3)
    found = Runs(tmp_path, sandbox)
    found.use(server.port)
    return found


def warnings(results: Results) -> str:
    return "\n".join(text for each in results for text in each["warnings"])


def test_twenty_runs_of_ansible_read_the_account_once(runs: Runs, server: Server) -> None:
    message = "msg={{ " + lookup(cache_scope="plugin") + " | map(attribute='id') | sort | join(',') }}"
    command = [str(BIN / "ansible"), "localhost", "-m", "debug", "-a", message]
    processes = []
    for number in range(20):
        home = runs.folder / str(number)
        home.mkdir()
        environment = {**runs.environment, "HOME": str(home)}
        processes.append(
            subprocess.Popen(
                command, env=environment, cwd=home, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
        )
    outputs = [process.communicate(timeout=300)[0] for process in processes]
    seen = runs.sandbox.seen()
    expected = ",".join(sorted(each["id"] for each in seen["records"]))
    assert [expected in output and "WARNING" not in output for output in outputs] == [True] * 20, outputs
    assert 1 <= len(seen["requests"]) <= 2  # 1, unless the machine holds one of the runs up while it claims the lease
    cached = "".join(str(server.client.get(key)) for key in server.client.keys("*siptrunk*"))
    assert expected.partition(",")[0] in cached
    assert not [secret for secret in (KEY, *(each["password"] for each in seen["records"])) if secret in cached]


def test_runs_that_start_in_the_same_instant_keep_the_bound(runs: Runs, server: Server) -> None:
    for _repetition in range(2):
        server.client.flushall()
        before = runs.requests()
        results = runs(20)
        assert runs.are_complete(results)
        late = sum((each["took"] or 0) > SETTLE for each in results)
        assert 1 <= runs.requests() - before <= 1 + late
    results = runs(5)
    assert runs.are_complete(results)
    assert [each["took"] for each in results] == [None] * 5  # what is cached costs no lease


def test_each_run_that_is_held_up_while_it_claims_the_lease_costs_at_most_one_reading(runs: Runs) -> None:
    runs.sandbox.reset(connections=30, delay=4)
    results = runs(8, paused=2, pause=4 * SETTLE)
    assert runs.are_complete(results)
    assert 1 <= runs.requests() <= 1 + sum((each["took"] or 0) > SETTLE for each in results)


def test_a_run_that_dies_holds_others_up_for_its_deadline(runs: Runs) -> None:
    began = time.monotonic()
    results = runs(6, deaths=1, options={"deadline": 5.0})
    assert time.monotonic() - began >= 5
    assert runs.are_complete(results)
    assert len(results) == 5
    assert runs.requests() == 1


def test_after_two_deaths_every_run_reads_for_itself(runs: Runs) -> None:
    results = runs(6, deaths=2, options={"deadline": 4.0})
    assert runs.are_complete(results)
    assert len(results) == 4
    assert 1 <= runs.requests() <= 4


def test_an_error_is_the_error_of_one_run(runs: Runs) -> None:
    runs.sandbox.reset(faults=[{"kind": "status", "status": 401, "times": 1}])
    results = runs(6)
    failed = [each for each in results if "error" in each]
    assert len(failed) == 1
    assert runs.are_complete([each for each in results if each not in failed])
    assert runs.requests() == 2


def test_while_the_api_fails_every_run_gets_its_own_error(runs: Runs) -> None:
    runs.sandbox.reset(faults=[{"kind": "status", "status": 503}])
    assert all("503" in each["error"] for each in runs(6))
    assert runs.requests() == 6


def lease(runs: Runs, created: float, deadline: float, key: str = KEY) -> str:
    """A lease in the form that ansible-core gives it, and then the plugin."""
    values = {**runs.options, "api_key": key}
    entry = authenticated("lease", json.dumps(Lease("another", created, deadline)), values)
    return json.dumps({"__payload__": json.dumps(entry)})


POISON: dict[str, Callable[[Runs], str | bytes]] = {
    "garbage": lambda _runs: "{",
    "another shape": lambda _runs: '["x"]',
    "pickle": lambda _runs: pickle.dumps({"listing": "x", "code": "y"}),
    "huge": lambda _runs: "[" * 5_000_000,
    "no entry": lambda _runs: json.dumps({"__payload__": json.dumps({"listing": [], "lease": {}, "code": 1})}),
    "another key": lambda runs: lease(runs, time.time(), 300, key="KEY_OTHER"),
}


@pytest.mark.parametrize("name", POISON)
def test_poisoned_entries_are_replaced(runs: Runs, server: Server, name: str) -> None:
    poison = POISON[name](runs)
    for suffix in ("", "_lease"):
        server.client.set(runs.key(suffix), poison)
        server.client.zadd("ansible_cache_keys", {runs.key(suffix).removeprefix("ansible_facts"): time.time()})
    results = runs(3)
    assert runs.are_complete(results)
    assert runs.requests() <= 1 + sum((each["took"] or 0) > SETTLE for each in results)
    assert "could not be read" in warnings(results) or "is ignored, because" in warnings(results)
    assert b"connection_name" in server.client.get(runs.key())


def test_keys_of_another_type_are_a_warning(runs: Runs, server: Server) -> None:
    server.client.lpush(runs.key(), "x")
    server.client.lpush(runs.key("_lease"), "x")
    server.client.lpush("ansible_cache_keys", "x")
    results = runs(2)
    assert runs.are_complete(results)
    assert runs.requests() == 2
    assert f"The cache plugin {PLUGIN} could not be read: ResponseError" in warnings(results)


@pytest.mark.parametrize(("age", "deadline"), [(-31_536_000, 31_536_000), (31_536_000, 300)], ids=str)
def test_a_lease_of_any_time_delays_a_run_by_its_own_deadline_at_most(
    runs: Runs, server: Server, age: float, deadline: float
) -> None:
    server.client.set(runs.key("_lease"), lease(runs, time.time() - age, deadline))
    server.client.zadd("ansible_cache_keys", {runs.key("_lease").removeprefix("ansible_facts"): time.time()})
    began = time.monotonic()
    assert runs.are_complete(runs(2, options={"deadline": 3.0}))
    assert runs.requests() in (1, 2)
    assert time.monotonic() - began < 120  # far less than the lease


def test_a_server_without_memory_is_a_warning(runs: Runs, server: Server) -> None:
    server.client.config_set("maxmemory", "1")
    try:
        results = runs(3)
    finally:
        server.client.config_set("maxmemory", "0")
    assert runs.are_complete(results)
    assert runs.requests() == 3
    assert "could not be written: OutOfMemoryError" in warnings(results)


def test_a_listing_that_the_server_refuses_does_not_delay_others(runs: Runs, server: Server) -> None:
    runs.sandbox.reset(connections=1500)
    limit = server.client.config_get("proto-max-bulk-len")["proto-max-bulk-len"]
    server.client.config_set("proto-max-bulk-len", 2**20)
    try:
        results = runs(1, options={"deadline": 300.0})
    finally:
        server.client.config_set("proto-max-bulk-len", limit)
    assert runs.are_complete(results)
    assert "could not be written" in warnings(results)
    assert not server.client.exists(runs.key())
    found = json.loads(json.loads(server.client.get(runs.key("_lease")))["__payload__"])
    assert Lease(*json.loads(found["lease"])).deadline == 0  # it has ended


def test_a_server_that_hangs_is_a_warning_after_the_time_limit(runs: Runs, server: Server) -> None:
    server.process.send_signal(signal.SIGSTOP)
    try:
        results = runs(2, options={"timeout": 2.0})
    finally:
        server.process.send_signal(signal.SIGCONT)
    assert runs.are_complete(results)
    assert runs.requests() == 2
    assert "could not be read: TimeoutError" in warnings(results)


def test_a_server_that_dies_meanwhile_or_is_dead_is_a_warning(runs: Runs, tmp_path: Path) -> None:
    server = Server(tmp_path)
    runs.use(server.port)
    results = runs(4, kill=server.process.pid)
    server.stop()
    assert runs.are_complete(results)
    assert runs.requests() <= 4
    assert "ConnectionError" in warnings(results)
    before = runs.requests()
    results = runs(2)
    assert runs.are_complete(results)
    assert runs.requests() - before == 2
    assert all(len(each["warnings"]) == 1 for each in results)


def test_a_plugin_that_is_not_the_one_for_facts_may_be_dead_from_the_start(runs: Runs, tmp_path: Path) -> None:
    server = Server(tmp_path)
    del runs.environment["ANSIBLE_CACHE_PLUGIN"], runs.environment["ANSIBLE_CACHE_PLUGIN_CONNECTION"]
    options = {"cache_plugin": PLUGIN, "cache_connection": f"127.0.0.1:{server.port}:0"}
    message = "msg=count={{ " + lookup(cache_scope="plugin", **options) + " | length }}"
    command = [str(BIN / "ansible"), "localhost", "-m", "debug", "-a", message]

    def run() -> str:
        done = subprocess.run(command, cwd=tmp_path, env=runs.environment, check=True, text=True, capture_output=True)
        return " ".join((done.stdout + done.stderr).split())

    try:
        outputs = [run(), run()]
    finally:
        server.stop()
    assert runs.requests() == 1
    outputs.append(run())
    assert ["count=30" in output for output in outputs] == [True] * 3, outputs
    assert [f"The cache plugin {PLUGIN} could not be read" in output for output in outputs] == [False, False, True]
    assert runs.requests() == 2


def test_runs_that_share_a_folder_read_the_account_once(runs: Runs) -> None:
    runs.environment |= {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": "cache"}
    results = runs(10)
    assert runs.are_complete(results)
    assert warnings(results) == ""
    assert 1 <= runs.requests() <= 1 + sum((each["took"] or 0) > SETTLE for each in results)


def test_a_plugin_that_shares_nothing_costs_no_wait(runs: Runs) -> None:
    runs.environment |= {"ANSIBLE_CACHE_PLUGIN": "memory"}
    results = runs(2)
    assert runs.are_complete(results)
    assert runs.requests() == 2
    assert warnings(results) == ""
