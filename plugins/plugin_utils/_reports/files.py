# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a check: its report in every format, its summary, and ``status.json``, see ``docs/status.schema.json``."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable

from ...module_utils._errors import ReportError
from .._desired.text_files import write_files
from .html_report import html_report
from .junit import junit_report
from .markdown import markdown_report
from .prometheus import prometheus_report
from .sarif import sarif_report
from .summary import summary_data, summary_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .report import Report

STATUS_FILE = "status.json"


def _as_json(data: Mapping[str, Any]) -> str:
    """Return an object as JSON, with a line for each of its keys and for each element of its lists."""
    return "{\n" + ",\n".join(f"{json.dumps(key)}: {_json_lines(value)}" for key, value in data.items()) + "\n}\n"


def _json_lines(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value)
    return "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"


# Each format by the ending of its file's name, after the name of the check.
FORMATS: dict[str, Callable[[Any], str]] = {
    "json": lambda report: _as_json(report.as_dict()),
    "md": markdown_report,
    "junit.xml": junit_report,
    "sarif": sarif_report,
    "html": html_report,
    "prom": prometheus_report,
}
SUMMARIES: dict[str, Callable[[Any], str]] = {
    "summary.txt": summary_text,
    "summary.json": lambda report: _as_json(summary_data(report)),
}
# node_exporter has another user, so it must be able to read the metrics, which are only numbers.
METRICS_MODE = 0o644


def _absolute_folder(folder: str) -> str:
    """Return the absolute path of a folder for reports. Raises :class:`ReportError` if it has no name."""
    if not folder:
        raise ReportError("The folder for the reports has no name.")
    return os.path.abspath(os.path.expandvars(os.path.expanduser(folder)))


def previous_path(folder: str, check: str) -> str:
    """Return the path of the previous complete report."""
    return os.path.join(_absolute_folder(folder), f"{check}.previous.json")


def remove_reports(folder: str, check: str) -> None:
    """Remove the reports of the run before, but not the previous complete one: ``status.json`` first. Raises :class:`ReportError`."""
    for name in (STATUS_FILE, *SUMMARIES, *(f"{check}.{suffix}" for suffix in FORMATS)):
        path = os.path.join(_absolute_folder(folder), name)
        try:
            os.unlink(path)
        except (FileNotFoundError, NotADirectoryError):
            pass
        except (OSError, ValueError) as exc:
            raise ReportError(
                f"{path}: cannot be removed: {getattr(exc, 'strerror', None) or 'unknown reason'}.",
                "It is the result of an earlier check. Remove it, or choose another folder for the reports.",
            ) from None


def write_reports(folder: str, report: Report, *, keep: bool) -> dict[str, str]:
    """Write the report in every format, all or none, and then ``status.json``.

    With ``keep``, the report takes the place of the previous complete one. Return the absolute paths of the files: those of the reports
    by the keys of ``FORMATS``, the others by their names. Raises :class:`ReportError`; ``status.json`` is then an error, or absent.
    """
    folder = _absolute_folder(folder)
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
    except OSError as exc:
        raise ReportError(f"{folder}: cannot be created: {exc.strerror or 'unknown reason'}.") from None
    paths = {suffix: os.path.join(folder, f"{report.check}.{suffix}") for suffix in FORMATS}
    paths.update((name, os.path.join(folder, name)) for name in SUMMARIES)
    texts = {paths[key]: render(report) for key, render in {**FORMATS, **SUMMARIES}.items()}
    metrics = texts.pop(paths["prom"])
    if keep:
        texts[previous_path(folder, report.check)] = texts[paths["json"]]
    status_path = os.path.join(folder, STATUS_FILE)
    try:
        write_files({paths["prom"]: metrics}, mode=METRICS_MODE)
        write_files(texts)
    except ReportError as exc:
        with contextlib.suppress(OSError):
            os.unlink(paths["prom"])
        with contextlib.suppress(ReportError):
            write_files({status_path: _as_json(_status(report, [], f"The reports could not be written. {exc}"))})
        raise
    write_files({status_path: _as_json(_status(report, list(paths.values()), ""))})
    return {**paths, STATUS_FILE: status_path}


def _status(report: Report, paths: Sequence[str], problem: str) -> dict[str, Any]:
    """Return the status of the check, or an error if there is a ``problem`` with its reports."""
    complete = report.error is None and not problem
    return {
        "check": report.check,
        "status": "error" if problem else report.status,
        "summary": f"error: {problem}" if problem else report.message,
        "generated_at": report.generated_at,
        "totals": report.totals if complete else None,
        "outcomes": ["error"] if problem else report.outcomes,
        "exit_code": 1 if problem else report.exit_code,
        "new": len(report.new) if complete else None,
        "resolved": len(report.resolved) if complete else None,
        "news": report.news or bool(problem),
        "reports": [os.path.basename(path) for path in paths],
    }
