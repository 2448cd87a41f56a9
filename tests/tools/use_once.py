"""Use the installed collection once: list the sandbox's account by the playbook of the archive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sandbox.process import SandboxProcess

with SandboxProcess("--connections", "300") as sandbox, tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "account.json"
    command = [
        str(Path(sys.executable).parent / "ansible-playbook"),
        "siptrunk.telnyx.list",
        "-e",
        f"telnyx_list_dest={file}",
    ]
    environment = {**os.environ, "TELNYX_API_KEY": "KEY_SANDBOX", "TELNYX_BASE_URL": sandbox.api_url}
    subprocess.run(command, env=environment, check=True)
    assert len(json.loads(file.read_text(encoding="utf-8"))) == 300
