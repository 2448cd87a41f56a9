"""Fixtures of the tests with real SIP programs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from playbooks import BIN, Run

Record = dict[str, Any]


@pytest.fixture
def render(ansible: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    """Run the role with records and variables."""

    def run(
        program: str,
        dest: Path,
        records: list[Record],
        *arguments: str,
        console: Path | None = None,
        **variables: Any,
    ) -> Run:
        """``console``: the folder of the program's console, for the reload; without it there is no reload."""
        variables = {**({} if console else {"reload_command": ""}), **variables}
        content = {
            "sip_config_program": program,
            "sip_config_dest": str(dest),
            **{f"sip_config_{name}": value for name, value in variables.items()},
        }
        # From a file, so that the text in them is data and not a template, as from the API.
        (tmp_path / "records.json").write_text(yaml.safe_dump({"records": records}, allow_unicode=True))
        content["sip_config_records"] = "{{ (lookup('file', 'records.json') | from_yaml).records }}"
        play = {"hosts": "localhost", "gather_facts": False, "vars": content, "roles": ["siptrunk.telnyx.sip_config"]}
        (tmp_path / "sip.yml").write_text(yaml.safe_dump([play], allow_unicode=True))
        env = {"PATH": f"{console}:{BIN}:{os.environ['PATH']}"} if console else None
        return ansible("ansible-playbook", "sip.yml", *arguments, env=env)

    return run
