"""The run's snapshot: one walk for all hosts and tasks, whatever happens meanwhile."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import KEY, NAME, Run, attempt, debug, info, lookup, save, spoil_cache

OWN = "{{ lookup('" + NAME + "', ids[inventory_hostname[1:] | int]) }}"


class Fleet:
    """Plays for many hosts, each of which looks its own connection up."""

    def __init__(self, ansible: Callable[..., Run], folder: Path, sandbox: SandboxProcess) -> None:
        self.ansible, self.folder, self.sandbox = ansible, folder, sandbox
        self.wanted: list[str] = []

    def play(self, hosts: int, *tasks: dict[str, Any], args: tuple[str, ...] = (), **keywords: Any) -> Run:
        """Run a play for so many hosts."""
        env = keywords.pop("env", None)
        names: dict[str, Any] = {f"h{place}": {} for place in range(hosts)}
        (self.folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": names}}))
        records = self.sandbox.seen()["records"]
        self.wanted = [record["id"] for record in records[:hosts]]
        variables = {"ids": self.wanted, "trunk": OWN, "ansible_connection": "local", **keywords.pop("vars", {})}
        content = [{"hosts": "all", "gather_facts": False, "vars": variables, "tasks": list(tasks), **keywords}]
        (self.folder / "play.yml").write_text(yaml.safe_dump(content))
        return self.ansible("ansible-playbook", "-i", "hosts.yml", "play.yml", *args, env=env)

    def requests(self) -> int:
        """How many requests the sandbox has seen since its reset."""
        return len(self.sandbox.requests())

    def remains(self) -> list[Path]:
        """Files of ours that a run has left."""
        return [path for path in (self.folder / "home").rglob("*") if path.is_file() and "telnyx" in path.name]


@pytest.fixture
def fleet(ansible: Callable[..., Run], tmp_path: Path, sandbox: SandboxProcess) -> Fleet:
    return Fleet(ansible, tmp_path, sandbox)


SHOW = debug("trunk.id")


@pytest.mark.parametrize("forks", ["1", "20"])
def test_a_run_makes_one_walk(fleet: Fleet, forks: str) -> None:
    fleet.sandbox.reset(connections=500, delay=0.1)
    run = fleet.play(40, SHOW, SHOW, args=("--forks", forks))
    assert run.exit_code == 0, run.output
    assert fleet.requests() == 2
    assert [run.output.count(f'"msg": "{identity}"') for identity in fleet.wanted] == [2] * 40
    assert fleet.remains() == []


def test_the_controller_process_and_forks_share_it(fleet: Fleet) -> None:
    fleet.sandbox.reset(connections=30)
    # Ansible's controller process templates the names of tasks for its display.
    named = {**SHOW, "name": "{{ lookup('" + NAME + "', ids[1]).user_name }}"}
    run = fleet.play(3, named, SHOW)
    assert run.exit_code == 0, run.output
    assert f"TASK [{fleet.sandbox.seen()['records'][1]['user_name']}]" in run.output
    assert fleet.requests() == 1


def test_other_filters_keys_and_passwords_are_other_listings(fleet: Fleet) -> None:
    fleet.sandbox.reset(connections=30, keys=[KEY, "KEY_TWO"])
    run = fleet.play(
        2,
        debug(lookup() + " | length"),
        debug(lookup(connection_name_contains="berlin") + " | length"),
        debug(lookup(api_key="KEY_TWO") + " | length"),
        debug(lookup(include_passwords=True) + " | length"),
        debug(lookup(concurrency=2, timeout=9, query="[0]") + " | length"),
    )
    assert run.exit_code == 0, run.output
    assert fleet.requests() == 4


def test_an_error_is_met_once_and_told_to_every_host(fleet: Fleet) -> None:
    fleet.sandbox.reset(connections=40)
    run = fleet.play(40, SHOW, args=("--forks", "10"), env={"TELNYX_API_KEY": "wrong"})
    assert run.exit_code == 2
    assert run.output.count("fatal:") == 40
    failures = [line for line in run.output.splitlines() if line.startswith("fatal:")]
    assert [line for line in failures if "HTTP 401 Unauthorized: Authentication failed" not in line] == []
    assert fleet.requests() == 1


def test_a_rate_limit_of_five_requests_in_two_seconds(fleet: Fleet) -> None:
    fleet.sandbox.reset(connections=2000, rate_limit=5, rate_window=2.0)
    run = fleet.play(40, SHOW, args=("--forks", "20"))
    assert run.exit_code == 0, run.output
    assert len([each for each in fleet.sandbox.requests() if each["status"] == 200]) == 8


def test_refresh_none_and_an_age_ask_the_api_again(fleet: Fleet) -> None:
    run = fleet.play(
        1,
        debug(lookup() + " | length"),
        debug(lookup(refresh=True) + " | length"),
        debug(lookup(cache_scope="none") + " | length"),
        debug(lookup() + " | length"),
        {"ansible.builtin.pause": {"seconds": 2}},
        debug(lookup(cache_timeout=1) + " | length"),
        attempt(debug(lookup(cache_timeout=-1)), "negative"),
    )
    assert run.exit_code == 0, run.output
    assert fleet.requests() == 4
    assert "cache_timeout: must be 0 or more seconds" in run.saved("negative")["msg"]


# What a worker of ansible-playbook does with a lookup, without the controller, which ends its run when a worker is killed.
KILL = """
import json, os, signal, sys, time, urllib.request
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader, lookup_loader
from ansible.template import Templar

