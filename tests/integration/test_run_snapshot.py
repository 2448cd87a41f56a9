"""The run's snapshot: all hosts and tasks of a run share one listing.

Tests of several cases share one start of ansible-playbook, which takes longer than all their tasks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import KEY, NAME, Run, attempt, debug, info, lookup, save, spoil_cache

OWN = "{{ lookup('" + NAME + "', ids[inventory_hostname[1:] | int]) }}"


PYTHON = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}


def python(code: str, *arguments: str) -> dict[str, Any]:
    """A task that runs Python code on the controller, once for all hosts."""
    argv = ["{{ ansible_playbook_python }}", "-c", code, *arguments]
    return {"ansible.builtin.command": {"argv": argv}, "run_once": True, "vars": PYTHON}


class Fleet:
    """Plays for many hosts, each of which looks up its own connection."""

    def __init__(self, ansible: Callable[..., Run], folder: Path, sandbox: SandboxProcess) -> None:
        self.ansible, self.folder, self.sandbox = ansible, folder, sandbox
        self.wanted: list[str] = []

    def write(self, hosts: int, *tasks: dict[str, Any], **keywords: Any) -> tuple[str, ...]:
        """Write a play for this number of hosts. Return the command that runs it."""
        names: dict[str, Any] = {f"h{place}": {} for place in range(hosts)}
        (self.folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": names}}))
        records = self.sandbox.seen()["records"]
        self.wanted = [record["id"] for record in records[:hosts]]
        variables = {"ids": self.wanted, "trunk": OWN, "ansible_connection": "local", **keywords.pop("vars", {})}
        content = [{"hosts": "all", "gather_facts": False, "vars": variables, "tasks": list(tasks), **keywords}]
        (self.folder / "play.yml").write_text(yaml.safe_dump(content))
        return ("ansible-playbook", "-i", "hosts.yml", "play.yml")

    def play(
        self,
        hosts: int,
        *tasks: dict[str, Any],
        args: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
        **keywords: Any,
    ) -> Run:
        """Run a play for this number of hosts."""
        return self.ansible(*self.write(hosts, *tasks, **keywords), *args, env=env)

    def requests(self) -> int:
        """How many requests the sandbox has seen since its reset."""
        return len(self.sandbox.requests())

    def remains(self) -> list[Path]:
        """Files of the collection that a run has left."""
        return [path for path in (self.folder / "home").rglob("*") if path.is_file() and "telnyx" in path.name]


@pytest.fixture
def fleet(ansible: Callable[..., Run], tmp_path: Path, sandbox: SandboxProcess) -> Fleet:
    return Fleet(ansible, tmp_path, sandbox)


SHOW = debug("trunk.id")


@pytest.mark.parametrize(("hosts", "forks"), [(5, "1"), (40, "20")])
def test_processes_of_a_run_read_the_account_once(fleet: Fleet, hosts: int, forks: str) -> None:
    fleet.sandbox.reset(connections=500, delay=0.1)
    # Ansible's controller process templates the names of tasks for its display.
    named = {**SHOW, "name": "{{ lookup('" + NAME + "', ids[1]).user_name }}"}
    run = fleet.play(hosts, SHOW, named, args=("--forks", forks))
    assert run.exit_code == 0, run.output
    assert fleet.requests() == 2
    assert [run.output.count(f'"msg": "{identity}"') for identity in fleet.wanted] == [2] * hosts
    assert f"TASK [{fleet.sandbox.seen()['records'][1]['user_name']}]" in run.output
    assert fleet.remains() == []


def test_other_filters_keys_and_passwords_have_snapshots_of_their_own(fleet: Fleet) -> None:
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


def test_error_is_stored_and_reported_for_every_host(fleet: Fleet) -> None:
    fleet.sandbox.reset(connections=40)
    run = fleet.play(40, SHOW, args=("--forks", "10"), env={"TELNYX_API_KEY": "wrong"})
    assert run.exit_code == 2
    assert run.output.count("fatal:") == 40
    failures = [line for line in run.output.splitlines() if line.startswith("fatal:")]
    assert [line for line in failures if "HTTP 401 Unauthorized: Authentication failed" not in line] == []
    assert fleet.requests() == 1


def test_rate_limit_is_respected_by_all_processes_together(fleet: Fleet) -> None:
    fleet.sandbox.reset(connections=2000, rate_limit=5, rate_window=2.0)
    run = fleet.play(40, SHOW, args=("--forks", "20"))
    assert run.exit_code == 0, run.output
    assert len([each for each in fleet.sandbox.requests() if each["status"] == 200]) == 8


def test_cache_options_of_the_lookup_decide_when_the_api_is_asked_again(fleet: Fleet) -> None:
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


reader = start()
control = os.environ["TELNYX_BASE_URL"].replace("/v2", "/_sandbox")
while not json.load(urllib.request.urlopen(control))["requests"]:
    time.sleep(0.1)
waiters = [start() for _ in range(3)]
time.sleep(1)
os.kill(reader, signal.SIGKILL)
for pid in waiters:
    assert os.waitpid(pid, 0)[1] == 0
"""


