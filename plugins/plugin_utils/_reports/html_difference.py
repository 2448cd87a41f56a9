# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two values of a field as markup, with the elements of lists that differ marked."""

from __future__ import annotations

import difflib
import html
from collections import Counter
from typing import TYPE_CHECKING, Any

from ...module_utils._text import visible
from .values import value_text

if TYPE_CHECKING:
    from collections.abc import Sequence


def difference(expected: Any, actual: Any) -> tuple[str, str, str]:
    """Return both values as markup and, for two lists, a note; in lists, elements that differ are marked."""
    if not (isinstance(expected, list) and isinstance(actual, list)):
        return _escape(value_text(expected)), _escape(value_text(actual)), ""
    before, after = list(map(value_text, expected)), list(map(value_text, actual))
    blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    kept_before = {block.a + offset for block in blocks for offset in range(block.size)}
    kept_after = {block.b + offset for block in blocks for offset in range(block.size)}
    removed = Counter(value for index, value in enumerate(before) if index not in kept_before)
    added = Counter(value for index, value in enumerate(after) if index not in kept_after)
    moved = removed & added
    parts = [("missing", removed - moved), ("added", added - moved), ("moved", moved)]
    note = "; ".join(f"{word}: {', '.join(sorted(values.elements()))}" for word, values in parts if values)
    return _list(before, kept_before, moved, "del"), _list(after, kept_after, moved, "ins"), _escape(note)


def _list(values: Sequence[str], kept: set[int], moved: Counter[str], tag: str) -> str:
    """Return a list as markup. Values at the ``kept`` positions have no element, moved ones have ``<mark>``, others ``tag``."""
    moved_left, parts = Counter(moved), []
    for index, value in enumerate(values):
        markup = _escape(value)
        if index not in kept:
            element = "mark" if moved_left[value] else tag
            moved_left[value] -= element == "mark"
            markup = f"<{element}>{markup}</{element}>"
        parts.append(markup)
    return f"[{', '.join(parts)}]"


def _escape(value: str) -> str:
    return html.escape(visible(value))
