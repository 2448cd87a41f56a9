# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A baseline file that people may have edited: its records, and which of their fields an update changes.

An update changes only fields that the file already has, that the reference or the account knows, and that are not a password.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from ansible.parsing.vault import VaultLib, is_encrypted

from ...module_utils._errors import DesiredError
from .._checks.equivalence import UNORDERED, fields_equal
from .._records.fields import (
    ALIASES,
    FIELDS,
    REFERENCE,
    canonical,
)
from .._records.records import (
    SECRET_FIELDS,
    Record,
    without_secrets,
)
from .baseline import baseline_record
from .defaults import IDENTIFYING_FIELDS, own_fields
from .errors import EditError, ParseError
from .yaml_editing import (
    YamlDocument,
    YamlEditor,
    update_items,
)
from .yaml_tags import MERGE
from .yaml_writer import dump

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._records.field_paths import Path

EDIT_BY_HAND = (
    "Change it by hand. A value that comes from an alias or a merge key, a vaulted value, and a list in brackets that has"
    " comments cannot be changed in place."
)


@dataclass
class Entry:
    """A record of a baseline file. ``identifiers`` are its ``id`` and names; ``live`` is the live connection it matches."""

    path: str
    line: int
    node: Any
    identifiers: dict[str, str]
    live: Record | None = None

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}"


class BaselineFile:
    """A baseline file. ``known`` are the fields that may be changed, see :func:`known_fields`.

    Raises :class:`DesiredError` if the text cannot be read, or holds something else than records.
    """

    def __init__(self, path: str, text: str, vault: VaultLib, known: set[Path]) -> None:
        self.path = path
        self._known = known
        self._byte_order_mark = "\ufeff" if text.startswith("\ufeff") else ""
        text = text.removeprefix("\ufeff")
        if is_encrypted(text):
            raise DesiredError(f"{path}: the whole file is encrypted by a vault.", "Encrypt only its passwords.")
        self._document = parse_document(path, text, vault)
        self._defaults = document_defaults(self._document, path)
        self.entries = [
            Entry(path, node.start_mark.line + 1, node, self._identifiers(node)) for node in self._document.items()
        ]

    def updated_text(self, new: Sequence[Record] = ()) -> str:
        """Return the text with each record as its live connection is.

        Records without a live connection are removed, and ``new`` connections are added at the end. A change that is not
        possible in place is left out: call :func:`verify` before the text is written. Raises :class:`DesiredError`.
        """
        editor = YamlEditor(self._document)
        for entry in self.entries:
            if entry.live is not None:
                live = canonical(without_secrets(entry.live))
                is_shared = self._document.is_shared(entry.node)
                self._update_mapping(editor, entry.node, live, self._defaults, (), shared=is_shared)
        kept = [entry.live is not None for entry in self.entries]
        new_items = "".join(
            dump([own_fields(baseline_record(record), self._defaults, self._known, others=True)]) for record in new
        )
        try:
            if new_items or not all(kept):
                editor.update_records(kept, new_items)
            return self._byte_order_mark + editor.edited_text()
        except EditError as exc:
            raise DesiredError(f"{self.path}: {exc}.", EDIT_BY_HAND) from None

    def _identifiers(self, node: Any) -> dict[str, str]:
        """Return the fields that identify a record's connection."""
        if not isinstance(node, yaml.MappingNode):
            line = node.start_mark.line + 1
            raise DesiredError(f"{self.path}, line {line}: it is not a mapping of a connection's fields.")
        found = {}
        for key, value in node.value:
            if field_name(key) in IDENTIFYING_FIELDS and isinstance(value, yaml.ScalarNode):
                identifier = document_value(self._document, value, self.path, REFERENCE[key.value])
                if identifier is not None and identifier != "":
                    found[key.value] = str(identifier)
        return found

    def _value(self, node: Any, path: Path, live_value: Any) -> Any:
        """Return the value of the field at a path, as a drift check reads it."""
        reference: Any = REFERENCE
        for name in path:
            reference = reference.get(name) if isinstance(reference, dict) else None
        return document_value(self._document, node, self.path, reference_for(live_value, reference))

    def _update_mapping(  # noqa: PLR0913 - a mapping, what it should hold, and where it is
        self,
        editor: YamlEditor,
        node: yaml.MappingNode,
        live: Mapping[str, Any],
        defaults: Mapping[str, Any],
        above: Path,
        *,
        shared: bool,
    ) -> None:
        """Edit the fields of a mapping that differ from the account, and add those whose defaults differ from it."""
        aliases = ALIASES.get(above[0], {}) if len(above) == 1 else {}
        for key, value in node.value:
            name = aliases.get(field_name(key), field_name(key))
            path, live_value = (*above, name), live.get(name)
            if key.tag == MERGE or name in SECRET_FIELDS or path not in self._known:
                continue
            is_shared = shared or self._document.is_shared(value)
            if isinstance(value, yaml.MappingNode) and (live_value is None or isinstance(live_value, dict)):
                default = defaults.get(name)
                below = default if isinstance(default, dict) else {}
                self._update_mapping(editor, value, live_value or {}, below, path, shared=is_shared)
            elif is_shared or fields_equal(path, self._value(value, path, live_value), live_value):
                continue
            elif isinstance(value, yaml.ScalarNode):
                editor.replace_scalar(value, live_value, node.flow_style)
            elif isinstance(value, yaml.SequenceNode):
                self._update_list(editor, key, value, live_value, path)
        own_names = {aliases.get(name, name) for name in _names(node)}
        absent = {name: default for name, default in defaults.items() if name not in own_names}
        added = own_fields(live, absent, self._known, others=False, above=above)
        if added and not shared:
            editor.add_fields(node, added)

    def _update_list(
        self, editor: YamlEditor, key: yaml.Node, node: yaml.SequenceNode, live_value: Any, path: Path
    ) -> None:
        if not isinstance(live_value, list) or not live_value:
            editor.replace_list(key, node, live_value)
            return

        def equal(one: Any, other: Any) -> bool:
            return fields_equal(path, [one], [other])

        editor.update_list(
            node, update_items(self._value(node, path, live_value), live_value, equal, ordered=path not in UNORDERED)
        )


