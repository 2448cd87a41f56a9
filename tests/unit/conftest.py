"""Fixtures of the unit tests."""

from __future__ import annotations

import pytest
from listing_helper import Lister
from sandbox.process import SandboxProcess


@pytest.fixture
def lister(sandbox: SandboxProcess) -> Lister:
    """Lists the account of a fresh sandbox with 25 connections."""
    return Lister(sandbox)
