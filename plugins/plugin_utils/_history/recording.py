# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording a run of a check in its history, and completing its report with what the history knows."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.history import (
    compare_runs,
    is_news,
    make_run,
)
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._history.store import HistoryStore
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.model import (
    History,
    Model,
    model_findings,
    set_first_seen,
)

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._history.store import StoredRun

TREND_RUNS_MAX = 90


class Recording:
    """A run that is about to become part of the history: after its reports are written, see :meth:`finish`.

    A history that cannot be read or written is no error of the check: it is a warning, in the report too.
    """

    def __init__(self, folder: str, model: Model) -> None:
        """Set ``history`` of the model, and ``first_seen`` of its findings. ``folder`` is the option ``history_dir``."""
        self._store = HistoryStore(folder, model["check"], model["account"]["label"])
        self._staged = ""
        runs: list[StoredRun] = []
        readable = True
        try:
            runs = list(self._store.newest_first())
        except OSError as exc:
            readable = False
            self._problem("read", exc)
        previous = self._store.last_complete(runs)
        run = make_run(
            model["check"],
            model["account"]["label"],
            model["generated_at"],
            model["status"],
            totals=model["totals"],
            findings=model_findings(model),
            accepted=[each["fingerprint"] for each in model["accepted"]],
            previous=previous,
        )
        comparison = compare_runs(previous, run) if run.complete and readable else None
        news = readable and is_news(runs[0].head["status"] if runs else None, model["status"], comparison)
        if readable:
            try:
                self._staged = self._store.stage(run)
            except OSError as exc:
                self._problem("written", exc)
            set_first_seen(model, {key: each["first_seen"] for key, each in run.findings.items()})
        heads = [run.head, *(each.head for each in runs[: TREND_RUNS_MAX - 1])]
        history: History = {
            "previous": previous.head["generated_at"] if previous else None,
            "new": comparison and [each["fingerprint"] for each in comparison.new],
            "resolved": comparison and comparison.resolved,
            "news": news,
            "trend": [
                {key: head[key] for key in ("generated_at", "status", "findings")}  # type: ignore[misc]
                for head in reversed(heads)
            ],
            "warnings": self._store.warnings,
        }
        model["history"] = history

    def finish(self) -> list[str]:
        """Add the run to the history. Return all warnings about the history."""
        if self._staged:
            try:
                self._store.add(self._staged)
                self._staged = ""
            except OSError as exc:
                self._problem("written", exc)
                self.discard()
        return self._store.warnings

    def discard(self) -> None:
        """Leave the run out of the history, because its reports could not be written."""
        if self._staged:
            with contextlib.suppress(OSError):
                os.unlink(self._staged)

    def _problem(self, what: str, exc: OSError) -> None:
        reason = exc.strerror or "unknown reason"
        self._store.warnings.append(f"{self._store.folder}: the history cannot be {what}: {reason}.")
