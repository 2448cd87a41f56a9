# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the previous complete report, which stays beside a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...module_utils._file_replacement import read_regular
from .._checks.findings import parse_report
from .._checks.since import Previous

if TYPE_CHECKING:
    from .report import Account


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
    except ValueError as exc:
        reason = "it is not UTF-8 text" if isinstance(exc, UnicodeDecodeError) else str(exc)
    return Found(warning=f"{path}: counts as no previous report: {reason}.")
