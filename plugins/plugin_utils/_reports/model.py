# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a check: one redacted model, written in every format, whatever came of the check.

``docs/report.schema.json`` describes the model, which is the JSON report itself.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.results import SEVERITIES
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import ReportError, TelnyxError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import visible
from ansible_collections.siptrunk.telnyx.plugins.module_utils._version import VERSION
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.html import html_report
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.junit import junit_report
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.markdown import markdown_report
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.sarif import sarif_report
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._text_files import write_file

Model = dict[str, Any]

# What a pipeline exits with; a play alone cannot tell drift from an API that was down.
EXIT_CODES = {"in_sync": 0, "ok": 0, "drift": 2, "violations": 2, "error": 1}
NAMES_IN_SUMMARY = 5


def as_json(data: Any) -> str:
    """JSON for people and machines; odd characters are escaped."""
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


FORMATS: dict[str, Callable[[Model], str]] = {
    "json": as_json,
    "md": markdown_report,
    "junit.xml": junit_report,
    "sarif": sarif_report,
    "html": html_report,
}


def make_model(  # noqa: PLR0913 - what a report is made of
    check: str,
    api_url: str | None,
    *,
    result: Mapping[str, Any] | None = None,
    error: TelnyxError | None = None,
    total: int | None = None,
    account_label: str | None = None,
) -> Model:
    """Return the model: of a check's result, or of the error that kept it from having one.

    ``account_label`` is a name for the account, for people who look at reports of several.
    """
    model: Model = {
        "format": f"siptrunk.telnyx/{check}",
        "format_version": 1,
        "check": check,
        "status": result["status"] if result else "error",
        "summary": "",
        "generated_at": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "generator": {"name": "siptrunk.telnyx", "version": VERSION},
        "account": {"api_url": api_url, "connections": total, "label": account_label},
        "commit": _commit(),
        "totals": result["totals"] if result else None,
        "error": error.as_dict() if error else None,
    }
    if check == "drift":
        model["connections"] = result["connections"] if result else []
    else:
        model.update(
            rules=result["rules"] if result else [],
            violations=result["violations"] if result else [],
            exempted=result["exempted"] if result else [],
        )
    model["summary"] = _summary(model, error)
    return model


def _commit() -> str | None:
    """The commit that a CI job checks out, or ``None``: of GitHub Actions, GitLab CI or Jenkins (by their documentation)."""
    for name in ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"):
        value = os.environ.get(name, "")
        if re.fullmatch(r"[0-9a-f]{7,64}", value):
            return value
    return None


def _summary(model: Model, error: TelnyxError | None) -> str:
    """One line for a person who reads nothing else."""
    check, totals = model["check"], model["totals"]
    if totals is None:
        return f"{check} check: error: it could not be made. {error}"
    if check == "drift":
        counts = [f"{count} {status.replace('_', ' ')}" for status, count in totals.items() if count]
        counts.sort(key=lambda each: each.endswith("in sync"))
        found = [each for each in model["connections"] if each["status"] not in ("in_sync", "unverifiable")]
        whole = f"connections compared: {sum(totals.values())}"
    else:
        counts = [f"{totals[severity]} {severity}" for severity in SEVERITIES if totals[severity]]
        counts += [f"{totals['exempted']} exempted"] if totals["exempted"] else []
        found = model["violations"]
        whole = f"connections: {totals['connections']}; rules: {totals['rules']}"
    text = f"{check} check: {model['status'].replace('_', ' ')}"
    text += f": {', '.join(counts)}" if counts else ""
    text += f"; {whole}"
    names = list(dict.fromkeys(visible(str(each["name"] or each["id"] or "(no name)"))[:60] for each in found))
    if names:
        more = len(names) - NAMES_IN_SUMMARY
        text += "; concerned: " + ", ".join(names[:NAMES_IN_SUMMARY]) + (f" and {more} more" if more > 0 else "")
    return text


def findings(model: Model) -> list[str]:
    """What was found, in the words that the roles' ``fail_on`` has, for a pipeline or a play to branch on."""
    totals = model["totals"]
    if totals is None:
        return ["error"]
    words = [model["status"]] if EXIT_CODES[model["status"]] else []
    return words + [word for word in ("unverifiable", *SEVERITIES) if totals.get(word)]


def write_reports(folder: str, model: Model) -> list[str]:
    """Write the report in every format, and ``status.json``; return the paths, that of the status last.

    The status of an earlier check is removed before anything else, and the new one is an error until every report is
    written: a pipeline that reads it never takes an earlier answer for this one. Raises :class:`ReportError` where
    something cannot be written; the status is then an error, or absent.
    """
    if not folder:
        raise ReportError("The folder for the reports has no name.")
    folder = os.path.abspath(os.path.expandvars(os.path.expanduser(folder)))
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
    except OSError as exc:
        raise ReportError(f"{folder}: cannot be created: {exc.strerror or 'unknown reason'}.") from None
    status_path = os.path.join(folder, "status.json")
    _remove_status(status_path)
    _write_status(status_path, model, [], "its reports are not complete.")
    paths: list[str] = []
    failures: list[ReportError] = []
    for suffix, render in FORMATS.items():
        path = os.path.join(folder, f"{model['check']}.{suffix}")
        try:
            write_file(path, render(model))
            paths.append(path)
        except ReportError as exc:
            failures.append(exc)
            with contextlib.suppress(OSError):
                os.unlink(path)  # the report of an earlier check
    if failures:
        with contextlib.suppress(ReportError):
            _write_status(status_path, model, paths, f"not every report could be written. {failures[0]}")
        raise failures[0]
    _write_status(status_path, model, paths)
    return [*paths, status_path]


def _remove_status(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError as exc:
        raise ReportError(
            f"{path}: cannot be removed: {exc.strerror or 'unknown reason'}.",
            "What it says is of an earlier check. Remove it, or give another folder for the reports.",
        ) from None


def _write_status(path: str, model: Model, reports: Sequence[str], problem: str = "") -> None:
    """Write the status of the check, or of one that has a problem and so is an error."""
    if problem:
        summary = f"{model['check']} check: error: {problem}"
        model = {**model, "status": "error", "summary": summary, "totals": None}
    status = {name: model[name] for name in ("check", "status", "summary", "generated_at", "totals")}
    status["findings"] = findings(model)
    status["exit_code"] = EXIT_CODES[model["status"]]
    status["reports"] = [os.path.basename(path) for path in reports]
    write_file(path, as_json(status))
