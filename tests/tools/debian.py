"""Programs from Debian that tests need: installed if the tests run as root on Debian.

Otherwise the tests that need them are skipped, with the reason. In CI they fail instead.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess

import pytest


def has_packages(packages: tuple[str, ...]) -> bool:
    """Whether all packages are installed; where there is no dpkg, nobody knows, and the command has to do."""
    if not shutil.which("dpkg-query"):
        return True
    query = ["dpkg-query", "-W", "-f", "${db:Status-Status}\n", *packages]
    found = subprocess.run(query, capture_output=True, text=True, check=False).stdout.split()
    return found == ["installed"] * len(packages)


@functools.cache
def install(command: str, *packages: str) -> str | None:
    """Return the command's path. If a package is missing, install all first; where that is impossible, return None.

    A command alone is not enough: Kamailio without the package of its TLS module starts no test's configuration.
    """
    if shutil.which(command) and has_packages(packages):
        return shutil.which(command)
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        apt_get = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]  # another process may be installing
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            subprocess.run([*apt_get, *arguments], env=environment, check=False, stdout=subprocess.DEVNULL)
    return shutil.which(command) if has_packages(packages) else None


def want(command: str, *packages: str) -> str:
    """Return the command's path as `install` does; without one, skip the test, or fail it in CI."""
    path = install(command, *packages)
    if path:
        return path
    reason = f"{command} is not there with the packages {' '.join(packages)} of Debian, which only root can install"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
