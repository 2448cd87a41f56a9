"""Fixtures of the tests of sip_config: an account, and the role run for several hosts at once.

A start of ansible-playbook takes seconds, so one start serves several configurations. Each is a host of one play, and a host
that fails does not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from integration.sip_config.hosts import GOOD, Configure, SipRun
from sandbox.process import SandboxProcess

from playbooks import Run

INJECTION = """x
[evil]
type=endpoint
<X-PRE-PROCESS cmd="exec" data="touch pwned"/> --> $${x} {{ lookup('pipe', 'touch pwned') }} :: ;regint=0"""


@pytest.fixture
def trunks(sandbox: SandboxProcess) -> SandboxProcess:
    """An account with two active connections and an inactive one."""
    names = [{"user_name": "alice01", "connection_name": INJECTION}, {"user_name": "bob02"}, {"user_name": "carol03"}]
    overrides = [{**GOOD, **fields, "password": f"c4n4ry;{index} \\pass"} for index, fields in enumerate(names)]
    overrides[2]["active"] = False
    sandbox.reset(connections=3, overrides=overrides)
    return sandbox


@pytest.fixture
def configure(ansible: Callable[..., Run], tmp_path: Path) -> Configure:
    """Run the role once for hosts; the variables of each are given without the prefix ``sip_config_``."""

    def run(hosts: Mapping[str, Mapping[str, Any]], *arguments: str, **variables: Any) -> SipRun:
        content = {
            host: {
                f"sip_config_{name}": value
                for name, value in {
                    "dest": str(tmp_path / host),
                    "reload": "never",
                    "connections": "all",
                    **variables,
                    **own,
                }.items()
            }
            for host, own in hosts.items()
        }
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": content, "vars": local}}))
        play = {"hosts": "all", "gather_facts": False, "roles": ["siptrunk.telnyx.sip_config"]}
        (tmp_path / "sip.yml").write_text(yaml.safe_dump([play]))
        return SipRun(ansible("ansible-playbook", "-i", "hosts.yml", "sip.yml", *arguments))

    return run
