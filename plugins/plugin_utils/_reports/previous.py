# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the previous complete report, which stays beside a new one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ...module_utils._file_replacement import read_regular
from .._checks.findings import Finding
from .._checks.results import RANKS
from .._checks.since import Previous
from .report import EXIT_CODES, FORMAT_VERSION, Account

if TYPE_CHECKING:
    from collections.abc import Iterable


class Found(NamedTuple):
    """What there is of a previous report. ``replace`` is whether a new one may take its place; ``warning`` is about it, or empty."""

    previous: Previous | None = None
    replace: bool = True
    warning: str = ""


def read_previous(path: str, check: str, account: Account) -> Found:
    """Return the previous complete report of a check of this account.

    A damaged one counts as none, and is replaced. One of another account or selection counts as none, and stays.
    """
    try:
        raw = read_regular(path)
        if raw is None:
            return Found()
        report = parse_report(raw.decode())
        if report["check"] != check or report["error"] is not None:
            raise ValueError("it is not a complete report of this check")
        found = report["account"]
        if (found["label"], found["api_url"], report["selection"]) != (
            account.label,
            account.api_url,
            account.selection,
        ):
            return Found(
                replace=False,
                warning=f"{path}: is of another account, account_label or selection of connections, so it counts as none and stays."
                " Use another folder for each, or remove it.",
            )
        return Found(Previous(report["generated_at"], report["findings"], report["accepted"]))
    except OSError as exc:
        reason = exc.strerror or "it cannot be read"
    except (ValueError, RecursionError) as exc:
        reason = "it is not UTF-8 text" if isinstance(exc, UnicodeDecodeError) else str(exc)
    return Found(warning=f"{path}: counts as no previous report: {reason}.")


def parse_report(text: str) -> dict[str, Any]:
    """Return a JSON report of a check, with its findings and accepted findings as :class:`Finding` objects.

    Raises ``ValueError``, whose text is the reason, for anything else.
    """
    try:
        report = json.loads(text)
        if report["format_version"] != FORMAT_VERSION:
            raise ValueError("it is a report of another version of this collection")
        check = report["check"]
        parsed = {
            **report,
            "findings": _findings(report["findings"], check),
            "accepted": _findings(report["accepted"], check),
        }
        account = report["account"]
        valid = isinstance(report["generated_at"], str) and report["status"] in EXIT_CODES
        valid = valid and {"label", "api_url"} <= account.keys() and {"selection", "error"} <= report.keys()
    except json.JSONDecodeError:
        raise ValueError("it is not JSON") from None
    except (KeyError, TypeError, AttributeError, RecursionError):
        valid = False
    if not valid:
        raise ValueError("it is not a JSON report of a check")
    return parsed


def _findings(values: Iterable[Any], check: str) -> list[Finding]:
    findings = [Finding.from_dict(each) for each in values]
    for each in findings:
        texts = (each.fingerprint, each.message, each.first_seen or "", each.connection.id or "")
        if each.rank not in RANKS[check] or not all(isinstance(text, str) for text in texts):
            raise TypeError
    return findings
