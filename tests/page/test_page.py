"""The HTML report in a real browser: Chromium, driven by keyboard."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from check_helpers import policy
from report_models import accepted_report, drift_report, error_report
from sandbox.account import HOSTILE_NAMES, make_connection
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from tools import npm


def drift_page(count: int) -> str:
    live = [make_connection(1, index) for index in range(count)]
    for record, name in zip(live, HOSTILE_NAMES):
        record["connection_name"] = name
    desired = [Desired(dict(record)) for record in live]
    live[1]["encrypted_media"] = "<img src=x onerror=alert(1)>"
    live[2]["inbound"] = {**live[2]["inbound"], "codecs": ["G729", "OPUS"]}
    desired.pop(3)
    desired.append(Desired({"connection_name": "</script><script>alert(1)</script>"}))
    return FORMATS["html"](drift_report(desired, live))


def policy_page(count: int) -> str:
    return FORMATS["html"](policy([make_connection(1, index) for index in range(count)]))


def open_page(chromium: webdriver.Chrome, folder: Path, page: str) -> None:
    file = folder / "report.html"
    file.write_text(page, encoding="utf-8")
    for kind in ("browser", "performance"):
        chromium.get_log(kind)
    chromium.get(file.as_uri())


def shown(chromium: webdriver.Chrome) -> list[Any]:
    return [
        each
        for each in chromium.find_elements(By.CSS_SELECTOR, "li[data-kind]")
        if chromium.execute_script("return arguments[0].checkVisibility()", each)
    ]


def press(chromium: webdriver.Chrome, *keys: str) -> None:
    webdriver.ActionChains(chromium).send_keys(*keys).perform()


def focus_by_tab(chromium: webdriver.Chrome, selector: str) -> None:
    """Press Tab until the element has the focus."""
    for _time in range(60):
        press(chromium, Keys.TAB)
        if chromium.execute_script("return document.activeElement.matches(arguments[0])", selector):
            return
    raise AssertionError(f"Tab never reached {selector}")


@pytest.mark.parametrize("count", [5, 2000])
@pytest.mark.parametrize("make", [drift_page, policy_page])
def test_page_makes_no_requests_and_logs_no_errors(
    chromium: webdriver.Chrome, tmp_path: Path, make: Any, count: int
) -> None:
    open_page(chromium, tmp_path, make(count))
    assert chromium.find_elements(By.CSS_SELECTOR, "li[data-kind]")
    messages = [json.loads(each["message"])["message"] for each in chromium.get_log("performance")]
    requested = [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]
    assert [url for url in requested if not url.endswith("report.html")] == []
    assert chromium.get_log("browser") == []
    width = chromium.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]


def test_security_policy_blocks_foreign_scripts_and_images(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    bad = '<img src="http://127.0.0.1:9/x.png"><script>document.title = "owned"</script></main>'
    open_page(chromium, tmp_path, drift_page(5).replace("</main>", bad))
    assert chromium.title == "Drift check: drift"
    assert len([each for each in chromium.get_log("browser") if "Content Security Policy" in each["message"]]) == 2


def test_filter_search_and_details_work_by_keyboard(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    open_page(chromium, tmp_path, drift_page(26))
    assert len(shown(chromium)) == 4  # those in sync are in a group that is closed
    assert chromium.find_element(By.ID, "count").text == "27 shown"
    focus_by_tab(chromium, "button[data-kind=drifted]")
    press(chromium, Keys.SPACE)
    assert {each.get_attribute("data-kind") for each in shown(chromium)} == {"drifted"}
    assert chromium.find_element(By.ID, "count").text == "2 of 27 shown"
    press(chromium, Keys.TAB, Keys.ENTER)  # and the unexpected ones
    assert len(shown(chromium)) == 3

    press(chromium, "/", "inbound.codecs")
    (item,) = shown(chromium)
    cells = [each.text for each in item.find_elements(By.CSS_SELECTOR, "tbody > tr > *")]
    assert cells[0].split() == ["inbound.codecs", "Copy"]
    assert cells[2].splitlines()[0] == '["G729", "OPUS"]'  # the values of few findings are open
    focus_by_tab(chromium, "li summary")
    press(chromium, Keys.ENTER)
    assert not item.find_element(By.TAG_NAME, "tbody").is_displayed()

    press(chromium, "/", Keys.ESCAPE)
    assert len(shown(chromium)) == 3
    press(chromium, "/", "no such thing")
    assert shown(chromium) == []
    assert chromium.find_element(By.ID, "count").text == "0 of 27 shown: nothing matches"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(chromium: webdriver.Chrome, tmp_path: Path, scheme: str) -> None:
    """Every colour of text has the contrast that WCAG 2 AA requires, 4.5 to 1."""
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    open_page(chromium, tmp_path, drift_page(26))
    colours = chromium.execute_script(
        "return [...document.querySelectorAll('h1 span, .soft, .tag, .name, button, th')].map(e => {"
        " let g = e; while (getComputedStyle(g).backgroundColor === 'rgba(0, 0, 0, 0)') g = g.parentElement;"
        " return [getComputedStyle(e).color, getComputedStyle(g).backgroundColor]; })"
    )
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    for front, background in {tuple(pair) for pair in colours}:
        assert contrast(front, background) >= 4.5, (front, background)


def contrast(*colours: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(each) / 255 for each in colour.strip("rgba()").split(",")[:3]]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted(map(luminance, colours))
    return (high + 0.05) / (low + 0.05)


def test_printing_opens_all_details_and_closes_them_again(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    open_page(chromium, tmp_path, drift_page(26))
    first, *_others = chromium.find_elements(By.CSS_SELECTOR, "li summary")
    first.click()
    chromium.execute_script(
        "window.opened = () => document.querySelectorAll('details[open]').length;"
        "window.all = document.querySelectorAll('details').length; window.before = opened();"
        "addEventListener('beforeprint', () => { window.printed = window.opened(); });"
    )
    chromium.execute_cdp_cmd("Page.printToPDF", {})
    before, printed, after = chromium.execute_script("return [window.before, window.printed, window.opened()]")
    assert printed == chromium.execute_script("return window.all")
    assert before == after < printed
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not chromium.find_element(By.TAG_NAME, "form").is_displayed()
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("width", [400, 1200])
def test_focused_element_is_not_covered_and_page_does_not_scroll_sideways(
    chromium: webdriver.Chrome, tmp_path: Path, width: int
) -> None:
    metrics = {"width": width, "height": 700, "deviceScaleFactor": 1, "mobile": False}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    open_page(chromium, tmp_path, drift_page(200))
    chromium.find_element(By.ID, "open").click()
    assert chromium.execute_script("return document.documentElement.scrollWidth") <= width
    names = chromium.find_elements(By.CSS_SELECTOR, "a.name")
    chromium.execute_script("arguments[0].focus()", names[40])
    for _time in range(20):
        webdriver.ActionChains(chromium).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
        covered = chromium.execute_script(
            "const box = document.activeElement.getBoundingClientRect();"
            "const top = document.elementFromPoint(box.left + 20, box.top + 10); return !!top && !!top.closest('form');"
        )
        assert not covered
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def metrics(chromium: webdriver.Chrome) -> dict[str, float]:
    answer = chromium.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return {each["name"]: each["value"] for each in answer}


def drifted_page(count: int) -> str:
    live = [make_connection(1, index) for index in range(count)]
    desired = [Desired({"id": record["id"], "user_name": "desired"}) for record in live]
    return FORMATS["html"](drift_report(desired, live))


@pytest.mark.parametrize("make", [drifted_page, policy_page])
def test_filtering_many_rows_keeps_few_in_the_page(chromium: webdriver.Chrome, tmp_path: Path, make: Any) -> None:
    """Chromium's time for a change grows with the square of the rows that are laid out: it froze for 90 s at 10,000."""
    chromium.execute_cdp_cmd("Performance.enable", {})
    open_page(chromium, tmp_path, make(10000))
    everything = int(chromium.find_element(By.ID, "count").text.split()[0])
    assert everything >= 10000
    attached = "return document.querySelectorAll('li[data-kind]').length"
    search = (
        "const s = document.getElementById('search'); s.value = arguments[0]; "
        "const list = document.getElementById('list'); const changes = [];"
        "const observer = new MutationObserver(records => changes.push(...records));"
        "observer.observe(list, {childList: true, subtree: true});"
        "s.dispatchEvent(new Event('input')); changes.push(...observer.takeRecords()); observer.disconnect();"
        "return changes.map(each => each.target === list)"
    )
    for text in ("no such thing", "", "o"):
        before = metrics(chromium)
        # The whole list leaves the page at once, and comes back at once: no row changes while it is there.
        changes = chromium.execute_script(search, text)
        assert changes[0]
        assert changes.count(True) <= 3
        assert len(changes) == 1 or changes[-1]
        chromium.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        after = metrics(chromium)
        assert after["LayoutCount"] - before["LayoutCount"] < 10
        groups = len(chromium.find_elements(By.CSS_SELECTOR, ".group"))
        assert chromium.execute_script(attached) <= 200 * groups
    chromium.execute_script(search, "")
    if make is drifted_page:
        button = chromium.find_element(By.CSS_SELECTOR, "button.more")
        assert button.text == "Show 9800 more"
        chromium.execute_script("arguments[0].click()", button)
        assert chromium.execute_script(attached) == everything


