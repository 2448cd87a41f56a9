"""A browser for all tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium import webdriver
from tools import browser
from tools.debian import want


@pytest.fixture(scope="session")
def chromium() -> Iterator[webdriver.Chrome]:
    """A browser that logs messages and requests."""
    driver = browser.start(*(want(program, *packages) for program, packages in browser.PROGRAMS.items()))
    yield driver
    driver.quit()
