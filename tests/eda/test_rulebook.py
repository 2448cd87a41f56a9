"""The event source in the real ansible-rulebook, with the collection where ansible-galaxy installs it by default."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.account import HOSTILE_NAMES
from sandbox.process import SandboxProcess
from tools.debian import want

from playbooks import BIN, KEY

ROOT = Path(__file__).parents[2]
SECONDS = 120  # the longest time that a test waits for something
COMMAND = "{{ lookup('pipe', 'touch ' ~ playbook_dir ~ '/executed') }}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the built archive is installed."""
    folder = tmp_path_factory.mktemp("home")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON"))}
    environment |= {"HOME": str(folder), "PATH": f"{BIN}:{os.environ['PATH']}"}
    galaxy = [str(BIN / "ansible-galaxy"), "collection"]
    subprocess.run([*galaxy, "build", "--output-path", folder], cwd=ROOT, env=environment, check=True)
    (archive,) = folder.glob("*.tar.gz")
    subprocess.run([*galaxy, "install", "--offline", archive], cwd=folder, env=environment, check=True)
    return folder


class Rulebook:
    """A running ansible-rulebook. Its folder has its output, and vars.yml."""

    def __init__(self, folder: Path, home: Path, sandbox: SandboxProcess, rulebook: str, **variables: Any) -> None:
        self.folder = folder
        self._output = folder / "output"
        (folder / "inventory").write_text(
            f"localhost ansible_connection=local ansible_python_interpreter={sys.executable}\n"
        )
        (folder / "vars.yml").write_text(yaml.safe_dump(variables, allow_unicode=True))
        environment = {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_NOCOLOR": "true",
            "TELNYX_API_KEY": KEY,
            "TELNYX_BASE_URL": sandbox.api_url,
        }
        command = [str(BIN / "ansible-rulebook"), "-i", "inventory", "-r", rulebook, "--vars", "vars.yml", "-v"]
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )

    def output(self) -> str:
        return self._output.read_text(encoding="utf-8", errors="replace")

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + SECONDS
        while not condition():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < end, self.output()
            time.sleep(0.1)

    def until_output(self, text: str) -> None:
        self.until(lambda: text in self.output())

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(SECONDS)
        finally:
            self.process.kill()


@pytest.fixture
def start(tmp_path: Path, home: Path, sandbox: SandboxProcess) -> Iterator[Callable[..., Rulebook]]:
    """Start ansible-rulebook with a rulebook and variables."""
    want("java", "openjdk-17-jre-headless")
    started: list[Rulebook] = []

    def run(rulebook: str, **variables: Any) -> Rulebook:
        started.append(Rulebook(tmp_path, home, sandbox, rulebook, **variables))
        return started[-1]

    yield run
    for each in started:
        if each.process.poll() is None:
            each.stop()


