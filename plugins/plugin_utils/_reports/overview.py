# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The overview of several accounts: read from the reports of each account, and written in every format.

``overview.json`` has the schema ``docs/overview.schema.json``; ``status.json`` and ``notify.json`` have those of a single check.
"""

from __future__ import annotations

import functools
import json
import os
from typing import TYPE_CHECKING, Any, TypedDict

from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.fail_on import ERROR
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.fingerprints import hash_of_findings
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.overview import (
    AccountRow,
    CheckRow,
    Overview,
    account_line,
    account_row,
    failed_overview,
    make_overview,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import ReportError, TelnyxError, UnfinishedError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import read_regular
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.files import (
    absolute_folder,
    as_json,
    write_with_status,
    written_files,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import (
    EXIT_CODES,
    GENERATOR,
    commit,
    model_findings,
    outcomes,
    utc_now,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.notify import LISTED_MAX, notify_data
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.overview_html import overview_page
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.overview_text import (
    overview_markdown,
    overview_notify_text,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import first_seen

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.accounts import AccountEntry
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model

FORMAT = "siptrunk.telnyx/accounts"


class NewAndResolved(TypedDict):
    """New and resolved findings of all accounts, as in ``notify.json``; each also has its ``account`` and its ``check``."""

    new: list[dict[str, Any]]
    resolved: list[dict[str, Any]]


def overview_of_reports(
    report_dir: str,
    accounts: Sequence[AccountEntry],
    results: Mapping[tuple[int, str], Mapping[str, Any]],
    recorded: Collection[str],
) -> tuple[Overview, NewAndResolved]:
    """Return the overview of the accounts, from the reports that this run has written, and what is new and resolved in them.

    ``results`` are those of the module ``check_account``, by the number of the account and the check. A check without a result
    has not run, so what its files say is not read: they may be those of an earlier run. ``recorded`` are the checks
    that have a history: a check without a report is then news. Raises :class:`ReportError` if ``report_dir`` is empty.
    """
    report_dir = absolute_folder(report_dir)
    changed: NewAndResolved = {"new": [], "resolved": []}
    rows: list[AccountRow] = []
    for account in accounts:
        folder = account.folder
        if folder is None:
            rows.append(account_row(account.name, None, [], account.error.as_dict() if account.error else None))
            continue
        checks = []
        for check in account.checks:
            result = results.get((account.number, check))
            try:
                row, data = _read_check(report_dir, folder, check, result)
            except TelnyxError as exc:
                row, data = _error_row(check, exc, check in recorded), {}
            checks.append(row)
            about = {"account": account.name, "check": check}
            changed["new"] += [{**each, **about} for each in data.get("new", ())]
            changed["resolved"] += [{**each, **about} for each in data.get("resolved", ())]
        rows.append(account_row(account.name, folder, checks))
    return make_overview(rows, with_history=bool(recorded)), changed


def _read_check(
    report_dir: str, folder: str, check: str, result: Mapping[str, Any] | None
) -> tuple[CheckRow, dict[str, Any]]:
    """Return the row of a check, and what its ``notify.json`` has or would have.

    Raises :class:`TelnyxError` if there is no report of this run.
    """
    if result is None:
        raise UnfinishedError()
    if not result.get("reports"):
        raise ReportError(str(result.get("msg") or "The check has written no reports."))
    path = os.path.join(report_dir, folder, check, f"{check}.json")
    try:
        model: Model = json.loads(read_regular(path) or b"")
        data = notify_data(model)
        history = model["history"]
        fingerprints = [each.fingerprint for each in model_findings(model)]
        row: CheckRow = {
            "check": check,
            "status": model["status"],
            "exit_code": EXIT_CODES[model["status"]],
            "summary": model["summary"],
            "generated_at": model["generated_at"],
            "connections": model["account"]["connections"],
            "total": data["total"],
            "new": data["new_total"] if history and history["new"] is not None else None,
            "resolved": data["resolved_total"] if history and history["resolved"] is not None else None,
            "first_seen": _oldest(model),
            "findings_hash": None if model["error"] else hash_of_findings(fingerprints),
            "findings": outcomes(model),
            "failing": [str(each) for each in result.get("failing") or ()],
            "news": bool(history and history["news"]),
            "error": model["error"],
            "report": f"{folder}/{check}/{check}.html",
        }
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise ReportError(f"{path}: it is not the report that the check has written.") from None
    return row, data


def _error_row(check: str, error: TelnyxError, news: bool) -> CheckRow:
    """Return the row of a check that has no report of this run. It fails the play, because nothing else says so."""
    return {
        "check": check,
        "status": ERROR,
        "exit_code": 1,
        "summary": f"{check} check: error: {error}",
        "generated_at": None,
        "connections": None,
        "total": None,
        "new": None,
        "resolved": None,
        "first_seen": None,
        "findings_hash": None,
        "findings": [ERROR],
        "failing": [ERROR],
        "news": news,
        "error": error.as_dict(),
        "report": None,
    }


def _oldest(model: Model) -> str | None:
    """Return when the oldest finding was first seen, or ``None`` if there is none or it is unknown."""
    if model["check"] == "drift":
        times = [first_seen(each) for each in model["connections"]]
    else:
        times = [each["first_seen"] for each in model["violations"]]
    return min((time for time in times if time), default=None)


def write_overview(
    folder: str, overview: Overview, changed: NewAndResolved | None = None, report_url: str | None = None
) -> dict[str, str]:
    """Write the overview in every format, and then ``status.json``; return their paths by key.

    ``status.json`` and the message of an earlier run are removed first. Raises :class:`ReportError`.
    """
    document = {
        "format": FORMAT,
        "format_version": 1,
        "check": "accounts",
        **overview,
        "generated_at": utc_now(),
        "generator": GENERATOR,
        "commit": commit(),
        "report_url": report_url,
    }
    files = [
        ("json", "overview.json", lambda: as_json(document)),
        ("md", "overview.md", lambda: overview_markdown(document)),
        ("html", "overview.html", lambda: overview_page(document)),
    ]
    if overview["news"]:
        data = _notify_data(document, changed or {"new": [], "resolved": []})
        files += [
            ("notify.json", "notify.json", lambda: as_json(data)),
            ("notify.txt", "notify.txt", lambda: overview_notify_text(data)),
        ]
    return write_with_status(folder, files, functools.partial(_status, document))


def write_unfinished_overview(folder: str, error: TelnyxError | None = None) -> dict[str, str]:
    """Write an overview that says that the run has no result: it is not finished, or it has this error. Raises :class:`ReportError`."""
    return write_overview(folder, failed_overview((error or UnfinishedError()).as_dict()))


def _notify_data(document: Mapping[str, Any], changed: NewAndResolved) -> dict[str, Any]:
    """Return the content of ``notify.json``. The counts are those of the checks that were completed."""
    return {
        "check": "accounts",
        "account": None,
        **{key: document[key] for key in ("status", "exit_code", "summary", "generated_at")},
        "previous": None,
        "total": document["total"],
        "new_total": document["new"],
        "resolved_total": document["resolved"],
        "new": changed["new"][:LISTED_MAX],
        "resolved": changed["resolved"][:LISTED_MAX],
        "accounts": [
            {"name": each["name"], "status": each["status"], "text": account_line(each)}
            for each in document["accounts"][:LISTED_MAX]
        ],
        "link": document["report_url"],
    }


def _status(document: Mapping[str, Any], reports: Sequence[str], problem: str) -> dict[str, Any]:
    """Return the content of ``status.json``."""
    status = {
        key: document[key]
        for key in ("check", "status", "exit_code", "summary", "generated_at", "totals", "findings", "new", "resolved")
    }
    if problem:
        error = failed_overview({"message": problem})
        status.update({key: error[key] for key in status if key in error})  # type: ignore[literal-required]
    return {**status, **written_files(reports)}
