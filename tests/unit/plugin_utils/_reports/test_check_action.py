"""The action of a check, in this process: its result, its reports, and its errors. The integration tests run it in plays."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible_collections.siptrunk.telnyx.plugins.action.credential_connections_drift import ActionModule
from sandbox.process import SandboxProcess

from playbooks import KEY

ROLE = "siptrunk.telnyx.drift_check"
Check = Callable[..., dict[str, Any]]


@pytest.fixture
def check(sandbox: SandboxProcess) -> Iterator[Check]:
    """Run a drift check of an account with one connection, called a; ``role`` is the name of the role that has the task."""
    sandbox.reset(connections=1, overrides=[{"connection_name": "a", "active": True}])

    def run(role: str | None = None, host: str = "localhost", **options: Any) -> dict[str, Any]:
        loader, task = DataLoader(), Task()
        task.action, task.diff = "siptrunk.telnyx.credential_connections_drift", True
        known = {"api_key": KEY, "api_url": sandbox.api_url, "retries": 0, "desired": [{"connection_name": "a"}]}
        task.args = {**known, **options}
        task._role = SimpleNamespace(get_name=lambda: role) if role else None
        connection: Any = SimpleNamespace(_shell=SimpleNamespace(tmpdir=""))
        play_context: Any = None
        action = ActionModule(task, connection, play_context, loader, Templar(loader=loader), None)
        return dict(action.run(task_vars={"inventory_hostname": host}))

    yield run
    gc.enable()  # the action disables it, because its process ends with it


def test_result_and_reports_of_one_check_after_another(check: Check, tmp_path: Path) -> None:
    options = {"report_dir": str(tmp_path), "fail_on": ["drift"], "report_url": "https://ci.example/7"}
    first = check(**options)
    assert (first["failed"], first["changed"], first["drift"]["status"]) == (False, False, "in_sync")
    second = check(**options, desired=[{"connection_name": "a", "active": False}, {"connection_name": "gone"}])
    assert (second["failed"], second["changed"], second["failing"]) == (True, True, ["drift"])
    assert second["outcomes"] == ["drift", "missing", "drifted"]
    assert second["msg"].endswith(f"report: {tmp_path}/drift.html")
    assert [each["before_header"] for each in second["diff"]] == ["a (desired)", "gone (desired)"]
    assert (second["drift"]["previous"] is not None, second["drift"]["news"]) == (True, True)
    assert second["account"] == first["account"]
    assert KEY not in json.dumps([first, second])
    other = check(**options, account_label="other", connections={"names": ["a"]}, min_connections=1)
    assert other["drift"]["previous"] is None


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"min_connections": 2}, "too_few_connections", "drift_check_min_connections"),
        ({"min_connections": -1}, "option", "drift_check_min_connections: must be 0 or more, not -1."),
        ({"portal_url": "x"}, "option", "drift_check_portal_url: must be an address"),
        ({"report_url": "ftp://x"}, "option", "drift_check_report_url: must be an http or https URL"),
        ({"connections": {}}, "option", "drift_check_connections: the subset is empty"),
        ({"desired_files": ["x"]}, "option", "give either this variable or drift_check_desired_files"),
        ({"api_key": "KEY_WRONG"}, "authentication", "401"),
        ({"timeout": 0}, "option", "telnyx_timeout: "),
        ({"accepted_files": ["x.yml"]}, "acceptance", "x.yml: the file of accepted findings does not exist"),
    ],
    ids=str,
)
def test_error_names_the_variable_of_the_role_and_is_in_the_reports(
    options: dict[str, Any], kind: str, message: str, check: Check, tmp_path: Path
) -> None:
    result = check(role=ROLE, report_dir=str(tmp_path), fail_on="drift,missing", **options)
    assert (result["failed"], result["error"]["kind"], result["failing"]) == (True, kind, ["error"])
    assert message in result["msg"]
    assert json.loads((tmp_path / "status.json").read_text())["status"] == "error"


def test_error_of_the_reports_themselves_is_added(check: Check, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = check(report_dir=str(tmp_path / "file" / "below"), min_connections=2)
    assert result["error"]["kind"] == "too_few_connections"
    assert "cannot be created" in result["msg"]
    assert (result["summary"], result["reports"]) == ([result["msg"]], [])


def test_host_has_its_own_label_and_no_key_of_the_environment(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", KEY)
    result = check(host="berlin", api_key=None)
    assert "for the host berlin: only localhost uses the key of the environment" in result["error"]["hint"]
    assert check(host="berlin", desired=[])["summary"][0].startswith("Drift check of berlin: ")