def test_policy_page_groups_by_rule_or_connection_and_sorts(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    open_page(chromium, tmp_path, policy_page(26))

    def groups() -> list[str]:
        return [each.text for each in chromium.find_elements(By.CSS_SELECTOR, ".group > summary h2")]

    def choose(name: str, value: str) -> None:
        chromium.find_element(By.CSS_SELECTOR, f"#{name} option[value={value}]").click()

    total = chromium.find_element(By.ID, "count").text
    assert "sip_uri_calling_restricted" in groups()
    choose("by", "connection")
    assert len(groups()) > 1
    assert chromium.find_element(By.ID, "count").text == total
    sizes = [int(each.text) for each in chromium.find_elements(By.CSS_SELECTOR, ".group > summary .size")]
    assert sum(sizes) == int(total.split()[0])
    choose("sort", "most")
    sizes = [int(each.text) for each in chromium.find_elements(By.CSS_SELECTOR, ".group > summary .size")]
    assert sizes == sorted(sizes, reverse=True)
    choose("by", "rule")
    choose("sort", "name")
    assert groups() == sorted(groups())


def test_url_fragment_restores_a_filter_or_a_row(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    open_page(chromium, tmp_path, drift_page(26))
    press(chromium, "/", "inbound.codecs")
    chromium.find_element(By.CSS_SELECTOR, "button[data-kind=drifted]").click()
    chromium.execute_async_script("setTimeout(arguments[0], 400)")
    address = chromium.current_url
    assert address.endswith("#kind=drifted&q=inbound.codecs")
    (item,) = shown(chromium)
    anchor = item.get_attribute("id")
    chromium.get("about:blank")
    chromium.get(address)
    assert [each.get_attribute("id") for each in shown(chromium)] == [anchor]
    assert chromium.find_element(By.CSS_SELECTOR, "button[data-kind=drifted]").get_attribute("aria-pressed") == "true"
    # A row's address shows the row, open, whatever the filter was; in a closed group too.
    for name in (anchor, chromium.execute_script("return rows.at(-1).element.id")):
        chromium.execute_script("location.hash = arguments[0]", name)
        chromium.execute_async_script("setTimeout(arguments[0], 50)")
        assert name in [each.get_attribute("id") for each in shown(chromium)]
        assert "27 shown" in chromium.find_element(By.ID, "count").text
    ids = chromium.execute_script("return [...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(set(ids)) == len(ids)


def test_copy_buttons_copy_paths_and_ids(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    open_page(chromium, tmp_path, drift_page(26))
    chromium.find_element(By.ID, "open").click()
    for what in ("path", "id"):
        code = chromium.find_element(By.CSS_SELECTOR, f"li details [data-copy={what}]")
        chromium.execute_script("arguments[0].nextElementSibling.click()", code)
        chromium.execute_async_script("setTimeout(arguments[0], 50)")
        assert chromium.find_element(By.ID, "count").text == f"Copied: {code.text}"
        assert chromium.execute_script("return getSelection().toString()").strip() == code.text


def test_page_without_script_has_every_row(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    open_page(chromium, tmp_path, drift_page(300))
    assert len(chromium.find_elements(By.CSS_SELECTOR, "li[data-kind]")) == 301
    assert not chromium.find_element(By.ID, "search").is_displayed()
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def accepted_page(check: str) -> str:
    return FORMATS["html"](accepted_report(check))


@pytest.mark.parametrize("check", ["drift", "policy"])
def test_accepted_findings_have_their_reason_and_connections_a_link(
    chromium: webdriver.Chrome, tmp_path: Path, check: str
) -> None:
    open_page(chromium, tmp_path, accepted_page(check))
    button = chromium.find_element(By.CSS_SELECTOR, "button[data-kind=accepted]")
    total = int(button.text.split()[0])
    button.click()
    rows = shown(chromium)
    assert len(rows) == total > 0
    assert {each.get_attribute("data-kind") for each in rows} == {"accepted"}
    chromium.find_element(By.ID, "open").click()
    assert all("Accepted" in row.text and "known" in row.text for row in rows)
    by = "Accepted on 2026-01-02"
    assert any(by in row.text for row in rows)
    links = chromium.find_elements(By.CSS_SELECTOR, "a.portal")
    assert {link.text for link in links if link.is_displayed()} == {"Open at Telnyx"}
    assert all(str(link.get_attribute("href")).startswith("https://portal.example/#/connections/1") for link in links)
    assert {link.get_attribute("rel") for link in links} == {"noopener noreferrer"}
    review = chromium.find_elements(By.CSS_SELECTOR, ".review li")
    assert len(review) == 4
    assert any("no finding needs it any more" in each.text for each in review)
    if check == "drift":  # A connection with other changes shows its accepted ones, too.
        chromium.find_element(By.CSS_SELECTOR, "button[data-kind=accepted]").click()
        chromium.find_element(By.ID, "search").send_keys("dtmf_type")
        chromium.find_element(By.ID, "open").click()
        (row,) = shown(chromium)
        headings = [each.text for each in row.find_elements(By.CSS_SELECTOR, "thead th:last-child")]
        assert headings == ["Actual", "Accepted"]
        assert "Set dtmf_type to " in row.text
    assert chromium.get_log("browser") == []


def error_page(_count: int) -> str:
    return FORMATS["html"](error_report("drift"))


def test_axe_finds_no_violations(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    """The rules of axe-core, for WCAG 2 and good practice."""
    folder = tmp_path / "npm"
    folder.mkdir()
    axe = (npm.install(folder) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    shutil.rmtree(folder)
    run = "axe.run(document, {resultTypes: ['violations']}).then(found => JSON.stringify(found.violations))"
    pages = [make(26) for make in (drift_page, policy_page, error_page)]
    for page in (*pages, accepted_page("drift"), accepted_page("policy")):
        open_page(chromium, tmp_path, page)
        found = chromium.execute_cdp_cmd(
            "Runtime.evaluate", {"expression": f"{axe};{run}", "awaitPromise": True, "returnByValue": True}
        )
        assert json.loads(found["result"]["value"]) == []
