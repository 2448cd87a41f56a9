"""Reports of several nights, for the tests of what the history adds to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.acceptance import Acceptance
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.desired_records import Desired
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.drift import as_result, compare
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TransportError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._history.recording import Recording
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import Model, make_model
from report_models import NAMES, TODAY, URL
from sandbox.account import make_connection


def night(
    number: int,
    drifted: set[int] | None,
    label: str | None = None,
    count: int = 30,
    acceptances: Sequence[Acceptance] = (),
) -> Model:
    """A drift check of ``count`` connections, of which these differ, with hostile names; for ``None``, an error."""
    if drifted is None:
        model = make_model("drift", URL, error=TransportError("It is <down>.", "Wait."), account_label=label)
    else:
        live: list[dict[str, Any]] = [make_connection(1, index) for index in range(count)]
        for record, name in zip(live, NAMES):
            record["connection_name"] = name
        desired = [Desired(dict(record)) for record in live]
        for index in drifted:
            live[index]["tags"] = [NAMES[index % len(NAMES)]]
        result = as_result(compare(desired, live), label, acceptances, today=TODAY)
        model = make_model("drift", URL, result=result, connections=count, account_label=label)
    model["generated_at"] = time(number)
    return model


def time(number: int) -> str:
    """When the check of a night ran."""
    return f"2026-{9 + number // 28:02}-{1 + number % 28:02}T03:00:00Z"


def recorded(folder: Path, model: Model) -> Model:
    """Record the run in a history, and return its model, which the history has completed."""
    Recording(str(folder), model).finish()
    return model
