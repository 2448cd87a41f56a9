"""Build the collection's archive, and check it as a user would meet it: by Galaxy's importer, by an installation, by one playbook run.

The Python that runs this file has ansible-core, galaxy_importer, and what the sandbox needs (requirements/build.in).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

USE_ONCE = Path("tests") / "tools" / "use_once.py"


def run(*command: str | Path, folder: Path, home: Path, **environment: str) -> None:
    """Run a program of this Python's environment in `folder`, with `home` as HOME; its failure is a `CalledProcessError`."""
    programs = Path(sys.executable).parent
    search = os.pathsep.join([str(programs), os.environ["PATH"]])
    environment = {**os.environ, "PATH": search, "HOME": str(home), **environment}
    environment.pop("PYTHONPATH", None)  # Otherwise another copy of the collection is found there.
    home.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    subprocess.run([*map(str, command)], cwd=folder, env=environment, check=True)


def build(collection: Path, folder: Path) -> Path:
    """Build the archive of the collection into `folder`, which is emptied first, and return the archive's path."""
    shutil.rmtree(folder, ignore_errors=True)
    home = folder / "home"
    run("ansible-galaxy", "collection", "build", "--output-path", folder, folder=collection, home=home)
    (archive,) = folder.glob("*.tar.gz")
    return archive


def check(archive: Path, collection: Path) -> None:
    """Check the archive by Galaxy's importer, install it beside itself, and use it once with the sandbox of `collection`."""
    folder = archive.parent
    home = folder / "home"
    run(sys.executable, "-m", "galaxy_importer.main", archive, folder=folder, home=home)
    install = ("ansible-galaxy", "collection", "install", "--offline", "--force", "-p", folder, archive)
    run(*install, folder=folder, home=home, ANSIBLE_COLLECTIONS_PATH=str(folder))
    run(sys.executable, collection / USE_ONCE, folder=folder, home=home, ANSIBLE_COLLECTIONS_PATH=str(folder))


if __name__ == "__main__":
    root = Path.cwd()
    check(build(root, Path(sys.argv[1]).resolve()), root)
