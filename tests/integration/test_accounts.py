"""docs/accounts.md: accounts as inventory hosts, their reports, the overview, and whose key is used; by the real ansible-playbook."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import Run

ROOT = Path(__file__).parents[2]
DOWN = "http://127.0.0.1:9/v2"
KEYS = {"berlin": "KEY0123_canary_berlin", "paris": "KEY0123_canary_paris", "lab": "KEY0123_canary_lab"}
# The key of another account, in the environment of every run.
ELSEWHERE = "KEY0123_canary_environment"


@pytest.fixture(scope="module")
def second() -> Iterator[SandboxProcess]:
    """A second account, at an address of its own."""
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def accounts(ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path) -> Callable[..., Run]:
    """Run a check of the inventory of docs/accounts, with variables of its hosts, and a key in the environment."""
    sandbox.reset(connections=3, keys=[*KEYS.values(), ELSEWHERE])
    example = yaml.safe_load((ROOT / "docs" / "accounts" / "hosts.yml").read_text())
    (tmp_path / "baselines").mkdir()
    for name in KEYS:
        (tmp_path / "baselines" / f"{name}.yml").write_text("[]")
    # The host lab ignores unexpected connections, so it needs one to compare.
    (tmp_path / "baselines" / "lab.yml").write_text(json.dumps([{"id": sandbox.seen()["records"][0]["id"]}]))

    def run(
        check: str,
        *arguments: str,
        hosts: dict[str, Any] | None = None,
        keys: dict[str, str] | None = None,
        **variables: Any,
    ) -> Run:
        for name, values in (hosts or {}).items():
            host = example["accounts"]["hosts"].setdefault(name, {}) or {}
            example["accounts"]["hosts"][name] = {**host, **values}
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump(example))
        (tmp_path / "keys.yml").write_text(
            json.dumps({"account_keys": KEYS if keys is None else keys, f"{check}_check_hosts": "accounts"})
        )
        command = ("-i", "hosts.yml", f"siptrunk.telnyx.{check}_check", "-e", "@keys.yml")
        env = {"TELNYX_API_KEY": ELSEWHERE}
        return ansible("ansible-playbook", *command, "-e", json.dumps(variables), *arguments, env=env)

    return run


def overview(folder: Path, check: str) -> dict[str, dict[str, Any]]:
    """Return what the overview says of each host."""
    content = json.loads((folder / "overview.json").read_text())
    assert content["check"] == check
    assert (folder / "overview.md").read_text().startswith(f"# {check.capitalize()} check, accounts: ")
    return {each["host"]: each for each in content["accounts"]}


def statuses(folder: Path) -> dict[str, str]:
    return {path.parent.name: json.loads(path.read_text())["status"] for path in folder.glob("*/status.json")}


def test_guide_has_the_inventory() -> None:
    text = (ROOT / "docs" / "accounts.md").read_text()
    example = (ROOT / "docs" / "accounts" / "hosts.yml").read_text()
    assert example.partition("\n")[2] in text


def test_one_account_is_fine_one_is_down_and_one_has_an_empty_key(
    accounts: Callable[..., Run], sandbox: SandboxProcess, second: SandboxProcess, tmp_path: Path
) -> None:
    second.reset(connections=2, keys=[KEYS["berlin"]])
    hosts = {
        "berlin": {"telnyx_api_url": second.api_url, "policy_check_fail_on": ["error"]},
        "paris": {"telnyx_api_url": DOWN, "telnyx_retries": 0},
        "lab": {"telnyx_api_url": sandbox.api_url},
    }
    run = accounts("policy", hosts=hosts, keys={**KEYS, "lab": ""})
    assert run.exit_code == 2
    folder = tmp_path / "telnyx-reports" / "policy"
    assert statuses(folder) == {"berlin": "violations", "paris": "error", "lab": "error"}
    found = overview(folder, "policy")
    assert {name: each["status"] for name, each in found.items()} == statuses(folder)
    assert {name: each["failing"] for name, each in found.items()} == {
        "berlin": [],
        "paris": ["error"],
        "lab": ["error"],
    }
    assert "telnyx_api_key" in found["lab"]["message"]
    assert sandbox.requests() == []  # neither the empty key nor that of the environment was used
    report = json.loads((folder / "berlin" / "policy.json").read_text())
    assert report["account"]["label"] == "berlin"
    written = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    assert not [key for key in (*KEYS.values(), ELSEWHERE) if key in run.output + written]


def test_a_missing_key_is_an_error_of_that_host_and_limit_selects(
    accounts: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    everywhere = {"telnyx_api_url": sandbox.api_url}
    keys = {name: KEYS[name] for name in ("berlin", "lab")}
    hosts = {"berlin": everywhere, "paris": everywhere, "lab": everywhere}
    run = accounts("drift", hosts=hosts, keys=keys, drift_check_report_dir="own")
    folder = tmp_path / "own"
    assert run.exit_code == 2
    found = overview(folder, "drift")
    assert "telnyx_api_key: cannot be evaluated" in found["paris"]["message"]
    assert {name: each["status"] for name, each in found.items()} == {
        "berlin": "drift",
        "paris": "error",
        "lab": "in_sync",
    }
    assert run.output.count("drift: 3 unexpected") >= 1
    # With a limit, the others keep their reports, and the overview has only the selected one.
    shutil.rmtree(folder / "lab")
    limited = accounts("drift", "--limit", "lab", hosts=hosts, keys=keys, drift_check_report_dir="own")
    assert limited.exit_code == 0, limited.output
    assert list(overview(folder, "drift")) == ["lab"]
    assert statuses(folder)["lab"] == "in_sync"


@pytest.mark.parametrize(
    "arguments", [("--limit", "elsewhere"), ("-e", "policy_check_hosts=acounts"), ("--limit", "@limit")], ids=" ".join
)
def test_a_pattern_without_a_host_is_an_error(
    arguments: tuple[str, ...], accounts: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    (tmp_path / "limit").write_text("elsewhere\n")
    (tmp_path / "host_vars").mkdir()
    hosts = {"berlin": {"telnyx_api_url": sandbox.api_url}}
    # A host of another group, so that the limit itself matches one.
    (tmp_path / "more.yml").write_text("other: {hosts: {elsewhere: {}}}")
    run = accounts("policy", "-i", "more.yml", *arguments, hosts=hosts)
    assert run.exit_code not in (0, 2)
    assert "No host matches policy_check_hosts" in run.flat()
    assert sandbox.requests() == []


def test_names_of_hosts_are_safe_as_folders_and_one_key_twice_is_a_warning(
    accounts: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    names = ["..", "a|b <i>", "50%"]
    everywhere = {"telnyx_api_url": sandbox.api_url, "telnyx_api_key": KEYS["berlin"]}
    hosts = dict.fromkeys((*names, *KEYS), everywhere)
    run = accounts("policy", hosts=hosts, policy_check_fail_on=["error"])
    assert run.exit_code == 0, run.output
    folder = tmp_path / "telnyx-reports" / "policy"
    assert set(overview(folder, "policy")) == set(hosts)
    assert set(statuses(folder)) == {"%2E.", "a%7Cb%20%3Ci%3E", "50%25", *KEYS}
    assert not (folder.parent / "status.json").exists()
    (warning,) = json.loads((folder / "overview.json").read_text())["warnings"]
    assert warning.startswith("These hosts have the same API key and address: ")
    assert "a\\|b \\<i\\>" in (folder / "overview.md").read_text()


def test_overview_is_removed_first_and_written_although_all_hosts_fail(
    accounts: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    hosts = {name: {"telnyx_api_url": DOWN, "telnyx_retries": 0} for name in KEYS}
    folder = tmp_path / "telnyx-reports" / "policy"
    folder.mkdir(parents=True)
    (folder / "overview.json").write_text('{"check": "policy", "accounts": [{"host": "old"}]}')
    run = accounts(
        "policy", hosts=hosts, policy_check_min_connections="many"
    )  # refused by Ansible before the first task
    assert run.exit_code == 2
    found = overview(folder, "policy")
    assert {name: each["status"] for name, each in found.items()} == dict.fromkeys(KEYS, "error")
    assert statuses(folder) == {}
    assert run.output.count("policy_check_min_connections") >= len(KEYS)