def test_next_process_reads_the_account_if_the_first_one_is_killed(fleet: Fleet) -> None:
    fleet.sandbox.reset(connections=30, faults=[{"kind": "hang", "seconds": 60, "times": 1}])
    run = fleet.ansible("python", "-c", KILL, NAME)
    assert run.exit_code == 0, run.output
    assert run.output.split() == ["30", "30", "30"]
    assert fleet.requests() == 2
    assert fleet.remains() == []


SPOIL = """
import glob, os, sys
for path in glob.glob(os.path.join(os.environ["HOME"], ".ansible/tmp/ansible-local-*/telnyx*.listing")):
    print(path)
    with open(path, "r+b") as file:
        if sys.argv[1] == "all":
            file.truncate()
        elif sys.argv[1] == "records":
            file.seek(file.read().index(b'[{"id') + 3)
        file.write(b"spoilt" * (10 if sys.argv[1] == "header" else 5000))
"""


def test_damaged_snapshot_is_replaced(fleet: Fleet) -> None:
    spoilt = [task for part in ("all", "header", "records") for task in (python(SPOIL, part), SHOW)]
    run = fleet.play(5, SHOW, *spoilt, SHOW, args=("-v",))
    assert run.exit_code == 0, run.output
    assert ".listing" in run.output
    assert [run.output.count(f'"msg": "{identity}"') for identity in fleet.wanted] == [5] * 5
    assert fleet.requests() == 4
    assert fleet.remains() == []


LOOK = """
import glob, json, os, stat
files = []
for path in glob.glob(os.path.join(os.environ["HOME"], ".ansible/tmp/ansible-local-*/*telnyx*")):
    folder, file = (oct(stat.S_IMODE(os.stat(each).st_mode)) for each in (os.path.dirname(path), path))
    files.append([os.path.splitext(path)[1], folder, file, b"canarypassword" in open(path, "rb").read()])
print(json.dumps(sorted(files)))
"""


def test_temporary_folder_holds_private_files_and_passwords_only_on_request(fleet: Fleet) -> None:
    fleet.sandbox.reset(overrides=[{"password": "canarypassword"}] * 3)
    look = {**python(LOOK), "register": "look"}
    tasks = [
        [debug(lookup(include_passwords=wanted) + " | length"), look, save("look.stdout", f"passwords-{wanted}")]
        for wanted in (False, True)
    ]
    run = fleet.play(1, *tasks[0], *tasks[1], args=("-v",))
    assert run.exit_code == 0, run.output
    listing, lock = ([kind, "0o700", "0o600"] for kind in (".listing", ".lock"))
    assert json.loads(run.saved("passwords-False")) == [[*listing, False], [*lock, False]]
    assert json.loads(run.saved("passwords-True")) == [
        [*listing, False],
        [*listing, True],
        [*lock, False],
        [*lock, False],
    ]
    assert KEY not in run.output
    assert fleet.remains() == []


