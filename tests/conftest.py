"""Fixtures that unit and integration tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sandbox.process import SandboxProcess


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxProcess]:
    """One sandbox for all tests of a worker."""
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    """The sandbox with a fresh account of 25 connections; call ``reset`` for another."""
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, address, proxy or CA bundle of the person who runs the tests gets into them."""
    for name in (
        "TELNYX_API_KEY",
        "TELNYX_API_KEY_FILE",
        "TELNYX_BASE_URL",
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
        "no_proxy",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "SSL_CERT_FILE",
    ):
        monkeypatch.delenv(name, raising=False)
