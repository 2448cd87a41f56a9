# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings as Ansible's differences, which ``--diff`` shows, as YAML without secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...module_utils._text import visible
from .._checks.remedies import shown_value
from .._desired.baseline import baseline_record
from .._desired.yaml_writer import dump
from .._records.records import HIDDEN
from .report import findings_by_connection
from .values import display_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._checks.drift import Comparison
    from .._checks.findings import Finding

HIDDEN_DIFFERENT = "(hidden, different)"


def drift_differences(comparisons: Iterable[Comparison], findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Return a difference from desired to live for each connection with findings. What is unverifiable is not a difference."""
    found = findings_by_connection(each for each in findings if each.status != "unverifiable")
    return [
        _difference(
            f"{visible(display_name(each.connection))} (desired)",
            f"{visible(display_name(each.connection))} (live)",
            *_sides(each, found[each.connection.key]),
        )
        for each in comparisons
        if each.connection.key in found
    ]


def _sides(comparison: Comparison, findings: Sequence[Finding]) -> tuple[Any, Any]:
    whole = next((each.status for each in findings if each.path is None), None)
    if whole == "unexpected":
        # As a baseline has it, so that it can be copied there.
        return {}, _without_secrets(baseline_record(comparison.live or {}))
    if whole == "missing":
        return _without_secrets(comparison.desired.record if comparison.desired else {}), {}
    if whole == "ambiguous":
        return {"connection_name": comparison.connection.name}, {"ids": findings[0].actual}
    expected = {each.path or "id": each.expected for each in findings}
    actual = {each.path or "id": _distinct(each.expected, each.actual) for each in findings}
    return _nested(expected), _nested(actual)


def _distinct(expected: Any, actual: Any) -> Any:
    """Return the actual value so that it differs, although what differs is hidden."""
    same = isinstance(actual, str) and actual == expected
    return actual.replace(HIDDEN, HIDDEN_DIFFERENT) if same else actual


def _without_secrets(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: shown_value(key, value) for key, value in record.items()}


def policy_differences(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Return a difference for each violation: from what the connection has to what fulfils the rule, or what the rule shows."""
    return [
        _difference(
            f"{visible(display_name(each.connection))} ({each.rule}, {each.severity})",
            "what fulfils the rule" if each.expected else visible(each.message),
            _nested(each.actual) if each.expected else each.actual or {},
            _nested(each.expected or {}),
        )
        for each in findings
    ]


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by paths, such as ``inbound.codecs``, as _nested mappings."""
    result: dict[str, Any] = {}
    for path, value in values.items():
        *above, name = path.split(".")
        part = result
        for each in above:
            part = part.setdefault(each, {})
        part[name] = value
    return result


def _difference(before_header: str, after_header: str, before: Any, after: Any) -> dict[str, str]:
    return {
        "before": dump(before) if before else "",
        "after": dump(after) if after else "",
        "before_header": before_header,
        "after_header": after_header,
    }
