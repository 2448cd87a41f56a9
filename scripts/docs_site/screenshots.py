"""Screenshots of the HTML reports, taken by the tests' browser; the reports are of an invented account, whose changes are given here."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import make_acceptance
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired, Origin
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import DriftCheck, drift_outcome
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.policy import PolicyCheck
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rules import make_rules
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.since import Previous
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.report import Account, make_report
from sandbox.account import make_connection
from tools import browser
from tools.debian import install

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

URL = "https://api.telnyx.com/v2"
CONNECTIONS = 60
KNOWN = 13  # the connection with an accepted finding
RECREATED = 33  # the connection that was deleted and created again, with another id
SCHEMES = ("light", "dark")


class Change(NamedTuple):
    """A change of the account. What is not ``new`` was there the night before."""

    connection: int
    field: str
    value: Any
    new: bool = False


CHANGES = (
    Change(KNOWN, "encrypted_media", None),
    Change(12, "anchorsite_override", "Chicago, IL"),
    Change(7, "inbound", {"codecs": ["G729"], "channel_limit": 2}),
    Change(12, "sip_uri_calling_preference", "unrestricted", new=True),
)


class Picture(NamedTuple):
    """A screenshot: of the window, or of the part that the CSS selector ``part`` finds. ``click`` selects what is clicked before."""

    name: str
    report: str
    text: str
    size: tuple[int, int] = (1000, 900)
    part: str = ""
    click: str = ""


PICTURES = (
    Picture(
        "drift", "drift", "A drift check: what differs from the desired state, and since when", click="#list li summary"
    ),
    Picture(
        "policy", "policy", "A policy check: the violations of each rule, the worst first, and what to do about them"
    ),
    Picture("phone", "drift", "The drift check on a phone", size=(390, 844)),
)


def take(folder: Path) -> list[Picture]:
    """Take all screenshots, as PNG files in a new folder, and return them; without a browser, none.

    If the environment variable ``CI`` is set, that is a `SystemExit`.
    """
    folder.mkdir()
    programs = [path for name, packages in browser.PROGRAMS.items() if (path := install(name, *packages))]
    if len(programs) < len(browser.PROGRAMS):
        problem = "There is no Chromium, so the site has no screenshots; Debian has it in chromium and chromium-driver."
        if os.environ.get("CI"):
            sys.exit(problem)
        print(problem, file=sys.stderr)
        return []
    chromium = browser.start(*programs)
    try:
        with tempfile.TemporaryDirectory() as temporary:
            files = {name: Path(temporary, f"{name}.html") for name in ("drift", "policy")}
            files["drift"].write_text(drift_report(), encoding="utf-8")
            files["policy"].write_text(policy_report(), encoding="utf-8")
            for picture in PICTURES:
                for scheme in SCHEMES:
                    image = _image(chromium, files[picture.report].as_uri(), picture, scheme)
                    (folder / f"{picture.name}-{scheme}.png").write_bytes(image)
    finally:
        chromium.quit()
    return list(PICTURES)


def page(pictures: Iterable[Picture]) -> str:
    """Return reStructuredText that shows the screenshots, each in the colours that the site's reader has chosen."""
    text = ""
    for each in pictures:
        text += f"\n{each.text}\n{'-' * len(each.text)}\n"
        for scheme in SCHEMES:
            options = f"   :alt: {each.text}\n   :class: screenshot only-{scheme}\n   :width: {each.size[0]}px\n"
            text += f"\n.. image:: screenshots/{each.name}-{scheme}.png\n{options}"
    return text or "\n.. note:: This site was built without a browser, and has no screenshots.\n"


def drift_report() -> str:
    """Return the HTML report of a drift check that has a report of the night before."""
    known = {"path": "encrypted_media", "value": None, "connection_name": make_connection(1, KNOWN)["connection_name"]}
    accepted = [make_acceptance({**known, "who": "Ada", "reason": "Its phones have no SRTP; replaced in spring"}, "it")]
    desired = []
    for index in range(CONNECTIONS):
        record = make_connection(1, index)
        desired.append(Desired(record, origins=(Origin(record, "baseline.yml", 3 + 57 * index),)))
    previous = None
    for night in (1, 2):
        live = [make_connection(1, index) for index in range(CONNECTIONS)]
        for change in CHANGES:
            if night == 2 or not change.new:
                record = live[change.connection]
                old = record[change.field]
                record[change.field] = {**old, **change.value} if isinstance(old, dict) else change.value
        removed = live.pop(RECREATED)
        live.append({**removed, "id": str(int(removed["id"]) + 77)})
        account = Account(api_url=URL, connections=len(live))
        report = make_report(account, drift_outcome(DriftCheck().compare(desired, live)), accepted, previous)
        previous = Previous("2026-11-20T03:00:00Z", report.findings, report.accepted)
    return FORMATS["html"](report)


def policy_report() -> str:
    """Return the HTML report of a policy check with the rules that the collection has."""
    records = [make_connection(1, index) for index in range(CONNECTIONS)]
    outcome = PolicyCheck(make_rules()).evaluate(records)
    return FORMATS["html"](make_report(Account(api_url=URL, connections=len(records)), outcome))


def _image(chromium: Chrome, address: str, picture: Picture, scheme: str) -> bytes:
    width, height = picture.size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": False}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    chromium.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    chromium.get(address)
    if picture.click:
        chromium.find_element("css selector", picture.click).click()
    if picture.part:
        return chromium.find_element("css selector", picture.part).screenshot_as_png
    return chromium.get_screenshot_as_png()
