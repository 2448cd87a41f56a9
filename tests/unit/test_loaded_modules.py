"""Which files of the collection each plugin loads: a lookup or a fact task loads none of the checks or of the PBX wing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# In a process of its own, with Ansible's loader, as in a worker process.
LOADED = """
import importlib, json, sys
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader()
importlib.import_module("ansible_collections.siptrunk.telnyx.plugins." + sys.argv[1])
prefix = "ansible_collections.siptrunk.telnyx.plugins."
files = [name for name, module in sys.modules.items() if name.startswith(prefix) and not hasattr(module, "__path__")]
print(json.dumps([name.removeprefix(prefix) for name in files]))
"""
OTHER_WINGS = ("_checks", "_desired", "_reports", "_sip", "_sip_console")


def loaded(plugin: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", LOADED, plugin], check=True, capture_output=True, text=True)
    return list(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("plugin", "most"),
    [
        ("lookup.credential_connections", 5),
        ("action.credential_connections_info", 35),
        ("action.credential_connections_facts", 35),
        ("action.credential_connections_snapshot", 35),
        ("inventory.credential_connections", 35),
        ("filter.connections", 12),
    ],
)
def test_plugin_that_reads_loads_no_file_of_another_wing(plugin: str, most: int) -> None:
    files = loaded(plugin)
    assert not [name for name in files if set(name.split(".")) & set(OTHER_WINGS)]
    assert len(files) <= most, files
