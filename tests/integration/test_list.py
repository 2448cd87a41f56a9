"""The playbook list: its table, the files that it writes, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from sandbox.process import SandboxProcess

from playbooks import Run


@pytest.mark.parametrize("suffix", ["json", "yml", "csv"])
def test_prints_a_table_and_writes_a_file(
    suffix: str, ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.reset(connections=26, hostile=True)
    variables = ["-e", f"telnyx_list_dest=account.{suffix}", "-e", "telnyx_list_sort=-connection_name"]
    run = ansible("ansible-playbook", "siptrunk.telnyx.list", *variables)
    assert run.exit_code == 0, run.output
    file = tmp_path / f"account.{suffix}"
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text(encoding="utf-8")
    records = sorted(sandbox.seen()["records"], key=lambda record: record["connection_name"], reverse=True)
    assert all(record["password"] not in text for record in records)
    assert all(record["user_name"] in run.output for record in records)
    # The lookup pipe runs a command in the folder of the playbook.
    assert not [*tmp_path.rglob("pwned"), *Path(__file__).parents[2].glob("playbooks/pwned")]
    if suffix == "csv":
        assert len(text.splitlines()) >= 27
    else:
        listed = yaml.safe_load(text) if suffix == "yml" else json.loads(text)
        assert [each["connection_name"] for each in listed] == [each["connection_name"] for each in records]


def test_refuses_an_unknown_format(ansible: Callable[..., Run], sandbox: SandboxProcess) -> None:
    run = ansible("ansible-playbook", "siptrunk.telnyx.list", "-e", "telnyx_list_dest=account.xml")
    assert run.exit_code == 2
    assert "telnyx_list_format must be json, yaml or csv" in run.output
    assert sandbox.requests() == []


@pytest.mark.parametrize("query", ["[].{name: connection_name}", "length(@)", "[0]"])
def test_refuses_a_query_that_does_not_select_whole_connections(
    query: str, ansible: Callable[..., Run], sandbox: SandboxProcess
) -> None:
    sandbox.reset(connections=2)
    variables = json.dumps({"telnyx_list_query": query, "telnyx_list_dest": "account.csv"})
    run = ansible("ansible-playbook", "siptrunk.telnyx.list", "-e", variables)
    assert run.exit_code == 2
    assert "telnyx_list_query must select whole connections" in run.flat()
    assert not (run.folder / "account.csv").exists()


@pytest.mark.parametrize(
    ("playbook", "variable", "message"),
    [
        ("list", "telnyx_list_sort=name", "variable telnyx_list_sort must be one of"),
        ("list", "telnyx_list_outbound_voice_profile_id=x", "telnyx_list_outbound_voice_profile_id: must be"),
        ("list", "telnyx_timeout=-1", "telnyx_timeout: must be"),
        ("list", "telnyx_list_formt=csv", "There is no variable telnyx_list_formt. Did you mean telnyx_list_format?"),
        ("snapshot", "telnyx_snapshot_consistency=strong", "variable telnyx_snapshot_consistency must be one of"),
        ("snapshot", "telnyx_snapshot_dst=x", "Did you mean telnyx_snapshot_dest?"),
    ],
)
def test_error_names_the_variable_of_the_playbook(
    playbook: str, variable: str, message: str, ansible: Callable[..., Run], sandbox: SandboxProcess
) -> None:
    run = ansible("ansible-playbook", f"siptrunk.telnyx.{playbook}", "-e", variable)
    assert run.exit_code == 2
    assert message in run.flat()
    assert sandbox.requests() == []
