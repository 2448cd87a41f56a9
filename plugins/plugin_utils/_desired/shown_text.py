# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML text without its secrets, for a diff."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

from ...module_utils._errors import DesiredError
from .._records.records import HIDDEN, SECRET_FIELDS
from .._records.url_secrets import text_without_url_secrets, without_url_secrets
from .errors import ParseError
from .yaml_reader import compose
from .yaml_writer import dump

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    # Where a secret begins and ends, what is shown instead, and the text there.
    _Span = tuple[int, int, str, str]

# Words in a key or a comment that may be about a password; not "passthrough", which names of fields contain.
_SECRET_WORD = re.compile("pass(?!thr)|pwd|secret", re.IGNORECASE)
_DIFFERENT = HIDDEN.replace(")", ", different)")
# A comment, or text within a value that looks like one.
_COMMENT = re.compile(r"(?m)(?<!\S)#.*$")


def shown_texts(before: str, after: str) -> tuple[str, str]:
    """Return two YAML texts for a diff: passwords, the values of fields whose names look like one, and secrets of URLs are replaced.

    A secret of the second text that differs from those of the first one is shown as such. If a key or a comment is about a password,
    all comments are replaced too. Raises :class:`DesiredError` if a text is not valid YAML, as its secrets cannot be found then.
    """
    texts = [text.removeprefix("\ufeff") for text in (before, after)]
    found = [_spans(text) for text in texts]
    old = {(shown, value) for _start, _end, shown, value in found[0]}
    hidden = {shown for shown, _value in old}
    found[1] = [
        (
            start,
            end,
            shown.replace(HIDDEN, _DIFFERENT) if shown in hidden and (shown, value) not in old else shown,
            value,
        )
        for start, end, shown, value in found[1]
    ]
    return _replaced(texts[0], found[0]), _replaced(texts[1], found[1])


def _spans(text: str) -> list[_Span]:
    try:
        _loader, root = compose(text)
        spans = [(start, end, shown, text[start:end].rstrip()) for start, end, shown in _secrets(root)]
    except (ParseError, RecursionError):
        raise DesiredError("it is not valid YAML.") from None
    return sorted(spans, key=lambda span: (span[0], -span[1]))


def _replaced(text: str, spans: Sequence[_Span]) -> str:
    redacted, done = "", 0
    for start, _end, shown, value in spans:
        if start >= done:  # the anchor of an alias may stand in a part that is already replaced
            redacted += text[done:start] + shown
            done = start + len(value)
    redacted += text[done:]
    has_secret = any(shown in (HIDDEN, _DIFFERENT) for _start, _end, shown, _value in spans)
    if has_secret or any(map(_SECRET_WORD.search, _COMMENT.findall(redacted))):
        return _COMMENT.sub(f"# {HIDDEN}", redacted)
    return _COMMENT.sub(lambda comment: str(text_without_url_secrets(comment[0])), redacted)


@lru_cache(maxsize=10_000)
def _is_secret(name: str) -> bool:
    return bool(_SECRET_WORD.search(name) or difflib.get_close_matches(name.lower(), SECRET_FIELDS, 1, 0.7))


def _secrets(node: Any, key: str = "") -> Iterator[tuple[int, int, str]]:
    """Yield the start and end of each password, each key that may hold a part of one, and each URL with a secret.

    The third value is what is shown instead. ``key`` is that of the node.
    """
    if isinstance(node, yaml.MappingNode):
        for each, value in node.value:
            name = each.value if isinstance(each, yaml.ScalarNode) else None
            if name is None:
                yield *_span(each), HIDDEN
                yield from _secrets(value)
            elif _is_secret(name):
                if not re.fullmatch(r"\w+", name):
                    yield *_span(each), HIDDEN
                yield *_span(value), HIDDEN
            else:
                yield from _secrets(value, name)
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _secrets(each, key)
    elif node is not None and (shown := without_url_secrets(node.value, key)) != node.value:
        yield *_span(node), dump(shown).rstrip("\n")


def _span(node: Any) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index
