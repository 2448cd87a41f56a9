"""docs/runner: the commands of docs/runner.md with the real ansible-runner: a job with the key, and twenty workers without it."""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ee.commands import ROOT, run
from sandbox.process import SandboxProcess

from playbooks import BIN, KEY

SNAPSHOT, WORKERS, TRANSMIT = re.findall(
    r"^```sh\n(.*?)^```", (ROOT / "docs/runner.md").read_text(), re.MULTILINE | re.DOTALL
)
ACCOUNT: dict[str, Any] = {"connections": 600, "hostile": True}  # 3 pages
HOSTS, SLICES = 40, 20
CODECS = {"OPUS": "opus", "G722": "g722", "G711U": "ulaw", "G711A": "alaw", "G729": "g729", "H.264": "h264"}


@dataclass
class Fleet:
    """A folder after the commands of the guide: ``records`` by the hosts' names, ``paths`` of the requests, and all that was printed."""

    folder: Path
    records: dict[str, dict[str, Any]]
    passwords: dict[str, str]
    paths: list[str]
    output: str

    @property
    def runner(self) -> Path:
        return self.folder / "runner"

    def jobs(self) -> dict[str, Path]:
        """The artifacts' folders of all jobs, by what follows the run's time in their names."""
        ran = {path.name.rpartition("-")[2]: path for path in self.runner.glob("artifacts/*")}
        return ran | {f"sent-{path.name.rpartition('-')[2]}": path for path in self.folder.glob("results/artifacts/*")}


