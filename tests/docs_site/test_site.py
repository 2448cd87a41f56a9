"""The documentation site that scripts/docs_site/build.py has built in the folder DOCS_SITE: its links, what it loads, how it fits."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import pytest
from selenium import webdriver
from tools import browser
from tools.debian import want

SITE = Path(os.environ["DOCS_SITE"], "html").resolve()
PAGES = sorted(SITE.rglob("*.html"))
REPOSITORY = Path(__file__).parents[2]
# What a browser loads without a click, and the attribute with its address.
LOADED = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "object": "data",
    "video": "src",
}
NAVIGATION = ("author", "index", "next", "prev", "search")  # the link elements that a browser does not load
# The theme hides what is too wide for the window, and only code and tables can be scrolled.
OUTSIDE = """
return [...document.querySelectorAll('article *')].filter(
  each => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('pre, .table-wrapper')
).map(each => each.outerHTML.slice(0, 80));
"""


class Page(NamedTuple):
    """What a page links and loads, as in its HTML, and the anchors that it has."""

    links: list[str]
    loaded: list[str]
    anchors: set[str]


class Reader(HTMLParser):
    """Collects the content of a `Page`."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page([], [], {"", "top"})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.page.anchors.update(values[name] for name in ("id", "name") if name in values)
        if "href" in values and (tag == "a" or values.get("rel") in NAVIGATION):
            self.page.links.append(values["href"])
        elif LOADED.get(tag, "") in values:
            self.page.loaded.append(values[LOADED[tag]])


@cache
def read(path: Path) -> Page:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


def name(page: Path) -> str:
    return str(page.relative_to(SITE))


def test_every_link_inside_of_the_site_has_a_target() -> None:
    wrong, checked = [], 0
    for page in PAGES:
        for link in read(page).links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            checked += 1
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            there = target.is_file() and SITE in target.parents
            if not there or (target.suffix == ".html" and unquote(parts.fragment) not in read(target).anchors):
                wrong.append((name(page), link))
    assert wrong == []
    assert checked > 1000


def test_site_loads_nothing_from_elsewhere() -> None:
    loaded = {(page.parent, address) for page in PAGES for address in read(page).loaded}
    styles = list(SITE.rglob("*.css"))
    for style in styles:
        text = style.read_text(encoding="utf-8")
        loaded |= {(style.parent, each) for each in re.findall(r"""url\(\s*["']?([^"')]+)""", text)}
        loaded |= {(style.parent, each) for each in re.findall(r"""@import\s+["']([^"']+)""", text)}
    assert styles
    assert len(loaded) > 10
    for folder, address in loaded:
        parts = urlsplit(address)
        assert (parts.scheme or "none") in ("none", "data"), address
        assert not parts.netloc
        assert parts.scheme == "data" or (folder / unquote(parts.path)).is_file(), address


def test_every_guide_and_plugin_has_a_page_that_the_front_page_leads_to() -> None:
    reached, waiting = set(), [SITE / "index.html"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".html":
            continue
        reached.add(page)
        links = (urlsplit(link) for link in read(page).links)
        waiting += [(page.parent / unquote(each.path)).resolve() for each in links if each.path and not each.netloc]
    guides = [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")]
    assert len(guides) > 10
    assert [each for each in guides if SITE / each.relative_to(REPOSITORY).with_suffix(".html") not in reached] == []
    for kind in ("filter", "inventory", "lookup", "modules"):
        documented = {
            file.stem
            for file in (REPOSITORY / "plugins" / kind).glob("*.*")
            if "DOCUMENTATION" in file.read_text(encoding="utf-8")
        }
        assert documented
        assert [
            each for each in documented if SITE / f"collection/{each}_{kind.removesuffix('s')}.html" not in reached
        ] == []


@pytest.fixture(scope="module")
def chromium() -> Iterator[webdriver.Chrome]:
    """A browser that logs messages and requests."""
    driver = browser.start(*(want(program, *packages) for program, packages in browser.PROGRAMS.items()))
    yield driver
    driver.quit()


def test_pages_fit_a_phone_and_a_desktop_and_show_their_images(chromium: webdriver.Chrome) -> None:
    too_wide, broken, pictures = [], [], 0
    for page in PAGES:
        chromium.get(page.as_uri())
        for width in (390, 1400):
            metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
            chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            outside = chromium.execute_script(OUTSIDE)
            too_wide += [(name(page), width, each) for each in outside]
        images = chromium.execute_script("return [...document.images].map(each => [each.src, each.naturalWidth])")
        broken += [source for source, natural in images if not natural]
        pictures += len(images)
    assert too_wide == []
    assert broken == []
    assert pictures == 6  # three screenshots, each in two colours
    messages = [json.loads(each["message"])["message"] for each in chromium.get_log("performance")]
    requested = {each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"}
    assert len(requested) > len(PAGES)
    assert {url for url in requested if urlsplit(url).scheme not in ("file", "data")} == set()
    assert [each for each in chromium.get_log("browser") if each["level"] == "SEVERE"] == []
