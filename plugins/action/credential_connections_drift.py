# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action that does the work of the module credential_connections_drift."""

from __future__ import annotations

import contextlib
import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError, TelnyxError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import prefixed, visible
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._attribution import (
    attribute,
    check_since,
    default_since,
    has_findings,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.drift import (
    UNEXPECTED,
    Comparison,
    as_result,
    compare,
    compared_parts,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.fail_on import CHOICES, ERROR
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.remedies import add_links, check_portal_url
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.results import DRIFT_STATUSES
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.accepted_files import read_accepted
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline import baseline_record
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.files import read_desired
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_writer import dump
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.argument_spec import TERM_FIELDS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import with_masked_password
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.check_action import CheckAction
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import make_model

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.credential_connections import (
        Listing,
        UserRecords,
    )
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.acceptance import Acceptance
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._checks.results import DriftResult
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.account_action import WaitForListing
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reading.options import Options
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._records.records import Record


class ActionModule(CheckAction):
    """Compare desired connections with the live ones."""

    CHECK = "drift"
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        **CheckAction.REPORT_SPEC,
        "desired": {"type": "list", "elements": "dict"},
        "desired_files": {"type": "list", "elements": "path"},
        "match_by": {"type": "str", "default": "connection_name", "choices": list(reversed(TERM_FIELDS))},
        "unexpected": {"type": "str", "default": "report", "choices": list(UNEXPECTED)},
        "ignore": {"type": "list", "elements": "str", "default": []},
        "fail_on": {"type": "list", "elements": "str", "default": [ERROR], "choices": CHOICES["drift"]},
        "attribution": {"type": "bool", "default": False},
        "attribution_since": {"type": "str"},
    }

    def act(self, params: dict[str, Any], options: Options) -> dict[str, Any]:
        """Compare the desired connections with the account, write the reports and return the result."""
        since = check_since(params["attribution_since"])
        if params["portal_url"]:
            check_portal_url(params["portal_url"])
        acceptances = read_accepted(params["accepted_files"])
        _check_desired_options(params)
        # Passwords are read in any case: whether they are compared is known when the desired records are parsed, and that is
        # done while the account is read.
        reading = self.start_reading_for_check(params, options, include_passwords=True)
        desired = self._desired(params)
        comparisons, drift, listing = _compared(params, desired, acceptances, reading)
        add_links(drift, params["portal_url"])
        attribution = None
        if params["attribution"] and has_findings(drift):
            since = default_since(params["desired_files"]) if since is None else since
            attribution = attribute(drift, comparisons, options, since, lambda line: display.vvv(prefixed(line)))
            if attribution["reason"]:
                display.warning(prefixed(f"the audit log could not be read completely: {attribution['reason']}"))
        model = make_model(
            self.CHECK,
            listing.api_url,
            result=drift,
            connections=listing.total_results,
            account_label=params["account_label"],
            accepted_files=params["accepted_files"],
            read_at=listing.read_at,
        )
        report_result = self.write_reports_result(model, params["fail_on"])
        if self._task.diff:
            report_result["diff"] = _diff(
                [each for each, result in zip(comparisons, drift["connections"]) if result["status"] != "accepted"],
                params["ignore"],
            )
        return {
            "changed": drift["status"] == "drift",
            "drift": drift,
            "meta": listing.meta,
            "attribution": attribution,
            **report_result,
        }

    def _desired(self, params: dict[str, Any]) -> list[Desired]:
        """Return the desired records of the options. Raises :class:`OptionError` and :class:`DesiredError`."""
        files = params["desired_files"]
        return read_desired(files, self.vault) if files else [Desired(record) for record in params["desired"]]


def _check_desired_options(params: dict[str, Any]) -> None:
    """Raise :class:`OptionError` unless there is exactly one source of desired records."""
    records, files = params["desired"], params["desired_files"]
    if (records is None) == (files is None):
        raise OptionError("desired", "give either this option or desired_files, not both.")
    if files is not None and not files:
        raise OptionError("desired_files", "the list is empty.")


def _compared(
    params: dict[str, Any], desired: list[Desired], acceptances: list[Acceptance], reading: WaitForListing
) -> tuple[list[Comparison], DriftResult, Listing]:
    """Wait for the account, and compare the desired connections with it. Raises :class:`TelnyxError`.

    The account is read twice from the API. While the second reading waits for responses, the connections of the first one are compared; if
    the second one does not confirm them, they are compared again. That saves 0.3 s for 10,000 connections.
    """
    today = datetime.datetime.now(datetime.timezone.utc).date()

    def compared(live: list[Record]) -> tuple[list[Comparison], DriftResult]:
        comparisons = compare(desired, live, params["match_by"], params["unexpected"], params["ignore"])
        return comparisons, as_result(comparisons, params["account_label"], acceptances, today=today)

    early: tuple[list[Record], list[Comparison], DriftResult] | None = None

    def compare_early(records: UserRecords) -> None:
        nonlocal early
        live = records()
        with contextlib.suppress(TelnyxError):  # If it is still an error, it is raised below.
            early = live, *compared(live)

    listing = reading(compare_early)
    if early is not None and early[0] is listing.records:
        return early[1], early[2], listing
    live = listing.records
    if listing.read_at is not None:
        live = [with_masked_password(record) for record in live]  # unknown, and not absent
    return *compared(live), listing


def _diff(comparisons: list[Comparison], ignore: list[str]) -> list[dict[str, str]]:
    """Return a diff, from desired to live, for each connection that is not in sync."""
    diffs = []
    for comparison in comparisons:
        if comparison.status in DRIFT_STATUSES:
            desired, live = compared_parts(comparison, ignore)
            if comparison.status == "unexpected":
                live = baseline_record(live)  # as a baseline has it, so that it can be copied there
            name = visible(str(comparison.name))
            diffs.append(
                {
                    "before": dump(desired) if desired else "",
                    "after": dump(live) if live else "",
                    "before_header": f"{name} (desired)",
                    "after_header": f"{name} (live)",
                }
            )
    return diffs
