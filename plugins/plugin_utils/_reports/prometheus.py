# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of a report as metrics, in the part that two formats have in common.

These are the text format of Prometheus 0.0.4, which the textfile collector of node_exporter reads, and OpenMetrics 1.0. The
collector rejects samples with timestamps, so none has one.
"""

from __future__ import annotations

import datetime
from collections import Counter
from typing import TYPE_CHECKING

from ...module_utils._text import visible
from .._checks.results import RANKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .report import Report

PREFIX = "siptrunk_telnyx_check_"
STATUSES = {"drift": ("in_sync", "drift", "error"), "policy": ("ok", "violations", "error")}

# A metric: its name without the prefix, its help, and the samples as pairs of further labels and a value.
Metric = tuple[str, str, list[tuple[dict[str, str], int]]]


def prometheus_report(report: Report) -> str:
    """Return the metrics, all of them gauges. What is unknown has no sample."""
    common = {"account": report.account.label or "", "check": report.check}
    lines: list[str] = []
    for name, description, samples in _metrics(report):
        if samples:
            lines += [f"# HELP {PREFIX}{name} {description}", f"# TYPE {PREFIX}{name} gauge"]
            lines += [f"{PREFIX}{name}{_labels({**common, **labels})} {value}" for labels, value in samples]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _metrics(report: Report) -> Iterator[Metric]:
    """Yield the metrics. The help is the same for every check, as the collector requires of one metric in several files."""
    complete, connections, read_at = report.error is None, report.account.connections, report.account.read_at
    statuses = [({"status": each}, int(each == report.status)) for each in STATUSES[report.check]]
    yield "status", "1 for the status of the check, 0 for the others.", statuses
    yield "exit_code", "The exit_code of status.json: 0 fine, 2 findings, 1 error.", [({}, report.exit_code)]
    yield "connections", "Connections in the account.", [({}, connections)] if connections is not None else []
    counts = Counter(each.rank for each in report.findings)
    severities = [({"severity": each}, counts[each]) for each in RANKS[report.check]]
    yield "findings", "Findings by severity, without accepted ones.", severities if complete else []
    numbers = {
        "accepted_findings": ("Findings that are accepted.", len(report.accepted)),
        "new_findings": ("Findings that the previous report does not have.", len(report.new)),
        "resolved_findings": ("Findings of the previous report that are gone.", len(report.resolved)),
    }
    for name, (description, value) in numbers.items():
        yield name, description, [({}, value)] if complete else []
    times = {
        "last_run_timestamp_seconds": ("When the check ran, in seconds since 1970.", report.generated_at),
        "snapshot_timestamp_seconds": (
            "When the account was read for the snapshot file that was checked, in seconds since 1970.",
            read_at,
        ),
        "last_complete_run_timestamp_seconds": (
            "When the check was last completed, in seconds since 1970.",
            report.generated_at if complete else report.previous,
        ),
    }
    for name, (description, time) in times.items():
        yield name, description, [({}, _seconds(time))] if time else []


def _seconds(time: str) -> int:
    parsed = datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    return int(parsed.timestamp())


def _labels(labels: dict[str, str]) -> str:
    pairs = ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}"


def _escape(value: str) -> str:
    """Escape the value of a label; control characters are visible, so that there is no line break in it."""
    return visible(value).replace("\\", "\\\\").replace('"', '\\"')
