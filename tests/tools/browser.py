"""Debian's Chromium, for the tests of pages and for the screenshots of the documentation site."""

from __future__ import annotations

from selenium import webdriver

# Each program, and the packages that bring it.
PROGRAMS = {
    "chromium": ("chromium", "chromium-driver", "fonts-dejavu-core"),
    "chromedriver": ("chromium-driver",),
}


def start(chromium: str, chromedriver: str) -> webdriver.Chrome:
    """Start a browser without a window that logs messages and requests; the arguments are the programs' paths."""
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
