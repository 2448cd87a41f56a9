# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a check: its report in every format, and ``status.json``, see ``docs/status.schema.json``."""

from __future__ import annotations

import contextlib
import functools
import json
import os
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any, Callable

from ...module_utils._errors import ReportError
from .._desired.text_files import write_file
from .html_report import html_report
from .junit import junit_report
from .markdown import markdown_report
from .model import EXIT_CODES, Model, outcomes
from .notify import (
    has_news,
    notify_data,
    notify_text,
)
from .prometheus import prometheus_report
from .sarif import sarif_report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A format: it renders the model as the text of a file.
Renderer = Callable[[Model], str]

STATUS_FILE = "status.json"


def as_json(data: Any) -> str:
    """Return the text of ``json.dumps(data, indent=2)``, in half the time."""
    try:
        return _indented(data, "\n", {}) + "\n"
    except TypeError:  # a key that is not text
        return json.dumps(data, indent=2) + "\n"


def _indented(value: Any, start: str, keys: dict[str, str]) -> str:
    """Return JSON whose lines begin with ``start``, a line break and spaces; ``keys`` keeps the JSON of keys."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    below = f"{start}  "
    if isinstance(value, dict) and value:
        lines = [
            f"{below}{keys.get(key) or keys.setdefault(key, encode_basestring_ascii(key))}: {_indented(each, below, keys)}"
            for key, each in value.items()
        ]
        return f"{{{','.join(lines)}{start}}}"
    if isinstance(value, (list, tuple)) and value:
        return f"[{','.join([below + _indented(each, below, keys) for each in value])}{start}]"
    return json.dumps(value)


# Each format by the ending of its file's name.
FORMATS: dict[str, Renderer] = {
    "json": as_json,
    "md": markdown_report,
    "junit.xml": junit_report,
    "sarif": sarif_report,
    "html": html_report,
    "prom": prometheus_report,
}
# node_exporter has another user, so it must be able to read the metrics, which are only numbers.
MODES = {"prom": 0o644}
# A message, which is written only if there is news.
NOTIFY_FORMATS: dict[str, Renderer] = {
    "json": lambda model: as_json(notify_data(model)),
    "txt": lambda model: notify_text(notify_data(model)),
}


def write_reports(folder: str, model: Model) -> dict[str, str]:
    """Write the report in every format, and then ``status.json``.

    Return the absolute paths of the files by key: those of the reports by the keys of ``FORMATS``, those of the message, if there
    is news, by ``notify.json`` and ``notify.txt``, and at last that of ``status.json`` by ``status``. Raises :class:`ReportError`
    as :func:`write_with_status` does.
    """
    files = [(suffix, f"{model['check']}.{suffix}", render) for suffix, render in FORMATS.items()]
    if has_news(model):
        files += [(f"notify.{suffix}", f"notify.{suffix}", render) for suffix, render in NOTIFY_FORMATS.items()]
    return write_with_status(
        folder,
        [(key, name, functools.partial(render, model)) for key, name, render in files],
        functools.partial(_status, model),
    )


def absolute_folder(folder: str) -> str:
    """Return the absolute path of a folder for reports. Raises :class:`ReportError` if it has no name."""
    if not folder:
        raise ReportError("The folder for the reports has no name.")
    return os.path.abspath(os.path.expandvars(os.path.expanduser(folder)))


def write_with_status(
    folder: str,
    files: Sequence[tuple[str, str, Callable[[], str]]],
    status: Callable[[Sequence[str], str], Mapping[str, Any]],
) -> dict[str, str]:
    """Write files, each of them a key, a name and a function that renders it, and then ``status.json``; return their paths by key.

    ``status`` returns the content of ``status.json`` for the paths of the written files and a problem with them (or an empty text).

    The ``status.json`` and the message of an earlier check are removed first, and the new status is an error until every file is
    written, so that a pipeline never takes an earlier result for this one. Raises :class:`ReportError` if a file cannot be written;
    the status is then an error, or absent.
    """
    folder = absolute_folder(folder)
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
    except OSError as exc:
        raise ReportError(f"{folder}: cannot be created: {exc.strerror or 'unknown reason'}.") from None
    status_path = os.path.join(folder, STATUS_FILE)
    _remove_earlier(status_path)
    for suffix in NOTIFY_FORMATS:
        _remove_earlier(os.path.join(folder, f"notify.{suffix}"))
    write_file(status_path, as_json(status([], "The reports are not complete.")))
    written: dict[str, str] = {}
    failures: list[ReportError] = []
    for key, name, render in files:
        path = os.path.join(folder, name)
        try:
            write_file(path, render(), MODES.get(key, 0o600))
            written[key] = path
        except ReportError as exc:
            failures.append(exc)
            with contextlib.suppress(OSError):
                os.unlink(path)  # the report of an earlier check
    reports = list(written.values())
    if failures:
        with contextlib.suppress(ReportError):
            problem = f"Not every report could be written. {failures[0]}"
            write_file(status_path, as_json(status(reports, problem)))
        raise failures[0]
    write_file(status_path, as_json(status(reports, "")))
    return {**written, "status": status_path}


def _remove_earlier(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError as exc:
        raise ReportError(
            f"{path}: cannot be removed: {exc.strerror or 'unknown reason'}.",
            "It is the result of an earlier check. Remove it, or choose another folder for the reports.",
        ) from None


def _status(model: Model, reports: Sequence[str], problem: str) -> dict[str, Any]:
    """Return the status of the check, or an error if there is a ``problem`` with its reports."""
    status: dict[str, Any] = {
        "check": model["check"],
        "status": "error" if problem else model["status"],
        "summary": f"{model['check']} check: error: {problem}" if problem else model["summary"],
        "generated_at": model["generated_at"],
        "totals": None if problem else model["totals"],
        "findings": ["error"] if problem else outcomes(model),
    }
    status["exit_code"] = EXIT_CODES[status["status"]]
    history = None if problem else model["history"]
    for kind in ("new", "resolved"):
        found = history[kind] if history else None
        status[kind] = None if found is None else len(found)
    status.update(written_files(reports))
    return status


def written_files(reports: Sequence[str]) -> dict[str, Any]:
    """Return what ``status.json`` says about the files that were written: their names, and whether there is a message."""
    names = [os.path.basename(report) for report in reports]
    return {"notify": "notify.json" in names, "reports": names}
