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

from ...module_utils._checks.history import FINDING_SEVERITIES, RUN_STATUSES
from ...module_utils._text import visible
from .._checks.fail_on import ERROR
from .model import EXIT_CODES, model_findings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .model import Model

PREFIX = "siptrunk_telnyx_check_"

# A metric: its name without the prefix, its help, and the samples as pairs of further labels and a value.
Metric = tuple[str, str, list[tuple[dict[str, str], int]]]


def prometheus_report(model: Model) -> str:
    """Return the metrics, all of them gauges. What is unknown has no sample."""
    common = {"account": model["account"]["label"] or "", "check": model["check"]}
    lines: list[str] = []
    for name, description, samples in _metrics(model):
        if samples:
            lines += [f"# HELP {PREFIX}{name} {description}", f"# TYPE {PREFIX}{name} gauge"]
            lines += [f"{PREFIX}{name}{_labels({**common, **labels})} {value}" for labels, value in samples]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _metrics(model: Model) -> Iterator[Metric]:
    """Yield the metrics. The help is the same for every check, as the collector requires of one metric in several files."""
    status, history, connections = model["status"], model["history"], model["account"]["connections"]
    statuses = RUN_STATUSES[model["check"]]
    yield (
        "status",
        "1 for the status of the check, 0 for the others.",
        [({"status": each}, int(each == status)) for each in statuses],
    )
    yield "exit_code", "The exit_code of status.json: 0 fine, 2 findings, 1 error.", [({}, EXIT_CODES[status])]
    yield "connections", "Connections in the account.", [({}, connections)] if connections is not None else []
    counts = Counter(each.severity for each in model_findings(model))
    severities = FINDING_SEVERITIES[model["check"]] if status != ERROR else ()
    yield (
        "findings",
        "Findings by severity, without accepted ones.",
        [({"severity": each}, counts[each]) for each in severities],
    )
    yield "accepted_findings", "Findings that are accepted.", [({}, len(model["accepted"]))] if status != ERROR else []
    new, resolved = (history["new"], history["resolved"]) if history else (None, None)
    yield (
        "new_findings",
        "Findings that the last complete run did not have.",
        [({}, len(new))] if new is not None else [],
    )
    yield (
        "resolved_findings",
        "Findings of the last complete run that are gone.",
        ([({}, len(resolved))] if resolved is not None else []),
    )
    yield (
        "last_run_timestamp_seconds",
        "When the check ran, in seconds since 1970.",
        [({}, _seconds(model["generated_at"]))],
    )
    read_at = model["account"]["read_at"]
    yield (
        "snapshot_timestamp_seconds",
        "When the account was read for the snapshot file that was checked, in seconds since 1970.",
        [({}, _seconds(read_at))] if read_at else [],
    )
    complete = model["generated_at"] if status != ERROR else history and history["previous"]
    yield (
        "last_complete_run_timestamp_seconds",
        "When the check was last completed, in seconds since 1970.",
        ([({}, _seconds(complete))] if complete else []),
    )


def _seconds(time: str) -> int:
    parsed = datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    return int(parsed.timestamp())


def _labels(labels: dict[str, str]) -> str:
    pairs = ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}"


def _escape(value: str) -> str:
    """Escape the value of a label; control characters are visible, so that there is no line break in it."""
    return visible(value).replace("\\", "\\\\").replace('"', '\\"')
