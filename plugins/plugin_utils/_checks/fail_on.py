# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which outcomes of a check fail the play: the option ``fail_on`` of the checks (pure functions)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .results import DRIFT_STATUSES, SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

ERROR = "error"
NEVER = "never"

# The outcomes of each check: statuses and severities, which fail_on may list. In results and in status.json, ``outcomes`` has them.
OUTCOMES = {
    "drift": ("drift", *DRIFT_STATUSES, "unverifiable", ERROR),
    "policy": ("violations", *SEVERITIES, ERROR),
}
CHOICES = {check: [*outcomes, NEVER] for check, outcomes in OUTCOMES.items()}


def failing_outcomes(outcomes: Iterable[str], fail_on: Collection[str]) -> list[str]:
    """Return the outcomes that fail the play, in their order.

    ``error`` fails it even if ``fail_on`` does not list it, because a check that was not completed found nothing. A severity
    in ``fail_on`` selects the severities above it, too. With ``never`` in ``fail_on``, none fails the play.
    """
    if NEVER in fail_on:
        return []
    thresholds = [SEVERITIES.index(item) for item in fail_on if item in SEVERITIES]
    selected = {*fail_on, *SEVERITIES[: max(thresholds, default=-1) + 1], ERROR}
    return [outcome for outcome in outcomes if outcome in selected]
