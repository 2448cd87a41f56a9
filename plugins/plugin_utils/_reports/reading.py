# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the JSON report of a check again, to accept its findings."""

from __future__ import annotations

import json
import os
from typing import Any

from ...module_utils._errors import AcceptanceError
from .._checks.results import SEVERITIES, STATUSES
from .._desired.accepted_files import read_text
from .model import FORMAT_VERSION

# The part of a report that is used: a mapping has these keys, a list such elements, a type or several are those of a value, and
# a frozenset has the texts that a value may be.
_TEXT_OR_NULL = (str, type(None))
_FINDING = {"fingerprint": str, "id": _TEXT_OR_NULL, "name": object}
_CHANGE = {"fingerprint": str, "path": str, "expected": object, "actual": object}
_CONNECTION = {**_FINDING, "fingerprint": _TEXT_OR_NULL, "status": frozenset(STATUSES), "changes": [_CHANGE]}
_VIOLATION = {**_FINDING, "rule": str, "severity": frozenset(SEVERITIES)}
_ACCEPTANCES = {"acceptances": [{"selects": {}, "state": str, "findings": int}]}
_REPORTS: dict[str, dict[str, Any]] = {
    "drift": {"connections": [_CONNECTION], **_ACCEPTANCES},
    "policy": {"violations": [_VIOLATION], **_ACCEPTANCES},
}


def read_report(path: str) -> dict[str, Any]:
    """Return the JSON report of a completed check. Raises :class:`AcceptanceError`."""
    text = read_text(os.path.expanduser(path))
    if text is None:
        raise AcceptanceError(f"{path}: the report does not exist.", "Run the check first.")
    try:
        report = json.loads(text)
        part = _REPORTS[report["check"]]
        is_report = report["format"] == f"siptrunk.telnyx/{report['check']}"
        is_report = is_report and report["format_version"] == FORMAT_VERSION and isinstance(report["status"], str)
    except (ValueError, KeyError, TypeError, RecursionError):
        is_report = False
    if not is_report:
        raise AcceptanceError(
            f"{path}: is not a JSON report of a check of this version.", "Use drift.json or policy.json."
        )
    if report["status"] == "error":
        raise AcceptanceError(
            f"{path}: the check was not completed, so nothing can be accepted.", "Run it again, without an error."
        )
    problem = _problem(report, part, "")
    if problem:
        raise AcceptanceError(f"{path}: {problem}.", "Run the check again, with this version of the collection.")
    return dict(report)


def _problem(value: Any, shape: Any, place: str) -> str:
    """Return what is wrong with a part of a report, or an empty text. ``place`` is that of the part, such as ``changes[0]``."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return f"{place} is not a mapping"
        for key, part in shape.items():
            below = f"{place}.{key}" if place else key
            problem = _problem(value[key], part, below) if key in value else f"the key {below} is missing"
            if problem:
                return problem
        return ""
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{place} is not a list"
        found = (_problem(each, shape[0], f"{place}[{number}]") for number, each in enumerate(value))
        return next(filter(None, found), "")
    valid = isinstance(value, str) and value in shape if isinstance(shape, frozenset) else isinstance(value, shape)
    return "" if valid else f"{place} has a value that it cannot have"
