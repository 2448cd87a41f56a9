# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions that return records, as Ansible runs them; the records are those of a snapshot file."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import constants as C
from ansible.errors import AnsibleConnectionFailure
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible_collections.siptrunk.telnyx.plugins.action import credential_connections_facts as facts
from ansible_collections.siptrunk.telnyx.plugins.action import credential_connections_info as info
from ansible_collections.siptrunk.telnyx.plugins.action import credential_connections_snapshot as snapshot
from unit.plugin_utils._reading.test_snapshot_file import RECORDS, content

# All that the base class of actions asks of a connection that is not used.
CONNECTION = SimpleNamespace(_shell=SimpleNamespace(tmpdir="/nowhere"))


class Action:
    """Runs the action of a module."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "snapshot"
        self.file.write_bytes(content())
        self.file.chmod(0o644)

    def __call__(self, module: Any = info, run_async: int = 0, **args: Any) -> dict[str, Any]:
        task = Task()
        task.action, task.args, task.async_val = "siptrunk.telnyx.x", args, run_async
        loader = DataLoader()
        action = module.ActionModule(task, CONNECTION, PlayContext(), loader, Templar(loader), None)
        variables = {} if module is snapshot else {"telnyx_snapshot_file": str(self.file)}
        return dict(action.run(task_vars=variables))


@pytest.fixture
def action(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Action]:
    (tmp_path / "run").mkdir()
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path / "run"))
    yield Action(tmp_path)
    gc.enable()  # an action disables it, because its process ends with the task


def test_info_returns_the_records_and_what_a_query_selects(action: Action) -> None:
    assert action()["connections"] == RECORDS
    assert action(connections=["1", 0])["connections"] == [RECORDS[1], RECORDS[0]]
    assert action(connections=[])["connections"] == []
    assert action(connections=["pbx 2", "nope"], on_missing="skip")["connections"] == [RECORDS[2]]
    assert action(query="[].id")["result"] == ["0", "1", "2"]
    assert action()["meta"]["total_results"] == 3


def test_facts_are_the_records_and_their_hosts(action: Action) -> None:
    result = action(facts, connections=["pbx 1", "1"])
    assert result["ansible_facts"]["telnyx_credential_connections"] == [RECORDS[1]] * 2
    assert list(result["ansible_facts"]["telnyx_credential_connections_inventory"]["_meta"]["hostvars"]) == ["pbx 1"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"run_async": 5}, "async: is not supported"),
        ({"include_passwords": True}, "include_passwords: cannot be used with a snapshot file"),
        ({"connections": {"id": "1"}}, "connections: must be a list"),
        ({"connections": "pbx 1, pbx 2"}, "or connection name 'pbx 1, pbx 2'"),
        ({"snapshot_file": "/nowhere/x"}, "No such file"),
        ({"nope": 1}, "Unsupported parameters"),
        ({"module": facts, "query": "[].id"}, "does not select a list of whole connections"),
        ({"module": snapshot, "dest": "", "api_key": "K"}, "dest: the path is empty"),
        (
            {"module": snapshot, "dest": "x"},
            "no API key was given. Set the option api_key or api_key_file, the variable",
        ),
    ],
    ids=str,
)
def test_error_is_a_failed_result_with_the_error_in_it(
    action: Action, args: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TELNYX_API_KEY", raising=False)
    result = action(**args)
    assert (result["failed"], result["changed"]) == (True, False)
    assert message in result["msg"]
    assert f"siptrunk.telnyx: {result['error']['message']}" in result["msg"]


@pytest.mark.parametrize(
    ("raised", "kind", "message"),
    [
        (ZeroDivisionError("secret"), "internal", "ZeroDivisionError within the collection."),
        (RecursionError("secret"), "option", "nested too deeply"),
    ],
)
def test_bug_is_an_error_that_quotes_nothing(
    action: Action, raised: Exception, kind: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def perform(*_args: Any) -> None:
        raise raised

    monkeypatch.setattr(info.ActionModule, "perform", perform)
    result = action()
    assert result["error"]["kind"] == kind
    assert message in result["msg"]
    assert "secret" not in str(result)


def test_error_of_the_connection_stays_one(action: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    def perform(*_args: Any) -> None:
        raise AnsibleConnectionFailure("unreachable")

    monkeypatch.setattr(info.ActionModule, "perform", perform)
    with pytest.raises(AnsibleConnectionFailure):
        action()
