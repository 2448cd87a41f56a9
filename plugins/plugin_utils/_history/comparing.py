# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing two runs that a history has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.fail_on import ERROR
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.history import Run, compare_runs
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import HistoryError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._text import one_line, visible
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._reports.values import seen_finding_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.history import SeenFinding
    from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._history.store import HistoryStore, StoredRun

LABELS_MAX = 5  # in a message
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?")


def compare_stored_runs(store: HistoryStore, older: str | None, newer: str | None) -> dict[str, Any]:
    """Return the comparison of two runs, as the module ``check_history`` returns it.

    ``older`` and ``newer`` are names of files or times in UTC, or ``None`` for the last run and the one before it. Raises
    :class:`HistoryError`.
    """
    try:
        runs = [each for each in store.newest_first() if each.head["status"] != ERROR]
    except OSError as exc:
        raise HistoryError(f"{store.folder}: cannot be read: {exc.strerror or 'unknown reason'}.") from None
    if not runs:
        raise _no_runs(store)
    place = _find(runs, newer, "newer", store)
    newer_name, newer_run = runs[place].name, _load(store, runs[place])
    rest = runs[place + 1 :]
    if not rest and not older:
        raise HistoryError(f"{store.folder}: it has no complete run before {newer_name}.")
    found = _find(runs, older, "older", store) if older else place + 1
    older_run = _load(store, runs[found])
    if found <= place:
        raise HistoryError(f"{runs[found].name} is not older than {newer_name}.")
    comparison = compare_runs(older_run, newer_run)
    parts: dict[str, Sequence[SeenFinding]] = {
        "new": comparison.new,
        "resolved": comparison.resolved,
        "still_there": comparison.still_there,
    }
    lines = [
        f"{name.replace('_', ' '):<11}  {each['first_seen'][:10]}  {visible(seen_finding_text(each))}"
        for name, entries in parts.items()
        for each in entries
    ]
    counts = ", ".join(f"{len(entries)} {name.replace('_', ' ')}" for name, entries in parts.items())
    ends = f"{older_run.head['generated_at']} and {newer_run.head['generated_at']}"
    return {
        "msg": f"{store.check} check, {ends}: {counts}",
        "older": _described(runs[found].name, older_run),
        "newer": _described(newer_name, newer_run),
        **parts,
        "lines": lines,
    }


def _find(runs: Sequence[StoredRun], wanted: str | None, option: str, store: HistoryStore) -> int:
    """Return the place of a run in the list, which has the newest first. Raises :class:`HistoryError`."""
    for place, each in enumerate(runs):
        generated_at = each.head["generated_at"]
        is_time = wanted and _TIME.fullmatch(wanted)
        if not wanted or each.name == wanted or (is_time and generated_at[: len(wanted)] <= wanted):
            return place
    raise HistoryError(
        f"{store.folder}: {option}: no complete run is or was at {one_line(wanted)}.",
        "Name a file of the folder, a day such as 2026-11-20 or a time such as 2026-11-20T03:00:00Z.",
    )


def _no_runs(store: HistoryStore) -> HistoryError:
    """Return the error for a history without a complete run, which names the labels that the folder has runs of."""
    which = "without a label" if store.account is None else f"with the label {_shown(store.account)}"
    message = f"{store.folder}: there is no complete run of the {store.check} check {which}"
    others = store.other_accounts()
    if not others:
        return HistoryError(f"{message}.", "Is it the check's history_dir?")
    labels = ", ".join("none" if each is None else _shown(each) for each in others[:LABELS_MAX])
    more = f", and {len(others) - LABELS_MAX} more" if len(others) > LABELS_MAX else ""
    return HistoryError(
        f"{message}; the folder has runs with other labels: {labels}{more}.",
        "Set account_label to the label of the account (compare_runs_account_label in the playbook), or leave it out if it has none.",
    )


def _shown(label: str) -> str:
    return f"'{one_line(visible(label), 60)}'"


def _load(store: HistoryStore, stored: StoredRun) -> Run:
    run = store.load(stored.name)
    if run is None:
        raise HistoryError(store.warnings[-1])
    return run


def _described(name: str, run: Run) -> dict[str, Any]:
    head = run.head
    return {"file": name, "generated_at": head["generated_at"], "status": head["status"], "total": len(run.findings)}
