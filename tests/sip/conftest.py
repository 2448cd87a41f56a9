"""Fixtures of the tests with real SIP programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from playbooks import Run

Record = dict[str, Any]


@pytest.fixture
def render_all(ansible: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    """Run the role once for several folders, each with its records and its variables without the prefix ``sip_config_``."""

    def run(program: str, configurations: dict[Path, dict[str, Any]], *arguments: str) -> Run:
        texts, hosts = {}, {}
        for number, (dest, variables) in enumerate(configurations.items()):
            own = {**variables, "program": program, "dest": str(dest), "reload": "never"}
            texts[f"host{number}"] = own.pop("records")
            # From a file, so that the text in them is data and not a template, as from the API.
            own["records"] = "{{ (lookup('file', 'records.json') | from_yaml)[inventory_hostname] }}"
            hosts[f"host{number}"] = {f"sip_config_{name}": value for name, value in own.items()}
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        (tmp_path / "records.json").write_text(yaml.safe_dump(texts, allow_unicode=True))
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": local}}))
        play = {"hosts": "all", "gather_facts": False, "roles": ["siptrunk.telnyx.sip_config"]}
        (tmp_path / "sip.yml").write_text(yaml.safe_dump([play]))
        return ansible("ansible-playbook", "-i", "hosts.yml", "sip.yml", *arguments)

    return run


@pytest.fixture
def render(ansible: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    """Run the role with records and variables."""

    def run(
        program: str,
        dest: Path,
        records: list[Record],
        *arguments: str,
        tasks_from: str = "main",
        **variables: Any,
    ) -> Run:
        """Variables without the prefix ``sip_config_``. Without the command of a console or for the reload, there is no reload."""
        variables = {**({} if "console_command" in variables else {"reload": "never"}), **variables}
        content = {
            "sip_config_program": program,
            "sip_config_dest": str(dest),
            **{f"sip_config_{name}": value for name, value in variables.items()},
        }
        # From a file, so that the text in them is data and not a template, as from the API.
        (tmp_path / "records.json").write_text(yaml.safe_dump({"records": records}, allow_unicode=True))
        content["sip_config_records"] = "{{ (lookup('file', 'records.json') | from_yaml).records }}"
        role = {"name": "siptrunk.telnyx.sip_config", "tasks_from": tasks_from}
        tasks = [{"ansible.builtin.import_role": role}]
        play = {"hosts": "localhost", "gather_facts": False, "vars": content, "tasks": tasks}
        (tmp_path / "sip.yml").write_text(yaml.safe_dump([play], allow_unicode=True))
        return ansible("ansible-playbook", "sip.yml", *arguments)

    return run
