# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who accepted a finding, and the entries to review, as markup."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from ...module_utils._text import visible
from .acceptance_notes import (
    entries_to_review,
    review_text,
    selected_text,
    source_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._checks.results import AcceptedBy
    from .model import Model


def accepted_text(accepted: AcceptedBy) -> str:
    """Return who accepted a finding, when, until when, and why, as markup."""
    words = "Accepted"
    words += f" on {accepted['since']}" if accepted["since"] else ""
    words += f" until {accepted['expires']}" if accepted["expires"] else ""
    who = f" by <bdi>{_escape(accepted['who'])}</bdi>" if accepted["who"] else ""
    return f"{_escape(words)}{who}: <bdi>{_escape(accepted['reason'])}</bdi>"


def review_section(model: Model) -> Iterator[str]:
    """List the entries of accepted findings that are unused, expired, or expire soon."""
    entries = entries_to_review(model)
    if entries:
        yield '<h2 id="review">Entries of accepted findings to review</h2>\n<ul class="review">\n'
        for each in entries:
            place, what = _escape(source_text(each)), _escape(review_text(each))
            yield f'<li><bdi>{_escape(selected_text(each))}</bdi> <span class="soft">({place})</span>: '
            yield f'{what} <span class="soft"><bdi>{_escape(each["reason"])}</bdi></span></li>\n'
        yield "</ul>\n"


def _escape(value: str) -> str:
    return html.escape(visible(value))
