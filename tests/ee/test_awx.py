"""docs/awx: what setup.yml creates, by the real modules of awx.awx, and the jobs that AWX makes of it."""

from __future__ import annotations

import json
import re
import shutil
import stat
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ee.awx_jobs import Controller, inject
from ee.commands import ROOT, run
from ee.fake_awx import FakeAwx
from sandbox.account import HOSTILE_NAMES
from sandbox.process import SandboxProcess

from playbooks import KEY

SETUP = ROOT / "docs" / "awx" / "setup.yml"
PROJECT = ROOT / "docs" / "awx" / "project"
JOBS = ["Telnyx: PBX files", "Telnyx: drift check", "Telnyx: snapshot"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all jobs share, and their home."""
    return tmp_path_factory.mktemp("awx")


@pytest.fixture(scope="module")
def setup(folder: Path, sandbox_process: SandboxProcess) -> Iterator[tuple[FakeAwx, list[str]]]:
    """AWX after two runs of setup.yml, and what they printed: the second without the key, and with a container group."""
    with FakeAwx() as awx:
        organization = awx.add("organizations", name="Default")["id"]
        for name in ("PBX hosts", "PBX vault"):
            awx.add("credentials", name=name, organization=organization)
        variables = {"awx_slices": 2, "awx_shared_folder": str(folder), "awx_api_url": sandbox_process.api_url}
        login = {"CONTROLLER_HOST": awx.url, "CONTROLLER_OAUTH_TOKEN": "TOKEN-OF-AWX", "ANSIBLE_PIPELINING": "true"}
        command = ("ansible-playbook", "-vvv", SETUP, "-e", json.dumps(variables))
        first = run(folder, *command, TELNYX_API_KEY=KEY, **login)
        second = run(folder, *command, "-e", '{"awx_on_kubernetes": true}', **login)
        yield awx, [first, second]


@pytest.fixture(scope="module")
def awx(setup: tuple[FakeAwx, list[str]]) -> FakeAwx:
    return setup[0]


def test_a_second_run_changes_only_what_was_asked_for(setup: tuple[FakeAwx, list[str]]) -> None:
    awx, outputs = setup
    changed = [int(re.search(r"changed=(\d+) .*failed=0", output)[1]) for output in outputs]  # type: ignore[index]
    assert changed == [11, 4]  # The container group, and three job templates that use it
    assert all(awx.names("job_templates", name, "instance_groups") == ["Telnyx"] for name in JOBS)
    assert [KEY in output for output in outputs] == [False, False]
    assert "credentials" not in {path.split("/")[3] for method, path, _body in awx.written if method == "PATCH"}


def test_only_the_jobs_that_read_the_account_have_the_credential(awx: FakeAwx) -> None:
    assert {name: awx.names("job_templates", name, "credentials") for name in JOBS} == {
        "Telnyx: PBX files": ["PBX hosts", "PBX vault"],
        "Telnyx: drift check": [],
        "Telnyx: snapshot": ["Telnyx"],
    }
    (source,) = awx.objects["inventory_sources"].values()
    assert source["credential"] == awx.one("credentials", "Telnyx")["id"]
    assert (source["source"], source["update_on_launch"], source["update_cache_timeout"]) == ("scm", True, 7200)
    holding = [kind for kind, stored in awx.objects.items() if KEY in json.dumps(stored)]
    assert holding == ["credentials"]
    assert awx.one("credentials", "Telnyx")["inputs"]["api_key"] == KEY


def test_the_workflow_s_nodes_and_their_order(awx: FakeAwx) -> None:
    nodes = {each["identifier"]: each for each in awx.objects["workflow_job_template_nodes"].values()}
    templates = {
        each["id"]: each for kind in ("job_templates", "inventory_sources") for each in awx.objects[kind].values()
    }
    assert {name: templates[node["unified_job_template"]]["name"] for name, node in nodes.items()} == {
        "inventory": "Telnyx",
        "snapshot": "Telnyx: snapshot",
        "pbx": "Telnyx: PBX files",
        "drift": "Telnyx: drift check",
    }
    edges = {
        (path.split("/")[-3], path.split("/")[-2], number)
        for path, ids in awx.associated.items()
        for number in ids
        if "nodes" in path
    }
    # No edge for failures, and none for "always": with one, AWX would ignore the failure of the node before it.
    number = {name: node["id"] for name, node in nodes.items()}
    wanted = [("inventory", "pbx"), ("snapshot", "pbx"), ("snapshot", "drift")]
    assert edges == {(str(number[before]), "success_nodes", number[after]) for before, after in wanted}
    assert [name for name, node in nodes.items() if node.get("all_parents_must_converge")] == ["pbx"]
    (schedule,) = awx.objects["schedules"].values()
    assert schedule["unified_job_template"] == awx.one("workflow_job_templates", "Telnyx: every night")["id"]


def test_the_pods_mount_the_folder_of_the_snapshot(awx: FakeAwx) -> None:
    spec = yaml.safe_load(awx.one("instance_groups", "Telnyx")["pod_spec_override"])["spec"]
    (container,) = spec["containers"]
    assert [each["name"] for each in spec["volumes"]] == [each["name"] for each in container["volumeMounts"]]
    (play,) = yaml.safe_load(re.sub(r"!unsafe ", "", SETUP.read_text(encoding="utf-8")))
    assert [each["mountPath"] for each in container["volumeMounts"]] == [play["vars"]["awx_shared_folder"]]


@pytest.mark.parametrize(
    "key",
    [KEY, "KEY{{ tower }}{% raw %}", "KEY'\"\\$(id)`id`", "KEY\u202e ☎ é", "KEY\nsecond: line", "{# KEY #}"],
    ids=ascii,
)
def test_the_key_is_in_a_file_and_nowhere_else(awx: FakeAwx, tmp_path: Path, key: str) -> None:
    kind = awx.one("credential_types", "Telnyx")
    environment, shown, arguments = inject(kind, {"api_key": key, "api_url": "https://proxy.example.com/v2"}, tmp_path)
    path = environment["TELNYX_API_KEY_FILE"]
    assert environment == {"TELNYX_API_KEY_FILE": path, "TELNYX_BASE_URL": "https://proxy.example.com/v2"}
    assert shown == environment
    assert arguments == []
    (file,) = (tmp_path / "env").iterdir()
    assert path == f"/runner/env/{file.name}"
    assert file.read_text(encoding="utf-8") == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("inputs", [{}, {"api_url": ""}], ids=["absent", "empty"])
def test_without_an_address_the_job_asks_the_api(awx: FakeAwx, tmp_path: Path, inputs: dict[str, str]) -> None:
    environment, _shown, _arguments = inject(
        awx.one("credential_types", "Telnyx"), {"api_key": KEY, **inputs}, tmp_path
    )
    assert environment["TELNYX_BASE_URL"] == "https://api.telnyx.com/v2"


def test_the_credential_type_is_one_that_awx_accepts(awx: FakeAwx) -> None:
    # The rules are those of CredentialTypeInputField and CredentialTypeInjectorField in awx/main/fields.py.
    kind = awx.one("credential_types", "Telnyx")
    assert set(kind["inputs"]) <= {"fields", "required"}
    for field in kind["inputs"]["fields"]:
        assert (
            {"id", "label"}
            <= set(field)
            <= {"id", "label", "type", "secret", "help_text", "multiline", "format", "choices", "default"}
        )
        assert re.fullmatch(r"[a-zA-Z_]+[a-zA-Z0-9_]*", field["id"])
    assert [field["id"] for field in kind["inputs"]["fields"] if field.get("secret")] == ["api_key"]
    assert set(kind["injectors"]) == {"file", "env"}
    assert all(re.fullmatch(r"template\.[a-zA-Z_]+[a-zA-Z0-9_]*", name) for name in kind["injectors"]["file"])
    assert not [name for name in kind["injectors"]["env"] if name.startswith("ANSIBLE_")]
    assert all(template.isascii() for template in kind["injectors"]["env"].values())


def test_the_jobs_of_the_workflow(awx: FakeAwx, folder: Path, sandbox: SandboxProcess, project: Path) -> None:
    controller = Controller(awx, folder / "jobs", project)
    controller.update_inventory()
    assert len(controller.hosts) == len([each for each in sandbox.seen()["records"] if each["active"]])
    controller.launch("Telnyx: snapshot")
    paid = len(sandbox.requests())
    local = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "sip_config_dest": f"{folder}/pbx/{{{{ inventory_hostname }}}}",
    }
    vault = ("--vault-password-file", str(folder / "vault-password"))
    jobs = [controller.launch("Telnyx: PBX files", *vault, number=number, **local) for number in (1, 2)]
    jobs.append(controller.launch("Telnyx: drift check"))

    assert len(sandbox.requests()) == paid
    assert [
        file for job, _output in jobs for file in job.rglob("*") if file.is_file() and KEY in file.read_text()
    ] == []
    assert "in sync; connections compared: 6" in jobs[-1][1]
    passwords = {each["user_name"]: each["password"] for each in sandbox.seen()["records"] if each["active"]}
    written = {place.name.removesuffix(".pbx.example.com"): place for place in (folder / "pbx").iterdir()}
    assert set(written) == set(passwords)
    for user, place in written.items():
        text = "".join(file.read_text(encoding="utf-8") for file in place.glob("*.conf"))
        assert user in text
    output = "".join(output for _job, output in jobs)
    assert [password for password in passwords.values() if password in output] == []


@pytest.fixture
def project(folder: Path, sandbox: SandboxProcess) -> Path:
    """The project of the documentation, with the two files that a user adds: the desired state and the passwords."""
    sandbox.reset(connections=6)
    place = folder / "project"
    place.mkdir()
    for file in PROJECT.iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    account = {"TELNYX_API_KEY": KEY, "TELNYX_BASE_URL": sandbox.api_url}
    run(place, "ansible-playbook", "siptrunk.telnyx.baseline", **account)
    passwords = {each["user_name"]: each["password"] for each in sandbox.seen()["records"]}
    (place / "vault.yml").write_text(yaml.safe_dump({"vault_sip_passwords": passwords}), encoding="utf-8")
    (folder / "vault-password").write_text("of the vault\n", encoding="utf-8")
    run(place, "ansible-vault", "encrypt", "--vault-password-file", folder / "vault-password", "vault.yml")
    return place


def test_names_that_are_templates_stay_text_on_their_way_through_awx(
    awx: FakeAwx, tmp_path: Path, sandbox: SandboxProcess
) -> None:
    names = ["{{ 6 * 7 }}", *HOSTILE_NAMES]
    sandbox.reset(connections=len(names), overrides=[{"connection_name": name, "active": True} for name in names])
    expected = {each["id"]: b64encode(each["connection_name"].encode()).decode() for each in sandbox.seen()["records"]}
    project = tmp_path / "project"
    project.mkdir()
    shutil.copy(PROJECT / "trunks.telnyx.yml", project)
    compare = {"ansible.builtin.assert": {"that": "telnyx_connection_name | b64encode == expected[telnyx_id]"}}
    play = {"hosts": "all", "gather_facts": False, "vars": {"expected": expected}, "tasks": [compare]}
    (project / "pbx.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")

    controller = Controller(awx, tmp_path, project)
    controller.update_inventory()
    outputs = [controller.launch("Telnyx: PBX files", number=number)[1] for number in (1, 2)]
    assert sum(output.count("All assertions passed") for output in outputs) == len(names)