init_plugin_loader()


def start():
    pid = os.fork()
    if not pid:
        plugin = lookup_loader.get(sys.argv[1], loader=DataLoader(), templar=Templar(DataLoader(), variables={}))
        print(len(plugin.run([], variables={})), flush=True)
        os._exit(0)
    return pid


walker = start()
control = os.environ["TELNYX_BASE_URL"].replace("/v2", "/_sandbox")
while not json.load(urllib.request.urlopen(control))["requests"]:
    time.sleep(0.1)
waiters = [start() for _ in range(3)]
time.sleep(1)
os.kill(walker, signal.SIGKILL)
for pid in waiters:
    assert os.waitpid(pid, 0)[1] == 0
"""


def test_a_walker_that_is_killed_is_followed_by_another(fleet: Fleet) -> None:
    fleet.sandbox.reset(connections=30, faults=[{"kind": "hang", "seconds": 60, "times": 1}])
    run = fleet.ansible("python", "-c", KILL, NAME)
    assert run.exit_code == 0, run.output
    assert run.output.split() == ["30", "30", "30"]
    assert fleet.requests() == 2
    assert fleet.remains() == []


SPOIL = """
import glob, os, sys
for path in glob.glob(os.path.join(os.environ["HOME"], ".ansible/tmp/ansible-local-*/*telnyx*")):
    print(path)
    open(path, "r+b" if sys.argv[1] == "some" else "wb").write(b"spoilt" * 500)
"""


@pytest.mark.parametrize("how", ["all", "some"])
def test_a_corrupt_snapshot_is_made_anew(fleet: Fleet, how: str) -> None:
    spoil = {"ansible.builtin.command": {"argv": ["{{ ansible_playbook_python }}", "-c", SPOIL, how]}, "run_once": True}
    python = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    run = fleet.play(5, SHOW, spoil, SHOW, SHOW, vars=python, args=("-v",))
    assert run.exit_code == 0, run.output
    assert "sqlite3" in run.output
    assert [run.output.count(f'"msg": "{identity}"') for identity in fleet.wanted] == [3] * 5
    assert fleet.requests() == 2
    assert fleet.remains() == []


LOOK = """
import glob, os, stat
for path in glob.glob(os.path.join(os.environ["HOME"], ".ansible/tmp/ansible-local-*/*telnyx*")):
    folder, file = (oct(stat.S_IMODE(os.stat(each).st_mode)) for each in (os.path.dirname(path), path))
    found = "FO" + "UND" if b"canarypassword" in open(path, "rb").read() else ""
    print("MODE", folder, file if path.endswith("sqlite3") else "", found)
