"""Programs from Debian that tests need: installed if the tests run as root on Debian.

Otherwise the tests that need them are skipped, with the reason. In CI they fail instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


def install(command: str, *packages: str) -> str | None:
    """Return the command's path. If it is missing, install the packages first; where that is impossible, return None."""
    if not shutil.which(command) and shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        apt_get = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]  # another process may be installing
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            subprocess.run([*apt_get, *arguments], env=environment, check=False, stdout=subprocess.DEVNULL)
    return shutil.which(command)


def want(command: str, *packages: str) -> str:
    """Return the command's path as `install` does; without one, skip the test, or fail it in CI."""
    path = install(command, *packages)
    if path:
        return path
    reason = f"{command} is not installed; Debian has it in {' '.join(packages)}, which only root can install"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
