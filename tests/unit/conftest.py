"""Fixtures of the unit tests."""

from __future__ import annotations

import pytest
from listing_helper import Lister
from sandbox.process import SandboxProcess


@pytest.fixture
def listed(sandbox: SandboxProcess) -> Lister:
    return Lister(sandbox)
