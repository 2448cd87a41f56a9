"""The run cache: all hosts and tasks of a run share one listing.

Tests of several cases share one start of ansible-playbook, which takes longer than all their tasks.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import KEY, NAME, Run, attempt, debug, info, lookup, save

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


def test_other_filters_keys_and_passwords_have_listings_of_their_own(fleet: Fleet) -> None:
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


def test_cache_options_of_the_lookup_decide_when_the_api_is_asked_again(fleet: Fleet) -> None:
    run = fleet.play(
        1,
        debug(lookup() + " | length"),
        debug(lookup(refresh=True) + " | length"),
        debug(lookup(cache_timeout=0) + " | length"),
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
    assert "No listing can be kept in the run's temporary folder" in run.flat()
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
    assert "No listing can be kept in the run's temporary folder" in run.flat()
    assert [run.output.count(f'"msg": "{identity}"') for identity in fleet.wanted] == [1, 1]
    assert fleet.requests() == 4


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
HOT = [
    "_reading.argument_spec",
    "_reading.plugin_options",
    "_reading.run_cache",
    "_records.record_lookup",
]


def test_lookup_that_finds_the_listing_imports_four_files(fleet: Fleet) -> None:
    run = fleet.ansible("python", "-c", IMPORTS, NAME, fleet.sandbox.seen()["records"][3]["id"])
    assert run.exit_code == 0, run.output
    imported = {name: json.loads((fleet.folder / f"{name}.json").read_text()) for name in ("fetch", "hit")}
    collection = "ansible_collections.siptrunk.telnyx.plugins.plugin_utils."
    names = [name.removeprefix(collection) for name in imported["hit"] if name.startswith(collection)]
    assert [name for name in names if "." in name] == HOT
    assert f"{collection}_api.client" in imported["fetch"]
    for library in ("requests", "urllib3"):
        assert library in imported["fetch"]
        assert library not in imported["hit"]
    assert "jmespath" not in imported["hit"]
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


def test_hosts_that_need_passwords_share_one_listing(fleet: Fleet) -> None:
    fleet.sandbox.reset(connections=40)
    trunk = "{{ lookup('" + NAME + "', ids[inventory_hostname[1:] | int], include_passwords=true).id }}"
    run = fleet.play(40, {"ansible.builtin.debug": {"msg": trunk}}, args=("--forks", "10"))
    assert run.exit_code == 0, run.output
    assert fleet.requests() == 1
    assert fleet.remains() == []
