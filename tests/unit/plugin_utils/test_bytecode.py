"""The utility files of the check actions are loaded by Python's own loader, which keeps their bytecode."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CODE = """
import json, sys
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader()
import ansible_collections.siptrunk.telnyx.plugins.action.credential_connections_{check}
found = [each for name, each in sys.modules.items() if name.startswith("ansible_collections.siptrunk.telnyx.plugins.")]
loaders = {{each.__name__.rpartition(".")[2]: type(each.__spec__.loader).__name__ for each in found if each.__file__}}
finders = [each for each in sys.meta_path if each.__module__.endswith("_bytecode")]
print(json.dumps([len(finders), loaders]))
"""


@pytest.mark.parametrize("check", ["baseline", "drift", "policy"])
def test_utility_files_are_loaded_by_pythons_loader(check: str) -> None:
    code = CODE.format(check=check)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    finders, loaders = json.loads(done.stdout)
    own = {name for name, loader in loaders.items() if loader == "SourceFileLoader"}
    assert finders == 1
    assert {"_action_base", "files", "_errors", "client"} <= own
