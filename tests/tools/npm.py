"""Programs that tests need and that npm has: installed in the versions, and with the hashes, of ``npm/package-lock.json``.

Where npm is missing, the tests that need them are skipped and say so; in CI a skip would be a hole, so there it is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

LOCK = Path(__file__).parent / "npm"


def install(folder: Path) -> Path:
    """Install the packages in the folder; return the path of ``node_modules``. No script of theirs runs."""
    npm = shutil.which("npm")
    reason = "npm is not installed"
    if npm:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(LOCK / name, folder)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            return folder / "node_modules"
        reason = f"npm could not install the packages: {done.stderr[-300:]}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