def shell(folder: Path, script: str, **environment: str) -> str:
    return run(folder, "/bin/sh", "-euc", script, LC_ALL="C.UTF-8", **environment)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, sandbox_process: SandboxProcess) -> Fleet:
    """The fleet after the snapshot, twenty workers at once, and a worker by ``transmit``."""
    sandbox_process.reset(**ACCOUNT)
    active = [record for record in sandbox_process.seen()["records"] if record["active"]]
    records = {f"pbx{number:02}": record for number, record in enumerate(active[:: len(active) // HOSTS][:HOSTS])}
    passwords = {record["user_name"]: f"Vaulted-{number}" for number, record in enumerate(records.values())}

    folder = tmp_path_factory.mktemp("fleet")
    runner = folder / "runner"
    shutil.copytree(ROOT / "docs" / "runner", runner)
    for name in ("homes/worker", *(f"etc/{host}" for host in records)):
        (folder / name).mkdir(parents=True)
    hosts = {name: {"telnyx_user_name": record["user_name"]} for name, record in records.items()}
    settings = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "sip_config_dest": f"{folder}/etc/{{{{ inventory_hostname }}}}",
        "sip_config_reload": "never",
    }
    (runner / "inventory" / "hosts.yml").write_text(yaml.safe_dump({"pbx": {"hosts": hosts, "vars": settings}}))
    vault = runner / "inventory" / "group_vars" / "pbx" / "vault.yml"
    vault.parent.mkdir(parents=True)
    vault.write_text(yaml.safe_dump({"vault_sip_passwords": passwords}))
    secrets = folder / "secrets"
    secrets.mkdir()
    for name, secret in (("telnyx", KEY), ("vault", "password of the vault")):
        (secrets / name).write_text(secret)
        (secrets / name).chmod(0o600)
    shell(folder, f"ansible-vault encrypt --vault-password-file {secrets}/vault {vault}")

    # The guide's commands. Each worker has an empty home; another machine is another environment here.
    scripts = (
        SNAPSHOT,
        WORKERS.replace("ansible-runner", "mkdir homes/N; HOME=$PWD/homes/N ansible-runner"),
        TRANSMIT.replace("[0:249]", "[0:1]").replace("ssh worker1 ", "tee stream | HOME=$PWD/homes/worker "),
    )
    environment = {"TELNYX_BASE_URL": sandbox_process.api_url, "ANSIBLE_VAULT_PASSWORD_FILE": str(secrets / "vault")}
    output = ""
    for script in scripts:
        output += shell(folder, "run=test\n" + script.replace("/run/secrets", str(secrets)), **environment)
    return Fleet(folder, records, passwords, [each["path"] for each in sandbox_process.requests()], output)


def test_only_the_snapshot_sends_requests_and_every_job_succeeds(fleet: Fleet) -> None:
    assert len(fleet.paths) == 3
    slices = [str(first) for first in range(0, HOSTS, HOSTS // SLICES)]
    assert set(fleet.jobs()) == {"snapshot", *slices, "sent-0"}
    assert {path.joinpath("status").read_text() for path in fleet.jobs().values()} == {"successful"}
    for name in slices:
        recap = (fleet.jobs()[name] / "stdout").read_text().rpartition("PLAY RECAP")[2]
        assert re.findall(r"pbx\d+", recap) == [f"pbx{number:02}" for number in (int(name), int(name) + 1)]
    # What was sent to the worker is as it was, and gives the same files.
    assert re.findall(r"changed=.*?(\d)", (fleet.jobs()["sent-0"] / "stdout").read_text()) == ["0", "0"]


@pytest.mark.parametrize(
    ("group", "worker", "status"),
    [("pbx", "true", "0"), ("pbx", "false", "123"), ("other", "true", "1")],
)
def test_workers_command_fails_without_hosts_and_if_a_worker_failed(
    tmp_path: Path, group: str, worker: str, status: str
) -> None:
    (tmp_path / "runner" / "inventory").mkdir(parents=True)
    (tmp_path / "runner" / "inventory" / "hosts.yml").write_text(
        yaml.safe_dump({group: {"hosts": {"a": None, "b": None}}})
    )
    (tmp_path / "vault").write_text("password of the vault")
    script = WORKERS.replace("/run/secrets", str(tmp_path)).replace("ansible-runner run", worker)
    output = shell(tmp_path, f"run=test\n({script}) || status=$?\necho ended with ${{status:-0}}")
    assert output.splitlines()[-1] == f"ended with {status}", output


def test_each_host_has_the_files_of_its_own_connection(fleet: Fleet) -> None:
    for host, record in fleet.records.items():
        text = (fleet.folder / "etc" / host / "pjsip_wizard_telnyx.conf").read_text(encoding="utf-8")
        found = dict(re.findall(r"^(outbound_auth/\w+|endpoint/allow) = (.*)$", text, re.MULTILINE))
        assert found == {
            "outbound_auth/username": record["user_name"],
            "outbound_auth/password": fleet.passwords[record["user_name"]],
            "endpoint/allow": ",".join(["!all", *(CODECS[codec] for codec in record["inbound"]["codecs"])]),
        }


def test_no_worker_has_the_key_and_no_job_leaves_a_secret(fleet: Fleet, sandbox_process: SandboxProcess) -> None:
    homes = set()
    for name, path in fleet.jobs().items():
        environment = json.loads((path / "command").read_text())["env"]
        wanted = {"TELNYX_API_KEY_FILE"} if name == "snapshot" else set()
        assert {each for each in environment if "API_KEY" in each} == wanted
        homes.add(environment["HOME"])
    assert len(homes) == len(fleet.jobs())

    # What transmit sends, unpacked as the worker does it.
    kwargs, size, content = (fleet.folder / "stream").read_bytes().split(b"\n", 2)
    received = fleet.folder / "received"
    received.mkdir()
    streaming = importlib.import_module("ansible_runner.utils.streaming")
    streaming.unstream_dir(io.BytesIO(content), json.loads(size)["zipfile"], str(received))
    (received / "kwargs").write_bytes(kwargs)
    for snapshot in (fleet.runner, received):
        assert stat.S_IMODE((snapshot / "telnyx-snapshot.jsonl").stat().st_mode) == 0o600

    secrets = [KEY, *fleet.passwords.values(), *(record["password"] for record in sandbox_process.seen()["records"])]
    texts = {"output": fleet.output}
    for file in fleet.folder.rglob("*"):
        if file.is_file() and file.relative_to(fleet.folder).parts[0] not in ("etc", "secrets"):
            texts[str(file)] = file.read_text(encoding="utf-8", errors="replace")
    assert len(texts) > 900
    assert [(name, secret) for name, text in texts.items() for secret in secrets if secret in text] == []


def processes(home: Path) -> list[int]:
    """The processes with this home; those of Ansible are in other sessions than ansible-runner."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if f"HOME={home}".encode() in (path / "environ").read_bytes().split(b"\0"):
                found.append(int(path.name))
        except OSError:
            continue
    return found


def test_workers_run_from_the_old_file_if_the_job_that_writes_a_new_one_is_killed(
    fleet: Fleet, sandbox_process: SandboxProcess
) -> None:
    home = fleet.folder / "homes" / "killed"
    home.mkdir()
    old = (fleet.runner / "telnyx-snapshot.jsonl").read_bytes()
    sandbox_process.reset(**ACCOUNT, seed=2, faults=[{"kind": "hang", "pages": [3]}])
    command = (str(BIN / "ansible-runner"), "run", str(fleet.runner), "-p", "snapshot.yml", "--ident", "killed")
    environment = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(home),
        "TELNYX_BASE_URL": sandbox_process.api_url,
        "TELNYX_API_KEY": KEY,
    }
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as job:
        while len(sandbox_process.requests()) < 3:
            assert job.poll() is None
            time.sleep(0.1)
        while running := processes(home):
            for process in running:
                os.kill(process, signal.SIGKILL)
    assert job.returncode == -signal.SIGKILL
    assert (fleet.runner / "telnyx-snapshot.jsonl").read_bytes() == old
    # This is why the guide passes the key as a file.
    assert json.loads((fleet.runner / "artifacts" / "killed" / "command").read_text())["env"]["TELNYX_API_KEY"] == KEY

    last = "ansible-runner run runner -p pbx.yml --limit 'pbx[38:]' --ident after"
    output = shell(fleet.folder, last, ANSIBLE_VAULT_PASSWORD_FILE=str(fleet.folder / "secrets" / "vault"))
    assert re.findall(r"(pbx\d+).* : ok=.*changed=.*?(\d)", output) == [("pbx38", "0"), ("pbx39", "0")]
    assert len(sandbox_process.requests()) == 3
