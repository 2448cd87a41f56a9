"""Running the programs of this environment."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from playbooks import BIN

ROOT = Path(__file__).parents[2]


def run(folder: Path, *command: str | Path, **environment: str) -> str:
    """Run a program in a folder that is its home, too, and return what it printed; it must end with 0."""
    done = subprocess.run(
        [str(BIN / command[0]), *map(str, command[1:])],
        cwd=folder,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder), **environment},
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
