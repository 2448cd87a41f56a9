# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A subset of an account: the connections that a team checks or writes a baseline of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import OptionError
from ...module_utils._text import did_you_mean, one_line
from .record_lookup import RecordIndex, term_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .records import Record

# The keys of a subset: patterns of connection names, tags, and terms as the lookup has them.
SUBSET_KEYS = ("names", "tags", "terms")


def checked_subset(subset: Any, option: str = "connections") -> dict[str, list[str]]:
    """Return a subset with only the keys that have items, sorted. A text is one item.

    ``option`` is its name for messages. Raises :class:`OptionError` for an empty subset, an unknown key, and an item that is no text.
    """
    if not isinstance(subset, Mapping):
        raise OptionError(option, f"must be a mapping with {', '.join(SUBSET_KEYS)}.")
    checked: dict[str, list[str]] = {}
    for key, value in subset.items():
        if key not in SUBSET_KEYS:
            known = f"Its keys are {', '.join(SUBSET_KEYS)}."
            raise OptionError(
                option, f"has the unknown key {one_line(key)!r}.", did_you_mean(str(key), SUBSET_KEYS) or known
            )
        items = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
        texts = [term_text(each) for each in items]
        if None in texts:
            raise OptionError(option, f"{key} has an item that is not text.", "Quote it.")
        if texts:
            checked[str(key)] = sorted({str(each) for each in texts})
    if not checked:
        raise OptionError(
            option, "the subset is empty, so no connection would be looked at.", "Leave it out for the whole account."
        )
    return checked


def select_subset(records: Sequence[Record], subset: Any, option: str = "connections") -> list[Record]:
    """Return the records that have one of the ``names`` (patterns) or ``tags``, or that one of the ``terms`` names.

    Raises :class:`OptionError`, also for an item that selects nothing: it may be misspelt, and nobody would look at what it means;
    and :class:`AmbiguousError` for a term that several connections have.
    """
    selected: set[int] = set()  # by identity: a caller may have records without ids
    index = RecordIndex(records)
    for key, items in checked_subset(subset, option).items():
        for item in items:
            if key == "terms":
                record = index.find(item)
                found = [] if record is None else [record]
            else:
                found = [each for each in records if (_has_name if key == "names" else _has_tag)(each, item)]
            if not found:
                raise OptionError(
                    option,
                    f"no connection of the account matches {one_line(item)!r} in {key}.",
                    "Correct it: capitals and spaces count. * in names stands for any text.",
                )
            selected.update(map(id, found))
    return [each for each in records if id(each) in selected]


def subset_text(subset: Any) -> str:
    """Return a subset as one line of JSON, the same for equal subsets: heads of files and reports name their selection by it."""
    return json.dumps(checked_subset(subset), sort_keys=True, ensure_ascii=True)


def _has_name(record: Record, pattern: str) -> bool:
    return fnmatchcase(str(record.get("connection_name") or ""), pattern)


def _has_tag(record: Record, tag: str) -> bool:
    return tag in (record.get("tags") or ())
