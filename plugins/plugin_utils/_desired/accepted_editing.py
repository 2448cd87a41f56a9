# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change a file of accepted findings in place: entries that stay keep their text, and changed ones their comments."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import yaml
from ansible.parsing.vault import VaultLib

from ...module_utils._errors import AcceptanceError
from .._checks.acceptance_update import (
    REMOVABLE_KEYS,
    Update,
    sort_key,
)
from .accepted_files import parse_accepted
from .errors import EditError, ParseError
from .yaml_editing import YamlDocument, YamlEditor
from .yaml_writer import dump

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._checks.acceptance import Acceptance

HEADING = "# Accepted findings of a Telnyx account; the playbook siptrunk.telnyx.accept adds to them.\n---\n"


def updated_text(path: str, text: str | None, existing: Sequence[Acceptance], update: Update) -> str:
    """Return the text of a file of accepted findings after an update, sorted; an update without changes keeps the text.

    ``existing`` are the entries of the text. Where the text has no entry on lines of its own, all is written anew, without
    the comments. Raises :class:`AcceptanceError`.
    """
    if text is not None and not any(update):
        return text
    wanted = [
        _changed(each.values, update.changed.get(place, {}))
        for place, each in enumerate(existing)
        if place not in update.removed
    ]
    wanted = sorted([*wanted, *update.added], key=sort_key)
    fresh = HEADING + (dump(wanted) if wanted else "[]\n")
    if text is None or not existing:
        return fresh
    edited = _edited(text, existing, update)
    return edited if edited is not None and _values(path, edited) == _values(path, fresh) else fresh


def _changed(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with other values; ``None`` removes a key of ``REMOVABLE_KEYS``."""
    merged = {**values, **changes}
    return {key: value for key, value in merged.items() if not _is_removed(key, value)}


def _is_removed(key: str, value: Any) -> bool:
    return value is None and key in REMOVABLE_KEYS


def _values(path: str, text: str) -> list[Any] | None:
    try:
        return [dict(each.values) for each in parse_accepted(path, text)]
    except AcceptanceError:
        return None


def _edited(text: str, existing: Sequence[Acceptance], update: Update) -> str | None:
    """Return the text with each entry on its own lines moved, changed or removed; ``None`` if that is not possible."""
    try:
        document = YamlDocument(text, VaultLib())
    except ParseError:
        return None
    regions = YamlEditor(document).record_regions()
    if document.root is None or regions is None:
        return None
    indent = " " * document.root.start_mark.column
    pieces = []
    for place, (start, end) in enumerate(regions):
        if place not in update.removed:
            changes = update.changed.get(place, {})
            entry = _changed(existing[place].values, changes)
            piece = text[start:end] if text[start:end].endswith("\n") else text[start:end] + "\n"
            pieces.append((sort_key(entry), _changed_piece(piece, entry, changes, indent) if changes else piece))
    pieces += [(sort_key(entry), textwrap.indent(dump([entry]), indent)) for entry in update.added]
    lines = "".join(piece for _key, piece in sorted(pieces, key=lambda each: each[0])) or f"{indent}[]\n"
    return text[: regions[0][0]] + lines + text[regions[-1][1] :]


def _without_key(piece: str, key: str) -> str:
    """Return the lines of an entry without the line of a key, if it is not the first one."""
    return re.sub(rf"^[ ]+{key}[ ]*:.*\n", "", piece, count=1, flags=re.MULTILINE)


def _changed_piece(piece: str, entry: Mapping[str, Any], changes: Mapping[str, Any], indent: str) -> str:
    """Return the lines of an entry with other values. If they cannot be edited, the entry is written anew below its comments."""
    try:
        rest = piece
        for key, value in changes.items():
            rest = _without_key(rest, key) if _is_removed(key, value) else rest
        document = YamlDocument(rest, VaultLib())
        node = document.items()[0]
        editor, added = YamlEditor(document), {}
        nodes = {key.value: (key, value) for key, value in node.value}
        for name, value in changes.items():
            if _is_removed(name, value):
                continue
            if name not in nodes:
                added[name] = value
            elif isinstance(nodes[name][1], yaml.ScalarNode):
                editor.replace_scalar(nodes[name][1], value, node.flow_style)
            elif isinstance(nodes[name][1], yaml.SequenceNode):
                editor.replace_list(*nodes[name], value)
        if added:
            editor.add_fields(node, added)
        edited = editor.edited_text()
        changed = YamlDocument(edited, VaultLib())
        if changed.value(changed.root) == [dict(entry)]:
            return edited
    except (EditError, ParseError, ValueError):
        pass
    comments = re.match(r"(?:[ \t]*#.*\n|[ \t]*\n)*", piece)
    return (comments[0] if comments else "") + textwrap.indent(dump([dict(entry)]), indent)
