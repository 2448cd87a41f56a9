"""Every example of the documentation, run unchanged."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import KEY, Run

ROOT = Path(__file__).parents[2]
NAME = "siptrunk.telnyx.credential_connections"
DOCUMENTED = [
    ("lookup", NAME),
    ("inventory", NAME),
    ("module", f"{NAME}_info"),
    ("module", f"{NAME}_facts"),
    ("module", f"{NAME}_baseline"),
    ("module", f"{NAME}_drift"),
    ("module", f"{NAME}_policy"),
    ("module", f"{NAME}_snapshot"),
    ("module", "siptrunk.telnyx.accept_findings"),
    ("filter", "siptrunk.telnyx.connections_table"),
    ("module", "siptrunk.telnyx.sip_config_files"),
    ("module", "siptrunk.telnyx.sip_config_reload"),
    ("filter", "siptrunk.telnyx.connections_csv"),
    ("filter", "siptrunk.telnyx.sip_accounts"),
    *(("filter", f"siptrunk.telnyx.{program}_value") for program in ("asterisk", "freeswitch", "kamailio", "baresip")),
]


@pytest.fixture
def berlin(sandbox: SandboxProcess) -> SandboxProcess:
    """Set up an account for the examples: with a Berlin PBX, and with values for which the assertions of the examples pass."""
    good: dict[str, Any] = {
        "sip_uri_calling_preference": "disabled",
        "encrypted_media": "SRTP",
        "active": True,
        "password": "a good password",
    }
    good["anchorsite_override"] = "Latency"
    alice, bob = ({**good, "user_name": name} for name in ("alice", "bob"))
    sandbox.reset(connections=3, overrides=[{**alice, "connection_name": "Berlin PBX"}, bob, {**good, "active": False}])
    return sandbox


def run_example(ansible: Callable[..., Run], folder: Path, content: Any) -> None:
    """Run plays, or tasks in a play of their own, or read an inventory."""
    if "plugin" in content:
        (folder / "example.telnyx.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
        listed = ansible(
            "ansible-inventory",
            "-i",
            "example.telnyx.yml",
            "--graph",
            env={"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1"},
        )
        assert listed.exit_code == 0, listed.output
        assert "Latency" in listed.output
        return
    if "hosts" not in content[0]:
        content = [{"hosts": "localhost", "gather_facts": False, "vars": {"telnyx_api_key": KEY}, "tasks": content}]
    (folder / "example.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    hosts = {"h1": {"pbx_sip_user": "alice"}, "h2": {"pbx_sip_user": "bob"}}
    (folder / "hosts.yml").write_text(yaml.safe_dump({"pbx": {"hosts": hosts, "vars": local}}), encoding="utf-8")
    run = ansible("ansible-playbook", "-i", "hosts.yml", "example.yml")
    assert run.exit_code == 0, run.output


@pytest.mark.parametrize(("kind", "name"), DOCUMENTED, ids=lambda each: each.rsplit(".", 1)[-1])
def test_example_of_ansible_doc_runs(
    kind: str, name: str, ansible: Callable[..., Run], berlin: SandboxProcess, tmp_path: Path
) -> None:
    shown = ansible("ansible-doc", "--type", kind, "--json", name)
    assert shown.exit_code == 0, shown.output
    run_example(ansible, tmp_path, yaml.safe_load(json.loads(shown.output)[name]["examples"]))


@pytest.mark.parametrize(
    "file",
    [
        "README.md",
        "docs/troubleshooting.md",
        "docs/drift-and-policy.md",
        "docs/accounts.md",
        "docs/sip/README.md",
        "docs/snapshot.md",
    ],
)
def test_example_of_the_guides_runs(
    file: str, ansible: Callable[..., Run], berlin: SandboxProcess, tmp_path: Path
) -> None:
    examples = re.findall(r"^```yaml\n(.*?)^```", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert examples
    for example in examples:
        run_example(ansible, tmp_path, yaml.safe_load(example))


def test_baseline_and_policy_of_the_guides_are_valid(
    ansible: Callable[..., Run], berlin: SandboxProcess, tmp_path: Path
) -> None:
    text = (ROOT / "docs" / "drift-and-policy.md").read_text(encoding="utf-8")
    text += (ROOT / "docs" / "accepted.md").read_text(encoding="utf-8")
    for kind in ("baseline", "policy", "accepted", "rule"):
        found = re.findall(rf"^```yaml\+{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        assert found
        for number, example in enumerate(found):
            (tmp_path / f"{kind}{number or ''}.yml").write_text(example, encoding="utf-8")
    files = json.dumps({"drift_check_desired_files": [path.name for path in tmp_path.glob("baseline*.yml")]})
    assert "baseline1.yml" in files
    accepted = json.dumps({f"{check}_check_accepted_files": ["accepted.yml"] for check in ("drift", "policy")})
    drift = ["-e", files, "-e", accepted, "-e", "drift_check_fail_on=error"]
    for check, arguments in {
        "drift": drift,
        "policy": ["-e", "@policy.yml", "-e", accepted, "-e", "policy_check_fail_on=error"],
        "policy_rule": ["-e", "@rule.yml", "-e", "policy_check_fail_on=error"],
    }.items():
        run = ansible("ansible-playbook", f"siptrunk.telnyx.{check.partition('_')[0]}_check", *arguments)
        assert run.exit_code == 0, run.output


@pytest.mark.parametrize("suffix", ["json", "yaml", "yml", "csv"])
def test_list_playbook_prints_a_table_and_writes_a_file(
    suffix: str, ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=26, hostile=True)
    variables = ["-e", f"list_dest=account.{suffix}", "-e", "list_sort=-connection_name"]
    run = ansible("ansible-playbook", "siptrunk.telnyx.list", *variables)
    assert run.exit_code == 0, run.output
    file = tmp_path / f"account.{suffix}"
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text(encoding="utf-8")
    records = sorted(sandbox.seen()["records"], key=lambda record: record["connection_name"], reverse=True)
    assert all(record["password"] not in text for record in records)
    assert all(record["user_name"] in run.output for record in records)
    assert not (tmp_path / "pwned").exists()
    if suffix == "csv":
        assert len(text.splitlines()) >= 27
    else:
        listed = yaml.safe_load(text) if suffix != "json" else json.loads(text)
        assert [each["connection_name"] for each in listed] == [each["connection_name"] for each in records]


def test_list_playbook_refuses_an_unknown_format(ansible: Callable[..., Run], sandbox: SandboxProcess) -> None:
    run = ansible("ansible-playbook", "siptrunk.telnyx.list", "-e", "list_dest=account.xml")
    assert run.exit_code == 2
    assert "list_format must be json, yaml or csv" in run.output
    assert sandbox.requests() == []


@pytest.mark.parametrize("query", ["[].{name: connection_name}", "length(@)", "[0]", "[].connection_name"])
def test_list_playbook_refuses_a_query_that_does_not_select_whole_connections(
    query: str, ansible: Callable[..., Run], sandbox: SandboxProcess
) -> None:
    sandbox.reset(connections=2)
    variables = json.dumps({"list_query": query, "list_dest": "account.csv"})
    run = ansible("ansible-playbook", "siptrunk.telnyx.list", "-e", variables)
    assert run.exit_code == 2
    assert "list_query must select whole connections" in run.flat()
    assert not (run.folder / "account.csv").exists()
