# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base class of the actions of the two checks: it reads the account itself, and writes the reports, also those of an error."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from ...module_utils._errors import OptionError, TelnyxError, TooFewConnectionsError
from ...module_utils._text import is_odd, prefixed
from .._checks.fail_on import CHOICES, ERROR, failing_outcomes
from .._checks.remedies import check_portal_url
from .._desired.accepted_files import read_accepted
from .._reading.account_action import AccountAction, display
from .._reading.api_key import key_digest
from .._reading.options import Options, check_options
from .._reading.plugin_options import KEY_HINT
from .._records.subset import checked_subset
from .files import previous_path, remove_reports, write_reports
from .previous import Found, read_previous
from .report import Account, Report, make_report, utc_now
from .summary import LINK_MAX, summary_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._checks.acceptance import Acceptance
    from .._checks.findings import Finding, Outcome
    from .._records.records import Record

# The host whose play belongs to no account: its key may come from the environment, and its reports have no label.
LOCALHOST = "localhost"


def _is_link(url: str) -> bool:
    """Return whether a text can be the link of a message: an http or https URL without spaces."""
    return len(url) <= LINK_MAX and bool(re.fullmatch(r"https?://\S+", url)) and not any(map(is_odd, url))


class CheckAction(AccountAction):
    """A check of the account, which writes its reports after an error too. ``CHECK`` is ``drift`` or ``policy``.

    A subclass defines :meth:`start`, :meth:`check` and :meth:`diff`, and its own options in ``OWN``.
    """

    CHECK = ""
    OWN: ClassVar[dict[str, dict[str, Any]]] = {}
    READING: ClassVar[dict[str, Any]] = {"consistency": "strict"}
    # What the reports say about the account, also those of an error: more of it is known as the check goes on.
    account = Account()

    def __init_subclass__(cls) -> None:
        """Declare the options of the check: those of both checks, and its own."""
        cls.SPEC = {
            "accepted_files": {"type": "list", "elements": "path", "default": []},
            "account_label": {"type": "str"},
            "connections": {"type": "raw"},
            "fail_on": {"type": "list", "elements": "str", "default": [ERROR], "choices": CHOICES[cls.CHECK]},
            "min_connections": {"type": "int", "default": 1},
            "portal_url": {"type": "str"},
            "report_dir": {"type": "path"},
            "report_url": {"type": "str"},
            **cls.OWN,
        }

    def start(self, params: dict[str, Any]) -> Any:
        """Return what the check needs beside the account, from options and files. Raises :class:`TelnyxError`."""
        raise NotImplementedError

    def check(self, started: Any, records: list[Record]) -> Outcome:
        """Return what the check found in the records of the account. Raises :class:`TelnyxError`."""
        raise NotImplementedError

    def acceptances(self, params: dict[str, Any]) -> list[Acceptance]:
        """Return what is accepted. Raises :class:`TelnyxError`."""
        return read_accepted(params["accepted_files"])

    def diff(self, findings: Sequence[Finding]) -> list[dict[str, str]]:
        """Return Ansible's differences for findings."""
        raise NotImplementedError

    def reads_environment(self, task_vars: Mapping[str, Any]) -> bool:
        """Return whether the host may be checked with the key, the address or the snapshot file of the environment.

        Another host than localhost stands for an account of its own, which must not be checked with another one's key.
        """
        return bool(task_vars.get("inventory_hostname", LOCALHOST) == LOCALHOST)

    def prepare(self, task_vars: Mapping[str, Any]) -> None:
        """Remove the reports of the run before, so that none is taken for that of this run. Raises :class:`ReportError`."""
        host = str(task_vars.get("inventory_hostname", LOCALHOST))
        label = self._task.args.get("account_label")
        self.account = Account(label=str(label) if label else None if host == LOCALHOST else host)
        folder = self._task.args.get("report_dir")
        if folder:
            remove_reports(str(folder), self.CHECK)

    def perform(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Check the options, read the account, check it, and write the reports. Raises :class:`TelnyxError`."""
        host = task_vars.get("inventory_hostname", LOCALHOST)
        hint = KEY_HINT
        if not self.reads_environment(task_vars):
            hint = f"Set telnyx_api_key or telnyx_api_key_file for the host {host}: only {LOCALHOST} uses the key of the environment."
        options = check_options(params, self.direct_keys(), hint)
        self.account = replace(
            self.account,
            api_url=None if options.snapshot_file else options.api_url,
            selection=_selection(params["connections"]),
        )
        _check_options(params)
        acceptances = self.acceptances(params)
        started = self.start(params)
        listing = self._read(params, options)
        outcome = self.check(started, listing.records)
        report = make_report(
            self.account,
            outcome,
            acceptances,
            self._previous.previous,
            accepted_files=params["accepted_files"],
            report_url=params["report_url"] or None,
        )
        result = self._written(params["report_dir"], report, params["fail_on"])
        changed = report.status == "drift"
        if self._task.diff:
            result["diff"] = self.diff(report.findings)
            changed = changed or bool(result["diff"])  # Ansible shows only differences of what is changed
        # Hosts with the same digest have the same key and address, which the overview warns of.
        account = key_digest(f"{options.api_key} {options.api_url}") if options.api_key else None
        return {"changed": changed, "account": account, self.CHECK: _result(report), "meta": listing.meta, **result}

    def _read(self, params: Mapping[str, Any], options: Options) -> Any:
        """Read the account, past the run cache. Raises :class:`TooFewConnectionsError` if it has fewer than ``min_connections``."""
        minimum = params["min_connections"]
        listing = self.read_account(options, **self.READING)
        self.account = replace(
            self.account, api_url=listing.api_url, read_at=listing.read_at, connections=listing.total_results
        )
        if len(listing.records) < minimum:
            raise TooFewConnectionsError(
                len(listing.records), minimum, f"set {self.shown('min_connections')}; 0 allows an empty account"
            )
        return listing

    @cached_property
    def _previous(self) -> Found:
        """Return the previous complete report in the folder for reports."""
        folder = self._task.args.get("report_dir")
        if not folder:
            return Found(replace=False)
        return read_previous(previous_path(str(folder), self.CHECK), self.CHECK, self.account)

    def _written(self, folder: str | None, report: Report, fail_on: Sequence[str]) -> dict[str, Any]:
        """Write the reports, and return the part of the result that names them and says whether the task fails.

        Raises :class:`ReportError`.
        """
        files: dict[str, str] = {}
        if folder:
            if report.error is None and self._previous.warning:
                display.warning(prefixed(self._previous.warning))
            files = write_reports(folder, report, keep=report.error is None and self._previous.replace)
        failing = failing_outcomes(report.outcomes, fail_on)
        return {
            "msg": report.message + (f"; report: {files['html']}" if files else ""),
            "summary": summary_lines(report, files.get("html", "")),
            "outcomes": report.outcomes,
            "failing": failing,
            "reports": list(files.values()),
            "failed": bool(failing),
        }

    def error_result(self, error: TelnyxError) -> dict[str, Any]:
        """Return the result of a check that raised an error, after writing reports of that error."""
        error = self.as_written_by_the_user(error)
        result = super().error_result(error)
        try:
            # From the task's arguments, as the options may not be valid.
            args = self._task.args
            fail_on = args.get("fail_on") or ()
            fail_on = fail_on if isinstance(fail_on, (list, tuple)) else str(fail_on).split(",")
            url = str(args.get("report_url") or "")
            previous = self._previous.previous
            report = Report(
                check=self.CHECK,
                account=self.account,
                generated_at=utc_now(),
                error=error.as_dict(),
                previous=previous.generated_at if previous else None,
                report_url=url if _is_link(url) else None,
            )
            return {**result, **self._written(args.get("report_dir"), report, [str(each).strip() for each in fail_on])}
        except TelnyxError as exc:
            message = f"{result['msg']} {exc}"
            return {
                **result,
                "msg": message,
                "summary": [message],
                "outcomes": [ERROR],
                "failing": [ERROR],
                "reports": [],
            }


def _check_options(params: Mapping[str, Any]) -> None:
    """Check the options of both checks that Ansible's validation does not. Raises :class:`OptionError`."""
    if params["portal_url"]:
        check_portal_url(params["portal_url"])
    if params["report_url"] and not _is_link(params["report_url"]):
        raise OptionError(
            "report_url", f"must be an http or https URL without spaces, of at most {LINK_MAX} characters."
        )
    if params["min_connections"] < 0:
        raise OptionError("min_connections", f"must be 0 or more, not {params['min_connections']}.")


def _selection(connections: Any) -> dict[str, list[str]] | None:
    return None if connections is None else checked_subset(connections)


def _result(report: Report) -> dict[str, Any]:
    """Return what the module returns of a report."""
    shown = report.as_dict()
    keys = ("status", "totals", "findings", "resolved", "accepted", "acceptances", "previous", "news", "rules")
    return {key: shown[key] for key in keys if key in shown}
