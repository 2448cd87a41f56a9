"""A browser for all tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium import webdriver
from tools.debian import want


@pytest.fixture(scope="session")
def chromium() -> Iterator[webdriver.Chrome]:
    """A browser that logs messages and requests."""
    options = webdriver.ChromeOptions()
    options.binary_location = want("chromium", "chromium", "chromium-driver", "fonts-dejavu-core")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(want("chromedriver", "chromium-driver"))
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()