def test_example_runs_the_drift_check_when_the_account_changes(
    start: Callable[..., Rulebook], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(hostile=True)
    records = sandbox.seen()["records"]
    fields = ("connection_name", "active", "inbound")
    desired = [{field: record[field] for field in ("id", *fields)} for record in records]
    (tmp_path / "desired.json").write_text(json.dumps(desired))
    reports = tmp_path / "reports"
    rulebook = start(
        "siptrunk.telnyx.drift_check",
        drift_check_desired_files=[str(tmp_path / "desired.json")],
        drift_check_report_dir=str(reports),
        telnyx_state_file=str(tmp_path / "state"),
        telnyx_interval=1,
    )
    rulebook.until((tmp_path / "state").exists)
    assert not reports.exists()
    changed = {**records[0]["inbound"], "channel_limit": 99}
    sandbox.change(change={"delete": [24], "insert": 1}, fields={records[0]["id"]: {"inbound": changed}})
    rulebook.until_output("PLAY RECAP")
    report = json.loads((reports / "drift.json").read_text(encoding="utf-8"))
    totals = {status: count for status, count in report["totals"].items() if count}
    assert totals == {"in_sync": 23, "drifted": 1, "missing": 1, "unexpected": 1}
    drifted = next(each for each in report["connections"] if each["status"] == "drifted")
    assert [change["path"] for change in drifted["changes"]] == ["inbound.channel_limit"]
    assert drifted["name"] == HOSTILE_NAMES[0]

    sandbox.reset(keys=[])
    rulebook.until_output("cannot be read since")
    assert "Authentication failed" in rulebook.output()
    sandbox.reset()
    rulebook.until_output("can be read again")
    rulebook.stop()
    failed = rulebook.output().count("ansible_rulebook.action.run_playbook - ERROR")
    assert failed == 1, "the three events of one reading start one check, which finds drift"
    assert not [each for each in (KEY, *(record["password"] for record in records)) if each in rulebook.output()]
    assert {request["method"] for request in sandbox.requests()} == {"GET"}


RULEBOOK = [
    {
        "name": "Hostile text",
        "hosts": "all",
        "sources": [
            {
                "name": "telnyx",
                "siptrunk.telnyx.credential_connections": {
                    "interval": 1,
                    "include_values": True,
                    "state_file": "{{ state_file }}",
                },
            }
        ],
        "rules": [
            {
                "name": "Changed",
                "condition": 'event.type == "changed" and event.changed_fields contains "connection_name"',
                "actions": [
                    {"debug": {"msg": "The name is {{ event.connection_name }}."}},
                    {
                        "run_playbook": {
                            "name": "save.yml",
                            "extra_vars": {
                                "destination": "{{ destination }}",
                                "given": "{{ event.connection_name }}",
                                "raw": "{{ raw }}",
                            },
                        }
                    },
                    {"shutdown": {}},
                ],
            }
        ],
    }
]
SAVE = [
    {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {
                "ansible.builtin.copy": {
                    "dest": "{{ destination }}/saved.json",
                    "content": "{{ {'event': ansible_eda.event, 'given': given, 'raw': raw} | to_json }}",
                }
            },
            {"ansible.builtin.debug": {"var": "ansible_eda"}},
        ],
    }
]


def restored(text: str) -> str:
    return re.sub(r"<U\+([0-9A-F]{4,6})>", lambda found: chr(int(found[1], 16)), text)


def test_text_of_the_account_is_not_executed(
    start: Callable[..., Rulebook], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    (tmp_path / "rulebook.yml").write_text(yaml.safe_dump(RULEBOOK))
    (tmp_path / "save.yml").write_text(yaml.safe_dump(SAVE))
    state_file = tmp_path / "state"
    # The variable raw shows that text which gets into a playbook in this way is a template.
    rulebook = start("rulebook.yml", destination=str(tmp_path), state_file=str(state_file), raw="{{ 6 * 7 }}")
    rulebook.until(state_file.exists)
    record = sandbox.seen()["records"][0]
    every_character = "".join(chr(code) for code in range(0x11000) if not 0xD800 <= code < 0xE000)
    tags = [*HOSTILE_NAMES, "$ANSIBLE_VAULT;1.1;AES256\n6162", COMMAND, every_character]
    sandbox.change(fields={record["id"]: {"connection_name": COMMAND, "tags": tags, COMMAND: {"x": COMMAND}}})
    rulebook.process.wait(SECONDS)
    assert rulebook.process.returncode == 0, rulebook.output()

    saved = json.loads((tmp_path / "saved.json").read_text(encoding="utf-8"))
    assert saved["raw"] == 42
    assert restored(saved["given"]) == COMMAND
    event = saved["event"]
    assert restored(event["connection_name"]) == COMMAND
    assert "The name is <U+007B><U+007B> lookup(" in rulebook.output()
    changes = {restored(change["path"]): change for change in event["changes"]}
    assert list(changes) == ["connection_name", "tags", f"{COMMAND}.x"]
    assert [restored(each) for each in changes["tags"]["after"]] == tags
    assert not list(tmp_path.rglob("executed"))
