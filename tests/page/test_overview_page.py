"""The overview of several accounts in a real browser: Chromium."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.accounts import read_accounts
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import write_reports
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.overview import (
    overview_of_reports,
    write_overview,
)
from history_models import night, recorded, time
from report_models import NAMES
from selenium import webdriver
from selenium.webdriver.common.by import By
from tools import npm


def write_accounts(folder: Path) -> None:
    """Write the reports of seven accounts and their overview: two in error, one not checked, two with findings, two fine."""
    names = ["fine", "also fine", "drifted", NAMES[7], "down", "long " * 60, "Fine"]
    accounts = read_accounts([{"name": name, "api_key_env": "A"} for name in names], ["drift"])
    results: dict[tuple[int, str], Any] = {}
    for account, drifted in zip(accounts, (set(), set(), {1, 2}, {3}, None, None)):
        recorded(folder / "history", night(1, drifted and {min(drifted)}, account.name))
        model = recorded(folder / "history", night(2, drifted, account.name))
        files = write_reports(str(folder / "reports" / str(account.folder) / "drift"), model)
        results[account.number, "drift"] = {"reports": list(files.values()), "failing": []}
    write_overview(str(folder / "reports"), *overview_of_reports(str(folder / "reports"), accounts, results, ["drift"]))


def columns(row: Any) -> list[str]:
    return [each.text.splitlines()[0] for each in row.find_elements(By.CSS_SELECTOR, "th, td")]


def test_overview_shows_each_account_and_links_to_its_page(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    write_accounts(tmp_path)
    for kind in ("browser", "performance"):
        chromium.get_log(kind)
    chromium.get((tmp_path / "reports" / "overview.html").as_uri())
    rows = [columns(row) for row in chromium.find_elements(By.CSS_SELECTOR, "tbody tr")]
    assert [row[0] for row in rows] == [
        "down",
        ("long " * 60).strip(),
        "Fine",
        "drifted",
        NAMES[7],
        "fine",
        "also fine",
    ]
    assert [row[2] for row in rows] == ["error"] * 3 + ["drift"] * 2 + ["in sync"] * 2
    assert rows[3][3:] == ["2", "1", "0", time(1)[:10], "30"]
    assert rows[5][3:] == ["0", "0", "0", "–", "30"]
    assert "It is <down>." in chromium.find_element(By.CSS_SELECTOR, "tbody tr").text
    assert chromium.find_element(By.TAG_NAME, "h1").text == "Accounts check: error"
    messages = [json.loads(each["message"])["message"] for each in chromium.get_log("performance")]
    requested = [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]
    assert [url for url in requested if not url.endswith("overview.html")] == []
    chromium.find_element(By.CSS_SELECTOR, "tbody tr:nth-child(5) a").click()
    assert chromium.find_element(By.CSS_SELECTOR, "header b").text == NAMES[7]
    assert chromium.title.startswith("Drift check: drift")
    assert chromium.get_log("browser") == []


@pytest.mark.parametrize("width", [400, 1200])
def test_overview_fits_and_axe_finds_no_violations(chromium: webdriver.Chrome, tmp_path: Path, width: int) -> None:
    write_accounts(tmp_path)
    metrics = {"width": width, "height": 700, "deviceScaleFactor": 1, "mobile": False}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    chromium.get((tmp_path / "reports" / "overview.html").as_uri())
    assert chromium.execute_script("return document.documentElement.scrollWidth") <= width
    folder = tmp_path / "npm"
    folder.mkdir()
    axe = (npm.install(folder) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    shutil.rmtree(folder)
    run = "axe.run(document, {resultTypes: ['violations']}).then(found => JSON.stringify(found.violations))"
    found = chromium.execute_cdp_cmd(
        "Runtime.evaluate", {"expression": f"{axe};{run}", "awaitPromise": True, "returnByValue": True}
    )
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert json.loads(found["result"]["value"]) == []