def test_every_lookup_asks_the_api_if_the_temporary_folder_cannot_be_used(fleet: Fleet) -> None:
    # Root may write to a read-only folder, so a file takes the place of the folder.
    run = fleet.play(2, python(BLOCK), SHOW)
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


def test_every_lookup_asks_the_api_if_the_disk_is_full(fleet: Fleet) -> None:
    fleet.sandbox.reset(connections=500)
    run = fleet.ansible("python", "-c", SMALL_FILES, *fleet.write(2, SHOW))
    assert run.exit_code == 0, run.output
    assert "No snapshot can be kept in the run's temporary folder" in run.flat()
    assert [run.output.count(f'"msg": "{identity}"') for identity in fleet.wanted] == [1, 1]
    assert fleet.requests() == 4


def test_simultaneous_runs_have_snapshots_of_their_own(fleet: Fleet) -> None:
    fleet.sandbox.reset(connections=30, delay=0.2)
    command = fleet.write(3, SHOW)
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _run: fleet.ansible(*command), range(2)))
    assert [run.exit_code for run in runs] == [0, 0]
    assert fleet.requests() == 2


CACHE = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": "cache"}


def test_cache_plugin_keeps_a_listing_without_passwords_for_later_runs(fleet: Fleet) -> None:
    fleet.sandbox.reset(hostile=True, overrides=[{"password": "canarypassword"}])
    task = save(lookup(cache_scope="plugin"))
    first = fleet.play(1, task, env=CACHE)
    assert first.exit_code == 0, first.output
    names = [each["connection_name"] for each in first.saved()]
    (fleet.folder / "result.json").unlink()
    with_passwords = debug(lookup(cache_scope="plugin", include_passwords=True) + " | length")
    refreshed = debug(lookup(cache_scope="plugin", refresh=True) + " | length")
    second = fleet.play(1, task, with_passwords, refreshed, env=CACHE)
    assert second.exit_code == 0, second.output
    assert [each["connection_name"] for each in second.saved()] == names
    assert fleet.requests() == 3  # that of the first run, that with passwords, and that for refresh
    cached = "".join(path.read_text() for path in (fleet.folder / "cache").iterdir())
    assert "connection_name" in cached
    assert "canarypassword" not in cached
    assert KEY not in cached


def an_hour_later(text: str) -> str:
    """The cached listing with a time that is an hour later."""
    return re.sub(r'(created\\*": )([0-9.]+)', lambda found: f"{found[1]}{float(found[2]) + 3600}", text)


# What replaces the cache's file, and the reason in the warning.
SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "time": (lambda path: path.write_text(an_hour_later(path.read_text())), "was changed since"),
    "password": (
        lambda path: path.write_text(path.read_text().replace("connection_name", "password", 1)),
        "was changed since",
    ),
    "records": (
        lambda path: spoil_cache(path, {"created": 1, "records": [{"id": "1", "password": "canary"}]}),
        "not an entry of this version",
    ),
    "list": (lambda path: spoil_cache(path, ["x"]), "not an entry of this version"),
    "vault": (lambda path: spoil_cache(path, {"__ansible_vault": "x"}), ""),
    "vaulted": (lambda path: spoil_cache(path, {"listing": {"__ansible_vault": "x"}, "code": "x"}), ""),
    "garbage": (lambda path: path.write_text("{"), "could not be read"),
}


