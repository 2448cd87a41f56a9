"""Fixtures of the tests with real SIP programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sip.clients import freeswitch_prefix

from playbooks import Run

Record = dict[str, Any]


@pytest.fixture(autouse=True)
def installed(request: pytest.FixtureRequest) -> None:
    """Skip a test with FreeSWITCH where there is none, before anything is started."""
    if "freeswitch" in request.node.nodeid:
        freeswitch_prefix()


@pytest.fixture
def render_all(ansible: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    """Run the role once for several folders, each with its records and its variables without the prefix ``sip_config_``.

    Without the command of a console, there is no reload.
    """

    def run(program: str, configurations: dict[Path, dict[str, Any]], *arguments: str, tasks_from: str = "main") -> Run:
        texts, hosts = {}, {}
        for number, (dest, variables) in enumerate(configurations.items()):
            reload = {} if "console_command" in variables else {"reload": "never"}
            own = {**variables, **reload, "program": program, "dest": str(dest)}
            texts[f"host{number}"] = own.pop("records")
            # From a file, so that the text in them is data and not a template, as from the API.
            own["records"] = "{{ (lookup('file', 'records.json') | from_yaml)[inventory_hostname] }}"
            hosts[f"host{number}"] = {f"sip_config_{name}": value for name, value in own.items()}
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        (tmp_path / "records.json").write_text(yaml.safe_dump(texts, allow_unicode=True))
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": local}}))
        role = {"name": "siptrunk.telnyx.sip_config", "tasks_from": tasks_from}
        play = {"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.import_role": role}]}
        (tmp_path / "sip.yml").write_text(yaml.safe_dump([play]))
        return ansible("ansible-playbook", "-i", "hosts.yml", "sip.yml", *arguments)

    return run


@pytest.fixture
def render(render_all: Callable[..., Run]) -> Callable[..., Run]:
    """Run the role for one folder."""

    def run(
        program: str, dest: Path, records: list[Record], *arguments: str, tasks_from: str = "main", **variables: Any
    ) -> Run:
        return render_all(program, {dest: {"records": records, **variables}}, *arguments, tasks_from=tasks_from)

    return run
