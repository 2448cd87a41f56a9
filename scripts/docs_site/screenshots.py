"""Screenshots of the HTML reports, taken by the tests' browser; the reports are of an invented account, whose changes are given here."""

from __future__ import annotations

import datetime
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import make_acceptance
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import as_result, compare
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.policy import evaluate
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.rules import make_rules
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._history.recording import Recording
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import make_model
from sandbox.account import make_connection
from tools import browser
from tools.debian import install

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

URL = "https://api.telnyx.com/v2"
CONNECTIONS = 60
LAST_NIGHT = datetime.datetime(2026, 11, 25, 3, tzinfo=datetime.timezone.utc)
NIGHTS = 45
KNOWN = 13  # the connection with an accepted finding
RECREATED = 33  # the connection that was deleted and created again, with another id
SCHEMES = ("light", "dark")


class Change(NamedTuple):
    """A change of the account: it was made ``since`` nights before the last one, and undone after ``nights`` nights."""

    since: int
    nights: int
    connection: int
    field: str
    value: Any


CHANGES = (
    *(Change(40, 6, index, "encrypted_media", None) for index in (1, 2, 10)),
    Change(38, 12, 9, "sip_uri_calling_preference", "unrestricted"),
    *(Change(24, 3 + index % 3, index, "tags", ["pilot", "moved"]) for index in range(20, 27)),
    Change(21, 99, KNOWN, "encrypted_media", None),
    Change(16, 9, 31, "dtmf_type", "SIP INFO"),
    Change(9, 99, 12, "anchorsite_override", "Chicago, IL"),
    Change(6, 6, 17, "webhook_event_url", "https://hooks.example.com/old"),
    Change(2, 99, 7, "inbound", {"codecs": ["G729"], "channel_limit": 2}),
    Change(0, 99, 12, "sip_uri_calling_preference", "unrestricted"),
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
        "trend", "drift", "The trend: the findings of the last runs, what is new, and what is resolved", part=".history"
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
            files["drift"].write_text(drift_report(Path(temporary, "history")), encoding="utf-8")
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


def drift_report(history: Path) -> str:
    """Return the HTML report of the last night, after all nights were recorded in the history."""
    known = {
        "path": "encrypted_media",
        "value": None,
        "connection_name": make_connection(1, KNOWN)["connection_name"],
        "who": "Ada",
    }
    accepted = make_acceptance({**known, "reason": "Its phones have no SRTP; replaced in spring"}, "The entry")
    for before in reversed(range(NIGHTS)):
        live = [make_connection(1, index) for index in range(CONNECTIONS)]
        desired = [Desired(dict(record), "baseline.yml", 3 + 57 * place) for place, record in enumerate(live)]
        for change in CHANGES:
            if change.since - change.nights < before <= change.since:
                record = live[change.connection]
                old = record[change.field]
                record[change.field] = {**old, **change.value} if isinstance(old, dict) else change.value
        if before < 3:
            removed = live.pop(RECREATED)
            live.append({**removed, "id": str(int(removed["id"]) + 77)})
        result = as_result(compare(desired, live), None, [accepted] if before < 20 else [], today=LAST_NIGHT.date())
        model = make_model("drift", URL, result=result, connections=len(live))
        model["generated_at"] = (LAST_NIGHT - datetime.timedelta(days=before)).strftime("%Y-%m-%dT%H:%M:%SZ")
        Recording(str(history), model).finish()
    return FORMATS["html"](model)


def policy_report() -> str:
    """Return the HTML report of a policy check with the rules that the collection has."""
    records = [make_connection(1, index) for index in range(CONNECTIONS)]
    result = evaluate(records, make_rules(), today=LAST_NIGHT.date())
    model = make_model("policy", URL, result=result, connections=len(records))
    model["generated_at"] = LAST_NIGHT.strftime("%Y-%m-%dT%H:%M:%SZ")
    return FORMATS["html"](model)


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