def test_changed_entry_of_the_cache_plugin_is_ignored_with_a_warning(fleet: Fleet) -> None:
    # Each case has a page size, and so an entry, of its own.
    sizes = dict(zip(SPOILT, range(100, 200)))
    tasks = [save(lookup(cache_scope="plugin", page_size=size), name) for name, size in sizes.items()]
    first = fleet.play(1, *tasks, env=CACHE)
    assert first.exit_code == 0, first.output
    good = {name: first.saved(name) for name in SPOILT}
    listings = [path for path in (fleet.folder / "cache").glob("*siptrunk_telnyx*") if not path.name.endswith("_lease")]
    entries = sorted(listings, key=lambda path: path.stat().st_mtime_ns)
    assert len(entries) == len(SPOILT)
    for entry, (spoil, _reason) in zip(entries, SPOILT.values()):
        before = entry.read_text()
        spoil(entry)
        assert entry.read_text() != before
    run = fleet.play(1, *tasks, env=CACHE)
    assert run.exit_code == 0, run.output
    assert {name: run.saved(name) for name in SPOILT} == good
    assert [each["query"]["page[size]"] for each in fleet.sandbox.requests()] == [
        str(each) for each in sizes.values()
    ] * 2
    for _spoil, reason in SPOILT.values():  # Ansible shows the same warning once a run
        assert reason in run.flat()
    assert "[WARNING]: siptrunk.telnyx: " in run.flat()


def test_stale_if_error_replaces_an_error_of_the_server_only(fleet: Fleet) -> None:
    stale = lookup(cache_scope="plugin", cache_timeout=0, stale_if_error=600, retries=0)
    assert fleet.play(1, debug(stale + " | length"), env=CACHE).exit_code == 0
    fleet.sandbox.reset(
        faults=[{"kind": "status", "status": 503, "times": 4}, {"kind": "status", "status": 401, "times": 1}]
    )
    strict = {"cache_scope": "plugin", "cache_timeout": 0, "retries": 0}
    run = fleet.play(
        1,
        attempt(debug(lookup(stale_if_error=5)), "wrong_scope"),
        save(stale + " | length", "stale"),
        attempt(debug(lookup(retries=0)), "other_scope"),
        attempt(debug(lookup(**strict)), "default"),
        attempt(debug(lookup(**strict, stale_if_error=0)), "zero"),
        attempt(debug(stale), "refused_key"),
        env=CACHE,
    )
    assert run.exit_code == 0, run.output
    assert run.saved("stale") == 25
    assert "The API cannot be reached, so a listing of" in run.flat()
    for name, message in {
        "other_scope": "HTTP 503",
        "default": "HTTP 503",
        "zero": "HTTP 503",
        "refused_key": "HTTP 401",
        "wrong_scope": "stale_if_error: needs cache_scope: plugin",
    }.items():
        assert message in run.saved(name)["msg"]
    assert fleet.requests() == 5


def test_listing_of_the_cache_plugin_does_not_become_younger(fleet: Fleet) -> None:
    cached = debug(lookup(cache_scope="plugin") + " | length")
    assert fleet.play(1, cached, env=CACHE).exit_code == 0
    run = fleet.play(1, {"ansible.builtin.pause": {"seconds": 1}}, cached, debug(lookup(cache_timeout=1)), env=CACHE)
    assert run.exit_code == 0, run.output
    assert fleet.requests() == 2


def test_cache_plugin_of_the_collection_alone(fleet: Fleet) -> None:
    own = {"cache_scope": "plugin", "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": "own"}
    variables = {f"telnyx_{name}": value for name, value in own.items()}
    without_scope = {"cache_plugin": "jsonfile"}
    first = fleet.play(
        1,
        save(lookup(**own) + " | length", "lookup"),
        attempt(debug(lookup(**{**own, "cache_plugin": "jsonfiel"}, page_size=9)), "unknown"),
        attempt(debug(lookup(**without_scope, page_size=9)), "without_scope"),
        attempt(debug(lookup(cache_scope="plugin", cache_connection="own", page_size=9)), "without_plugin"),
    )
    assert first.exit_code == 0, first.output
    assert first.saved("lookup") == 25
    assert "cache_plugin: there is no cache plugin 'jsonfiel'" in first.saved("unknown")["msg"]
    assert "cache_plugin: needs cache_scope: plugin" in first.saved("without_scope")["msg"]
    assert "cache_connection: needs cache_plugin" in first.saved("without_plugin")["msg"]
    assert [path.name for path in (fleet.folder / "own").iterdir() if "siptrunk_telnyx" in path.name]
    second = fleet.play(1, {**info(), "register": "all"}, save("all"), vars=variables)
    assert second.exit_code == 0, second.output
    assert (len(second.saved()["connections"]), second.saved()["meta"]["requests"]) == (25, 0)
    assert fleet.requests() == 1