"""


@pytest.mark.parametrize("asked", [False, True])
def test_what_is_on_the_disk_during_a_run(fleet: Fleet, asked: bool) -> None:
    fleet.sandbox.reset(overrides=[{"password": "canarypassword"}] * 3)
    look = {"ansible.builtin.command": {"argv": ["{{ ansible_playbook_python }}", "-c", LOOK]}}
    variables = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    run = fleet.play(1, debug(lookup(include_passwords=asked) + " | length"), look, vars=variables, args=("-v",))
    assert run.exit_code == 0, run.output
    assert "MODE 0o700 0o600" in run.output
    assert ("FOUND" in run.output) is asked
    assert KEY not in run.output
    assert fleet.remains() == []


def test_without_a_place_for_it_every_lookup_asks_the_api_and_says_so(fleet: Fleet) -> None:
    # Root may write to a read-only folder, so the folder's name is made one that no file can be made in.
    block = {"ansible.builtin.command": {"argv": ["{{ ansible_playbook_python }}", "-c", BLOCK]}}
    variables = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    run = fleet.play(2, {**block, "run_once": True}, SHOW, vars=variables)
    assert run.exit_code == 0, run.output
    assert "No snapshot can be kept in the run's temporary folder" in run.flat()
    assert [run.output.count(f'"msg": "{identity}"') for identity in fleet.wanted] == [1, 1]
    assert fleet.requests() == 2


BLOCK = """
import glob, os, shutil
for path in glob.glob(os.path.join(os.environ["HOME"], ".ansible/tmp/ansible-local-*")):
    shutil.rmtree(path)
    open(path, "w").close()
"""


# As on a full disk: no file may grow over 64 KiB.
SMALL_FILES = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
os.execvp(sys.argv[1], sys.argv[1:])
"""


def test_a_full_folder_does_not_stop_a_run(fleet: Fleet) -> None:
    fleet.sandbox.reset(connections=500)
    assert fleet.play(2, SHOW).exit_code == 0
    before = fleet.requests()
    run = fleet.ansible("python", "-c", SMALL_FILES, "ansible-playbook", "-i", "hosts.yml", "play.yml")
    assert run.exit_code == 0, run.output
    assert "No snapshot can be kept in the run's temporary folder" in run.flat()
    assert [run.output.count(f'"msg": "{identity}"') for identity in fleet.wanted] == [1, 1]
    assert fleet.requests() == before + 4


def test_two_runs_at_once_do_not_share(fleet: Fleet) -> None:
    fleet.sandbox.reset(connections=30, delay=0.2)
    assert fleet.play(3, SHOW).exit_code == 0
    command = ("ansible-playbook", "-i", "hosts.yml", "play.yml")
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _run: fleet.ansible(*command), range(2)))
    assert [run.exit_code for run in runs] == [0, 0]
    assert fleet.requests() == 3


CACHE = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": "cache"}


def test_a_cache_plugin_keeps_a_listing_for_later_runs_without_passwords(fleet: Fleet) -> None:
    fleet.sandbox.reset(hostile=True, overrides=[{"password": "canarypassword"}])
    task = save(lookup(cache_scope="plugin"))
    first = fleet.play(1, task, env=CACHE)
    assert first.exit_code == 0, first.output
    names = [each["connection_name"] for each in first.saved()]
    second = fleet.play(1, task, debug(lookup(cache_scope="plugin", include_passwords=True) + " | length"), env=CACHE)
    assert [each["connection_name"] for each in second.saved()] == names
    assert fleet.requests() == 2  # the first run's, and the one with passwords
    kept = "".join(path.read_text() for path in (fleet.folder / "cache").iterdir())
    assert "canarypassword" not in kept
    assert KEY not in kept
    assert fleet.play(1, debug(lookup(cache_scope="plugin", refresh=True) + " | length"), env=CACHE).exit_code == 0
    assert fleet.requests() == 3


def an_hour_later(text: str) -> str:
    """The cached listing as if it had been made an hour from now."""
    return re.sub(r'(created\\*": )([0-9.]+)', lambda found: f"{found[1]}{float(found[2]) + 3600}", text)


