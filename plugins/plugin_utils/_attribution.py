# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attribution of a drift check's findings: from when on the audit log is read, and what happens if it cannot be."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypedDict

from ansible_collections.siptrunk.telnyx.plugins.module_utils._api.audit_events import list_audit_events
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.attribution import (
    add_attribution,
    add_unavailable,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.audit_log import (
    format_time,
    parse_events,
    parse_time,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError, TelnyxError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.commit_time import last_commit_time
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.paths import find_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Callable

    from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.drift import Comparison
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.results import DriftResult
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._options import Options

DEFAULT_DAYS = 30
DAY = 86_400  # seconds


class AttributionSummary(TypedDict):
    """What was read of the audit log: ``reason`` is a sentence about what is missing or why nothing was read, or null."""

    since: str
    events: int
    requests: int
    reason: str | None


def check_since(value: str | None) -> float | None:
    """Return the option ``attribution_since`` as Unix time in seconds, or ``None``. Raises :class:`OptionError`."""
    if value is None:
        return None
    since = parse_time(value)
    if since is None:
        raise OptionError(
            "attribution_since", "must be a time such as 2026-11-20T14:03:00Z, or a day such as 2026-11-20."
        )
    return since


def default_since(desired_files: Sequence[str] | None) -> float:
    """Return the time of the last commit of the files, or 30 days before now if there is none; Unix time in seconds."""
    committed = last_commit_time(find_files(desired_files)) if desired_files else None
    return time.time() - DEFAULT_DAYS * DAY if committed is None else committed


def attribute(
    result: DriftResult,
    comparisons: Sequence[Comparison],
    options: Options,
    since: float,
    log: Callable[[str], None],
) -> AttributionSummary:
    """Read the audit log, and set ``attribution`` of each finding in ``result``; ``since`` is Unix time in seconds.

    A log that cannot be read, or not be understood, is no error: the findings say so.
    """
    summary: AttributionSummary = {"since": format_time(since), "events": 0, "requests": 0, "reason": None}
    if options.snapshot_file is not None:
        reason = "The account was read from a snapshot file, which has no audit log."
        add_unavailable(result, reason)
        return {**summary, "reason": reason}
    try:
        found = list_audit_events(options, summary["since"], log)
        events = [event for event in parse_events(found.events) if event.time >= int(since)]
        add_attribution(
            result, comparisons, events, found.note, since=summary["since"], may_lack_newer=found.may_lack_newer
        )
    except TelnyxError as exc:
        reason = exc.full_message()
    except RecursionError:
        reason = "The audit log has values that are nested too deeply."
    else:
        return {**summary, "events": len(events), "requests": found.requests, "reason": found.note or None}
    add_unavailable(result, reason)
    return {**summary, "reason": reason}


def has_findings(result: DriftResult) -> bool:
    """Return whether a result has a finding, so that there is something to attribute."""
    return any(connection["status"] not in ("in_sync", "accepted") for connection in result["connections"])