def known_fields(live: Sequence[Record]) -> set[Path]:
    """Return the paths of all fields of the reference and of the connections. An update changes no other fields."""
    known: set[Path] = set()

    def add(record: Mapping[str, Any], above: Path) -> None:
        for name, value in record.items():
            known.add((*above, name))
            if isinstance(value, dict):
                add(value, (*above, name))

    for each in (FIELDS, *map(canonical, live)):
        add(each, ())
    return known


def reference_for(live: Any, reference: Any = REFERENCE) -> Any:
    """Return the part of the reference by which a text that may stand for ``live`` is read.

    The value of a text field is the text of the source, unless the account has another type there.
    """
    if isinstance(reference, dict):
        fields = live if isinstance(live, dict) else {}
        return {name: reference_for(fields.get(name), part) for name, part in reference.items()}
    elements = live if isinstance(live, list) else [live]
    return reference if all(each is None or isinstance(each, str) for each in elements) else None


def field_name(key: Any) -> str:
    """Return the name of a field from the node of its key; a key that is not a scalar has the name ``""``."""
    return str(key.value) if isinstance(key, yaml.ScalarNode) else ""


def _names(node: Any) -> Iterator[str]:
    """Yield the names of a mapping's fields, also of those that merge keys bring."""
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.tag == MERGE:
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                yield from _names(source)
        else:
            yield field_name(key)


def parse_document(path: str, text: str, vault: VaultLib) -> YamlDocument:
    """Return the document of a file. Raises :class:`DesiredError`."""
    try:
        return YamlDocument(text, vault)
    except ParseError as exc:
        raise DesiredError(f"{path}, line {exc.line}: {exc}.") from None


def document_defaults(document: YamlDocument, path: str) -> Record:
    """Return the defaults of a file's document under canonical names. Raises :class:`DesiredError`."""
    try:
        return canonical(document.defaults())
    except ParseError as exc:
        raise DesiredError(f"{path}, line {exc.line}: {exc}.") from None


def document_value(document: YamlDocument, node: Any, path: str, reference: Any) -> Any:
    """Return the value of a node of a file's document; ``reference`` as for its method. Raises :class:`DesiredError`."""
    try:
        return document.value(node, reference)
    except ParseError as exc:
        raise DesiredError(f"{path}, line {exc.line}: {exc}.") from None
