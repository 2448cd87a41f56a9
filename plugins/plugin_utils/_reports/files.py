# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a check: its report in every format, and ``status.json``, see ``docs/status.schema.json``."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any, Callable

from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import ReportError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.html import html_report
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.junit import junit_report
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.markdown import markdown_report
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import EXIT_CODES, Model, finding_kinds
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.sarif import sarif_report
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._text_files import write_file

if TYPE_CHECKING:
    from collections.abc import Sequence

# A format: it renders the model as the text of a file.
Renderer = Callable[[Model], str]

STATUS_FILE = "status.json"


def as_json(data: Any) -> str:
    """Return indented JSON in ASCII."""
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


# Each format by the ending of its file's name.
FORMATS: dict[str, Renderer] = {
    "json": as_json,
    "md": markdown_report,
    "junit.xml": junit_report,
    "sarif": sarif_report,
    "html": html_report,
}


def write_reports(folder: str, model: Model) -> dict[str, str]:
    """Write the report in every format, and then ``status.json``.

    Return the absolute path of each report by its key in ``FORMATS``, and at last that of ``status.json`` by ``status``.

    The ``status.json`` of an earlier check is removed first, and the new one is an error until every report is written, so
    that a pipeline never takes an earlier result for this one. Raises :class:`ReportError` if a file cannot be written; the
    status is then an error, or absent.
    """
    if not folder:
        raise ReportError("The folder for the reports has no name.")
    folder = os.path.abspath(os.path.expandvars(os.path.expanduser(folder)))
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
    except OSError as exc:
        raise ReportError(f"{folder}: cannot be created: {exc.strerror or 'unknown reason'}.") from None
    status_path = os.path.join(folder, STATUS_FILE)
    _remove_status(status_path)
    _write_status(status_path, model, [], "The reports are not complete.")
    written: dict[str, str] = {}
    failures: list[ReportError] = []
    for suffix, render in FORMATS.items():
        path = os.path.join(folder, f"{model['check']}.{suffix}")
        try:
            write_file(path, render(model))
            written[suffix] = path
        except ReportError as exc:
            failures.append(exc)
            with contextlib.suppress(OSError):
                os.unlink(path)  # the report of an earlier check
    reports = list(written.values())
    if failures:
        with contextlib.suppress(ReportError):
            _write_status(status_path, model, reports, f"Not every report could be written. {failures[0]}")
        raise failures[0]
    _write_status(status_path, model, reports)
    return {**written, "status": status_path}


def _remove_status(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError as exc:
        raise ReportError(
            f"{path}: cannot be removed: {exc.strerror or 'unknown reason'}.",
            "It is the result of an earlier check. Remove it, or choose another folder for the reports.",
        ) from None


def _write_status(path: str, model: Model, reports: Sequence[str], problem: str = "") -> None:
    """Write the status of the check, or an error if there is a ``problem`` with its reports."""
    status: dict[str, Any] = {
        "check": model["check"],
        "status": "error" if problem else model["status"],
        "summary": f"{model['check']} check: error: {problem}" if problem else model["summary"],
        "generated_at": model["generated_at"],
        "totals": None if problem else model["totals"],
        "findings": ["error"] if problem else finding_kinds(model),
    }
    status["exit_code"] = EXIT_CODES[status["status"]]
    status["reports"] = [os.path.basename(report) for report in reports]
    write_file(path, as_json(status))
