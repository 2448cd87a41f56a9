"""Posting without Ansible: the requests of the module ``ansible.builtin.uri`` by the library requests, with results in its form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.accounts import read_accounts
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.posting import post_issue
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.reports import CheckReport, read_check_report
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.sending import NO_RESPONSE, Sender
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.services import SERVICES, Place, Service
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import write_reports
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model, outcomes
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.overview import (
    overview_of_reports,
    write_overview,
)
from history_models import night, recorded
from services.fakes import GITHUB_TOKEN, GITLAB_TOKEN, PROJECT, REPOSITORY, Services

LABEL = "telnyx-check"


def execute(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Send a request; return the result in the form of the module."""
    assert (arguments["follow_redirects"], arguments["use_netrc"]) == ("none", False)
    try:
        response = requests.request(
            arguments["method"],
            arguments["url"],
            headers=arguments["headers"],
            data=arguments.get("body"),
            allow_redirects=False,
            timeout=30,
        )
    except requests.ConnectionError as exc:
        message = f"Status code was {NO_RESPONSE} and not {arguments['status_code']}: Request failed: {exc}"
        return {"status": NO_RESPONSE, "failed": True, "msg": message}
    headers = {name.lower().replace("-", "_"): value for name, value in response.headers.items()}
    data = {"json": response.json()} if "json" in response.headers.get("Content-Type", "") else {}
    return {**headers, **data, "status": response.status_code, "content": response.text}


class Waits(list[float]):
    """The waits of a sender, which does not wait."""

    def sender(self, retries: int = 3) -> Sender:
        """A sender whose waits are in this list."""
        return Sender(execute, retries, sleep=self.append)


def service(services: Services, name: str, request: int | None = None, sender: Sender | None = None) -> Service:
    """A service, with what its fake accepts."""
    url, token, project = {
        "github": (services.github_url, GITHUB_TOKEN, REPOSITORY),
        "gitlab": (services.gitlab_url, GITLAB_TOKEN, PROJECT),
    }[name]
    return SERVICES[name](sender or Waits().sender(), Place(url, token, project, LABEL, request))


def report(folder: Path, model: Model) -> CheckReport:
    """The report of a model, from its files."""
    write_reports(str(folder), model)
    return read_check_report(str(folder))


def write_accounts(folder: Path, number: int, accounts: Mapping[str, set[int] | None], *, history: bool = True) -> None:
    """Write the reports of a night's check of several accounts, with the overview of them to ``folder/reports``.

    ``accounts`` says by name which connections differ, or ``None`` for an account that cannot be read.
    """
    reports = folder / "reports"
    for name in ("status.json", "notify.json", "notify.txt"):
        (reports / name).unlink(missing_ok=True)
    entries = read_accounts([{"name": name, "api_key_env": "A"} for name in accounts], "drift")
    results: dict[tuple[int, str], dict[str, Any]] = {}
    for entry in entries:
        model = night(number, accounts[entry.name], entry.name)
        model = recorded(folder / "history", model) if history else model
        files = write_reports(str(reports / str(entry.folder) / "drift"), model)
        results[entry.number, "drift"] = {"reports": list(files.values()), "failing": outcomes(model)}
    overview, changed = overview_of_reports(str(reports), entries, results, ["drift"] if history else [])
    write_overview(str(reports), overview, changed, "https://ci.example.com/?job=1")


class Nights:
    """Runs of a drift check with a history, each posted to a service; returns what was done."""

    def __init__(self, folder: Path, service: Service, label: str | None = None) -> None:
        self.folder, self.service, self.label = folder, service, label
        self.number = 0

    def __call__(self, drifted: set[int] | None, *, history: bool = True, post: bool = True, **options: Any) -> str:
        self.number += 1
        model = night(self.number, drifted, self.label, **options)
        if history:
            model = recorded(self.folder / "history", model)
        found = report(self.folder / "reports", model)
        return str(post_issue(self.service, found)["action"]) if post else "not posted"
