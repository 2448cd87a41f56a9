"""Stands in for the get-pip.py that ansible-test downloads: takes pip from the Python itself, so no host is needed.

ansible-test looks for ~/.ansible/test/cache/get_pip_VERSION.py before it downloads one.
"""

from __future__ import annotations

import subprocess
import sys

# get-pip.py's own options, which pip has not.
arguments = [each for each in sys.argv[1:] if each not in ("--no-setuptools", "--no-wheel")]

# In a process of its own: ensurepip changes what TLS trusts in the one that it runs in.
subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
subprocess.run([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *arguments], check=True)
