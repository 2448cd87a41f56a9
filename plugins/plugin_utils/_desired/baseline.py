# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a baseline holds of a connection, and a baseline's text without its secrets."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

import yaml

from ...module_utils._errors import DesiredError
from .._checks.equivalence import UNORDERED
from .._records.fields import canonical
from .._records.records import (
    HIDDEN,
    SECRET_FIELDS,
    Record,
    without_secrets,
)
from .errors import ParseError
from .yaml_reader import compose

if TYPE_CHECKING:
    from collections.abc import Iterator

# Fields that are not part of a connection's configuration, or are secret.
NOT_IN_A_BASELINE = frozenset(("created_at", "updated_at", "record_type", "password_status")) | SECRET_FIELDS

# Words in a key or a comment that may be about a password; not "passthrough", which names of fields contain.
_SECRET_WORD = re.compile("pass(?!thr)|pwd|secret", re.IGNORECASE)
# A comment, or text within a value that looks like one.
_COMMENT = re.compile(r"(?m)(?<!\S)#.*$")


def baseline_record(record: Record) -> Record:
    """Return what a baseline holds of a live record: no secret and no time stamp, and unordered lists sorted."""
    kept = {name: value for name, value in canonical(record).items() if name not in NOT_IN_A_BASELINE}
    for (name,) in UNORDERED:
        if isinstance(kept.get(name), list) and all(isinstance(each, str) for each in kept[name]):
            kept[name] = sorted(kept[name])
    cleaned: Record = without_secrets(kept)
    return cleaned


def without_secret_text(text: str) -> str:
    """Return YAML text for a diff: the values of fields that are, or look like, passwords are replaced.

    If a key or a comment is about a password, all comments are replaced too. Raises :class:`DesiredError` if the text is
    not valid YAML, as its secrets cannot be found then.
    """
    text = text.removeprefix("\ufeff")
    try:
        _loader, root = compose(text)
        spans = sorted(_secret_spans(root), key=lambda span: (span[0], -span[1]))
    except (ParseError, RecursionError):
        raise DesiredError("it is not valid YAML.") from None
    redacted, done = "", 0
    for start, end in spans:
        if start >= done:  # the anchor of an alias may stand in a part that is already replaced
            redacted += text[done:start] + HIDDEN
            done = start + len(text[start:end].rstrip())
    redacted += text[done:]
    if spans or any(map(_SECRET_WORD.search, _COMMENT.findall(redacted))):
        redacted = _COMMENT.sub(f"# {HIDDEN}", redacted)
    return redacted


def _secret_spans(node: Any) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each password, and of each key that may hold a part of one."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None:
                yield key.start_mark.index, key.end_mark.index
                yield from _secret_spans(value)
            elif _SECRET_WORD.search(name) or difflib.get_close_matches(name.lower(), SECRET_FIELDS, 1, 0.7):
                if not re.fullmatch(r"\w+", name):
                    yield key.start_mark.index, key.end_mark.index
                yield value.start_mark.index, value.end_mark.index
            else:
                yield from _secret_spans(value)
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _secret_spans(each)