# What becomes of the cache's file, and the warning's reason.
SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "time": (lambda path: path.write_text(an_hour_later(path.read_text())), "was changed since"),
    "password": (
        lambda path: path.write_text(path.read_text().replace("connection_name", "password", 1)),
        "was changed since",
    ),
    "records": (
        lambda path: spoil_cache(path, {"created": 1, "records": [{"id": "1", "password": "canary"}]}),
        "no entry of this version",
    ),
    "list": (lambda path: spoil_cache(path, ["x"]), "no entry of this version"),
    "vault": (lambda path: spoil_cache(path, {"__ansible_vault": "x"}), ""),
    "vaulted": (lambda path: spoil_cache(path, {"listing": {"__ansible_vault": "x"}, "code": "x"}), ""),
    "garbage": (lambda path: path.write_text("{"), "could not be read"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_listing_that_others_wrote_is_not_believed(fleet: Fleet, how: str) -> None:
    spoil, reason = SPOILT[how]
    task = save(lookup(cache_scope="plugin"))
    good = fleet.play(1, task, env=CACHE).saved()
    (kept,) = (fleet.folder / "cache").glob("*siptrunk_telnyx*")
    before = kept.read_text()
    spoil(kept)
    assert kept.read_text() != before
    run = fleet.play(1, task, env=CACHE)
    assert run.exit_code == 0, run.output
    assert run.saved() == good
    assert reason in run.flat()
    assert "WARNING" in run.output
    assert fleet.requests() == 2


def test_stale_if_error(fleet: Fleet) -> None:
    stale = lookup(cache_scope="plugin", cache_timeout=0, stale_if_error=600, retries=0)
    assert fleet.play(1, debug(stale + " | length"), env=CACHE).exit_code == 0
    fleet.sandbox.reset(faults=[{"kind": "status", "status": 503}])
    used = fleet.play(1, debug(stale + " | length"), env=CACHE)
    assert used.exit_code == 0, used.output
    assert "The API cannot be reached, so a listing of" in used.flat()
    for options in ({}, {"stale_if_error": 0}):
        task = debug(lookup(cache_scope="plugin", cache_timeout=0, retries=0, **options))
        assert fleet.play(1, task, env=CACHE).exit_code == 2
    fleet.sandbox.reset(faults=[{"kind": "status", "status": 401}])
    assert fleet.play(1, debug(stale), env=CACHE).exit_code == 2
    wrong = fleet.play(1, debug(lookup(stale_if_error=5)), env=CACHE)
    assert "stale_if_error: needs cache_scope: plugin" in wrong.flat()


def test_a_hit_does_not_import_requests(fleet: Fleet) -> None:
    variables = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (fleet.folder / "requests.py").write_text("open('imported', 'a').write('x'); raise ImportError('spoilt')")
    fine = debug("trunk.id")
    run = fleet.play(1, fine, vars=variables)
    assert run.exit_code == 0, run.output
    spoilt = fleet.play(1, fine, vars=variables, env={"PYTHONPATH": str(fleet.folder)})
    assert "requests is not installed" in spoilt.flat()
    assert (fleet.folder / "imported").read_text() == "x"


def test_the_file_is_a_database_with_an_index_for_each_way_to_name_a_connection() -> None:
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils import _snapshot as snapshot

    db = sqlite3.connect(":memory:")
    db.executescript(snapshot.SCHEMA)
    for field, statement in snapshot.FIND.items():
        (plan,) = db.execute(f"EXPLAIN QUERY PLAN {statement}", ("x",)).fetchall()
        assert f"USING INDEX by_{field}" in plan[3]


def test_facts_info_and_lookup_share_one_reading_on_a_fleet(fleet: Fleet) -> None:
    fleet.sandbox.reset(connections=620)
    own = {"connections": ["{{ ids[inventory_hostname[1:] | int] }}"]}
    run = fleet.play(
        40,
        {f"{NAME}_facts": own},
        debug("ansible_facts.telnyx_credential_connections[0].id"),
        SHOW,
        {**info(query="length(@)"), "register": "all", "when": "inventory_hostname == 'h39'"},
        {**save("all"), "when": "inventory_hostname == 'h39'"},
        args=("--forks", "10"),
    )
    assert run.exit_code == 0, run.output
    assert fleet.requests() == 3
    assert [run.output.count(f'"msg": "{identity}"') for identity in fleet.wanted] == [2] * 40
    assert run.saved()["result"] == 620
    assert run.saved()["meta"] == {"total_results": 620, "pages": 3, "requests": 3, "passes": 1}


def test_facts_obey_the_cache_options(fleet: Fleet) -> None:
    run = fleet.play(
        1,
        info(),
        info(refresh=True),
        info(cache_scope="none"),
        info(include_passwords=True),
        {**info(), "vars": {"telnyx_cache_scope": "none"}},
    )
    assert run.exit_code == 0, run.output
    assert fleet.requests() == 5
    kept = ({**info(cache_scope="plugin"), "register": "kept"}, save("kept"))
    for requests in (1, 0):
        assert fleet.play(1, *kept, env=CACHE).exit_code == 0
        meta = fleet.folder / "result.json"
        assert meta.exists()
        assert json.loads(meta.read_text())["meta"]["requests"] == requests
    assert fleet.requests() == 6


def test_on_the_managed_node_each_host_reads_the_account_itself(fleet: Fleet) -> None:
    variables = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    run = fleet.play(2, info(run_on="managed_node"), vars=variables)
    assert run.exit_code == 0, run.output
    assert fleet.requests() == 2
