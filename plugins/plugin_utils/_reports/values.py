# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several report formats share: orders, the text of values, and the identity of findings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# The worst first.
STATUS_ORDER = ("drifted", "missing", "unexpected", "unverifiable", "in_sync")
# GitHub refuses more than 25,000 results in a run and a file of more than 10 MB (compressed), and shows 5,000 results.
SARIF_RESULTS_MAX = 5000


def value_text(value: Any) -> str:
    """A field's value for people, as JSON, so that ``"10"`` and ``10`` look as different as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def identity(rule: str, each: Mapping[str, Any]) -> str:
    """What makes a finding the same one in the next report: its rule or status, and its connection; 64 hex digits."""
    return hashlib.sha256(f"{rule}/{each['id'] or each['name']}".encode("utf-8", "replace")).hexdigest()


def findings_count(model: Mapping[str, Any]) -> int:
    """How many results the model has for a format that lists findings alone: those in sync are none."""
    drift = len([each for each in model.get("connections", ()) if each["status"] != "in_sync"])
    return drift + len(model.get("violations", ())) + len(model.get("exempted", ()))


def left_out_of_sarif(model: Mapping[str, Any]) -> str | None:
    """A sentence that says how many findings the SARIF report does not hold, or ``None`` where it holds all."""
    count = findings_count(model)
    if count <= SARIF_RESULTS_MAX:
        return None
    return (
        f"The SARIF report holds the worst {SARIF_RESULTS_MAX} of {count} findings; the JSON and HTML reports hold all."
    )
