"""The archive of the collection, as a user builds it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ee.commands import ROOT, run


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive, under the name that docs/execution-environments.md gives it."""
    folder = tmp_path_factory.mktemp("archive")
    run(folder, "ansible-galaxy", "collection", "build", "--output-path", folder, ROOT)
    (built,) = folder.glob("siptrunk-telnyx-*.tar.gz")
    return built.rename(folder / "siptrunk-telnyx.tar.gz")