# What a worker does with two lookups, the second of which finds the snapshot, and which modules each of them imports.
IMPORTS = """
import json, os, sys
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader, lookup_loader
from ansible.template import Templar

init_plugin_loader()
for name in ("fetch", "hit"):
    pid = os.fork()
    if not pid:
        before = set(sys.modules)
        plugin = lookup_loader.get(sys.argv[1], loader=DataLoader(), templar=Templar(DataLoader(), variables={}))
        plugin.run(sys.argv[2:], variables={})
        with open(name + ".json", "w") as file:
            json.dump(sorted(set(sys.modules) - before), file)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""
HOT = ["plugin_utils._reading.argument_spec", "plugin_utils._reading.plugin_options", "plugin_utils._reading.run_cache"]


@pytest.mark.parametrize("where", ["bytecode", "no bytecode"])
def test_lookup_that_finds_the_snapshot_imports_three_files_with_bytecode(fleet: Fleet, where: str) -> None:
    # In the second case no bytecode can be written, as if the collection's folder was read-only.
    prefix = str(fleet.folder / "bytecode") if where == "bytecode" else "/dev/null/bytecode"
    env = {"PYTHONPYCACHEPREFIX": prefix}
    run = fleet.ansible("python", "-c", IMPORTS, NAME, fleet.sandbox.seen()["records"][3]["id"], env=env)
    assert run.exit_code == 0, run.output
    imported = {name: json.loads((fleet.folder / f"{name}.json").read_text()) for name in ("fetch", "hit")}
    collection = "ansible_collections.siptrunk.telnyx.plugins."
    hit = [name.removeprefix(collection) for name in imported["hit"] if "_utils._" in name]
    assert hit == HOT
    assert f"{collection}plugin_utils._fetch" in imported["fetch"]
    for library in ("requests", "urllib3"):
        assert library in imported["fetch"]
        assert library not in imported["hit"]
    assert "jmespath" not in imported["hit"]
    files = [path for path in (fleet.folder / "bytecode").rglob("*.pyc") if "siptrunk" in path.parts]
    names = {f"{path.parts[-2]}.{path.name.partition('.')[0]}" for path in files}
    assert names == ({"lookup.credential_connections", *HOT} if where == "bytecode" else set())
    assert fleet.requests() == 1


def test_facts_info_and_lookup_of_many_hosts_share_one_listing(fleet: Fleet) -> None:
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


def test_cache_options_of_the_modules_decide_when_the_api_is_asked(fleet: Fleet) -> None:
    # The page size gives the cache plugin's listing a snapshot of its own.
    cached = ({**info(cache_scope="plugin", page_size=100), "register": "cached"}, save("cached.meta.requests"))
    first = fleet.play(
        1,
        info(),
        info(refresh=True),
        info(cache_scope="none"),
        info(include_passwords=True),
        {**info(), "vars": {"telnyx_cache_scope": "none"}},
        *cached,
        env=CACHE,
    )
    assert first.exit_code == 0, first.output
    assert first.saved() == 1
    assert fleet.requests() == 6
    second = fleet.play(1, *cached, env=CACHE)
    assert second.exit_code == 0, second.output
    assert second.saved() == 0
    assert fleet.requests() == 6


def test_each_managed_node_reads_the_account_itself(fleet: Fleet) -> None:
    run = fleet.play(2, info(run_on="managed_node"), vars=PYTHON)
    assert run.exit_code == 0, run.output
    assert fleet.requests() == 2
