"""Fixtures that all tests share: a sandbox, and the real ansible-playbook against it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import BIN, FILTERS, KEY, Run

# No test depends on how fast the machine is.
hypothesis.settings.register_profile("project", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("project")


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxProcess]:
    """One sandbox for all tests of a worker."""
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    """The sandbox with a fresh account of 25 connections; call ``reset`` for another."""
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, address, proxy or CA bundle of the person who runs the tests gets into them."""
    for name in (
        "TELNYX_API_KEY",
        "TELNYX_API_KEY_FILE",
        "TELNYX_BASE_URL",
        "TELNYX_SNAPSHOT_FILE",
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
        "no_proxy",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "SSL_CERT_FILE",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def ansible(tmp_path: Path, sandbox: SandboxProcess) -> Callable[..., Run]:
    """Run a command of Ansible in a folder of its own, with a home of its own, against the sandbox."""

    def run(*command: str, env: dict[str, str] | None = None) -> Run:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        environment = {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_FILTER_PLUGINS": str(FILTERS),
            "TELNYX_API_KEY": KEY,
            "TELNYX_BASE_URL": sandbox.api_url,
            **(env or {}),
        }
        environment = {name: value for name, value in environment.items() if value != "UNSET"}
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            cwd=tmp_path,
            env=environment,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )
        return Run(done.returncode, done.stdout, tmp_path)

    return run


@pytest.fixture
def play(ansible: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    """Run a play of these tasks with the real ansible-playbook."""

    def run(
        *tasks: dict[str, Any], args: tuple[str, ...] = (), env: dict[str, str] | None = None, **keywords: Any
    ) -> Run:
        content = [{"hosts": "localhost", "gather_facts": False, "tasks": list(tasks), **keywords}]
        (tmp_path / "play.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return ansible("ansible-playbook", "play.yml", *args, env=env)

    return run
