# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base class of the actions of the two checks: it reads the account itself, and writes the reports, also those of an error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from ...module_utils._errors import OptionError, TelnyxError, TooFewConnectionsError
from ...module_utils._text import is_odd
from .._checks.fail_on import ERROR, failing_outcomes
from .._reading.account_action import AccountAction
from .._reading.options import Options, check_options
from .._reading.plugin_options import KEY_HINT
from .files import write_reports
from .model import Model, make_model, outcomes
from .notify import LINK_MAX

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .._api.credential_connections import Listing


def is_link(url: str) -> bool:
    """Return whether a text can be the link of a message: an http or https URL without spaces."""
    return len(url) <= LINK_MAX and bool(re.fullmatch(r"https?://\S+", url)) and not any(map(is_odd, url))


def check_report_url(url: str | None) -> None:
    """Raise :class:`OptionError` if the option ``report_url`` is set and no link."""
    if url and not is_link(url):
        raise OptionError(
            "report_url", f"must be an http or https URL without spaces, of at most {LINK_MAX} characters."
        )


class CheckAction(AccountAction):
    """A check of the account, which writes its reports after an error too. ``CHECK`` is ``drift`` or ``policy``."""

    CHECK = ""
    REPORT_SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "min_connections": {"type": "int", "default": 1},
        "report_dir": {"type": "path"},
        "account_label": {"type": "str"},
        "accepted_files": {"type": "list", "elements": "path", "default": []},
        "portal_url": {"type": "str"},
        "report_url": {"type": "str"},
    }
    MIN_CONNECTIONS_REMEDY = (
        "set min_connections (in the roles drift_check_min_connections or policy_check_min_connections);"
        " 0 allows an empty account"
    )
    # For all reports, also those of an error: the API's address, as soon as it is known, and when a snapshot file was read from
    # the API.
    api_url: str | None = None
    read_at: str | None = None

    def perform(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Check the options, do the work and return the result. Raises :class:`TelnyxError`."""
        options = check_options(params, self.direct_keys(), KEY_HINT)
        self.api_url = None if options.snapshot_file else options.api_url
        check_report_url(params["report_url"])
        return self.act(params, options)

    def read_account_for_check(self, params: Mapping[str, Any], options: Options, **changes: Any) -> Listing:
        """Read the account, see :meth:`read_account`. Raises :class:`OptionError` for ``min_connections``.

        Raises :class:`TooFewConnectionsError` if the account has fewer than ``min_connections``.
        """
        minimum = params["min_connections"]
        if minimum < 0:
            raise OptionError("min_connections", f"must be 0 or more, not {minimum}.")
        listing = self.read_account(options, consistency="strict", **changes)
        self.api_url, self.read_at = listing.api_url, listing.read_at
        if len(listing.records) < minimum:
            raise TooFewConnectionsError.of_numbers(len(listing.records), minimum, self.MIN_CONNECTIONS_REMEDY)
        return listing

    def write_reports_result(self, model: Model, fail_on: Collection[str]) -> dict[str, Any]:
        """Write the reports, and return the part of the result that names them and says whether the task fails.

        ``fail_on`` is the option of that name. Raises :class:`ReportError`.
        """
        folder, url = (self._task.args.get(name) for name in ("report_dir", "report_url"))
        model["report_url"] = str(url) if url and is_link(str(url)) else None
        files = write_reports(str(folder), model) if folder else {}
        message = model["summary"] + (f"; report: {files['html']}" if files else "")
        findings = outcomes(model)
        failing = failing_outcomes(findings, fail_on)
        return {
            "msg": message,
            "findings": findings,
            "failing": failing,
            "reports": list(files.values()),
            "failed": bool(failing),
        }

    def error_result(self, error: TelnyxError) -> dict[str, Any]:
        """Return the result of a check that raised an error, after writing reports of that error."""
        result = super().error_result(error)
        try:
            # From the task's arguments, as the options may not be valid.
            fail_on = self._task.args.get("fail_on") or ()
            fail_on = fail_on if isinstance(fail_on, (list, tuple)) else str(fail_on).split(",")
            fail_on = [str(each).strip() for each in fail_on]
            label = self._task.args.get("account_label")
            label = None if label is None else str(label)
            model = make_model(self.CHECK, self.api_url, error=error, account_label=label, read_at=self.read_at)
            return {**result, **self.write_reports_result(model, fail_on)}
        except TelnyxError as exc:
            return {**result, "msg": f"{result['msg']} {exc}", "findings": [ERROR], "failing": [ERROR], "reports": []}
