# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit YAML text in place: only the edited values change, and comments, order and style of the rest stay.

The text is edited at the positions that the parser gives for each node. PyYAML gives no position for some values, and a
value with an alias stands in several places, so an edit may be impossible. An impossible edit of a value is left out, and
the caller must compare the values of the edited text with the wanted ones.
"""

from __future__ import annotations

import difflib
import re
import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from .defaults import checked_defaults, yaml_layout
from .errors import EditError
from .yaml_reader import compose, construct
from .yaml_tags import NULL, VAULTED
from .yaml_writer import dump

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ansible.parsing.vault import VaultLib

    from .._records.records import Record


class YamlDocument:
    """A YAML text with its nodes. ``root`` is ``None`` if the text holds nothing, or null.

    Raises :class:`ParseError`.
    """

    def __init__(self, text: str, vault: VaultLib) -> None:
        self.text = text
        self._loader, root = compose(text, vault)
        self.root = None if isinstance(root, yaml.ScalarNode) and root.tag == NULL else root
        self.layout = yaml_layout(self.root)
        self._uses = _count_uses(self.root)

    def items(self) -> list[Any]:
        """Return the nodes of the records."""
        return list(self.layout.records)

    def defaults(self) -> Record:
        """Return the defaults of the records, empty if there are none. Raises :class:`ParseError`."""
        node = self.layout.defaults
        return {} if node is None else checked_defaults(self.value(node), node.start_mark.line + 1)

    def value(self, node: Any, reference: Any = None) -> Any:
        """Return the value of a node; ``reference`` is the part of the field reference for it. Raises :class:`ParseError`."""
        return construct(self._loader, node, reference)

    def is_shared(self, node: Any) -> bool:
        """Return whether an alias uses the node, so that an edit of it would change several values."""
        return self._uses[id(node)] > 1

    def line_start(self, position: int) -> int:
        """Return where the line of a position begins."""
        return self.text.rfind("\n", 0, position) + 1

    def line_end(self, position: int) -> int:
        """Return where the next line begins, or the end of the text."""
        end = self.text.find("\n", position)
        return len(self.text) if end < 0 else end + 1

    def end_of(self, node: Any) -> int:
        """Return where the text of a node ends. The parser's end mark of some nodes is after the space and comments that follow."""
        if isinstance(node, yaml.ScalarNode):
            start, end = node.start_mark.index, node.end_mark.index
            return int(start) + len(self.text[start:end].rstrip())
        if node.flow_style or not node.value:
            return int(node.end_mark.index)
        return max(self.end_of(part) for part in _parts(node))


def _parts(node: Any) -> Iterator[Any]:
    """Yield the items of a list node, or the keys and values of a mapping node."""
    for each in node.value:
        yield from each if isinstance(each, tuple) else (each,)


def _count_uses(root: Any) -> Counter[int]:
    """Return how often each node is used, by its id: more than once if aliases lead to it."""
    uses: Counter[int] = Counter()
    waiting = [] if root is None else [root]
    while waiting:
        node = waiting.pop()
        uses[id(node)] += 1
        if uses[id(node)] == 1 and not isinstance(node, yaml.ScalarNode):
            waiting += _parts(node)
    return uses


class Item(NamedTuple):
    """An item of a list that is updated. ``old_index`` is its place in the old list, ``None`` for a new item."""

    old_index: int | None
    value: Any
    removed: bool = False


def update_items(
    old: Sequence[Any], new: Sequence[Any], equal: Callable[[Any, Any], bool], *, ordered: bool
) -> list[Item]:
    """Return how a list becomes another one: the items that stay, that are removed and that are new, in their order.

    ``equal`` compares two items. If the list is not ``ordered``, items that stay keep their place.
    """
    kinds: list[Any] = []  # one item of each kind; equal items are of one kind, and an index in this list identifies it

    def kind(item: Any) -> int:
        for place, each in enumerate(kinds):
            if equal(each, item):
                return place
        kinds.append(item)
        return len(kinds) - 1

    before, after, wanted = [kind(each) for each in old], [kind(each) for each in new], list(new)
    if not ordered:
        left = Counter(after)
        after = []
        for each in before:
            if left[each] > 0:
                after.append(each)
                left[each] -= 1
        after += left.elements()
        wanted = [kinds[each] for each in after]
    items: list[Item] = []
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        items += [Item(place, old[place], removed=tag != "equal") for place in range(start, end)]
        if tag != "equal":
            items += [Item(None, each) for each in wanted[new_start:new_end]]
    return items


class Edit(NamedTuple):
    """The text between two positions is replaced by another text."""

    start: int
    end: int
    text: str


class YamlEditor:
    """Collects edits of a document; :meth:`edited_text` applies them."""

    def __init__(self, document: YamlDocument) -> None:
        self._document = document
        self._text = document.text
        self._edits: list[Edit] = []

    def edited_text(self) -> str:
        """Return the text with all edits, with the line breaks of the text. Raises :class:`EditError` if two overlap."""
        line_break = "\r\n" if "\r\n" in self._text else "\n"
        parts, done = [], 0
        for start, end, new in sorted(self._edits, key=lambda edit: edit[:2]):
            if start < done:
                raise EditError("it cannot be updated in place")
            parts += [self._text[done:start], new.replace("\n", line_break)]
            done = end
        return "".join((*parts, self._text[done:]))

    def replace_scalar(self, node: yaml.ScalarNode, value: Any, in_flow: bool) -> None:
        """Replace a scalar, unless it is vaulted. ``in_flow``: it stands within brackets."""
        if node.tag in VAULTED:
            return
        start, end = node.start_mark.index, self._document.end_of(node)
        # A key without a value may have no space after its colon.
        space = " " if start == end and self._text[start - 1 : start] not in (" ", "\t") else ""
        self._replace(start, end, space + one_line_yaml(value, in_flow=in_flow, style=node.style))

    def replace_list(self, key: yaml.Node, node: yaml.SequenceNode, value: Any) -> None:
        """Replace the whole list of a key by a value on one line."""
        if node.flow_style:
            if self._is_editable_flow_list(node):
                self._replace(node.start_mark.index, node.end_mark.index, one_line_yaml(value, in_flow=True))
            return
        regions = self._item_regions(node)
        colon = re.compile(r"[ \t]*:").match(self._text, key.end_mark.index)
        if regions is not None and colon:
            self._replace(colon.end(), colon.end(), " " + one_line_yaml(value, in_flow=True))
            for start, end in regions:
                self._replace(start, end, "")

    def update_list(self, node: yaml.SequenceNode, items: Sequence[Item]) -> None:
        """Change a list item by item; at least one item must stay or be new."""
        if node.flow_style:
            if self._is_editable_flow_list(node):
                texts = [
                    one_line_yaml(item.value, in_flow=True)
                    if item.old_index is None
                    else self._text[
                        node.value[item.old_index].start_mark.index : self._document.end_of(node.value[item.old_index])
                    ]
                    for item in items
                    if not item.removed
                ]
                self._replace(node.start_mark.index, node.end_mark.index, f"[{', '.join(texts)}]")
            return
        regions = self._item_regions(node)
        if regions is None:
            return
        indent = " " * node.start_mark.column
        position = regions[0][0]
        for item in items:
            if item.old_index is None:
                self._insert_lines(position, textwrap.indent(dump([item.value]), indent))
            else:
                start, position = regions[item.old_index]
                if item.removed:
                    self._replace(start, position, "")

    def add_fields(self, node: yaml.MappingNode, fields: Record) -> None:
        """Add fields at the end of a mapping, which does not have them."""
        end_of, last_key_end = self._document.end_of, node.value[-1][0].end_mark.index if node.value else 0
        if node.value and end_of(node.value[-1][1]) < last_key_end:  # an alias, of which only the anchor has a position
            rest_of_line = self._text[last_key_end : self._document.line_end(last_key_end)]
            if node.flow_style or "*" not in rest_of_line:
                return
        if node.flow_style:
            end = max(map(end_of, _parts(node)), default=node.start_mark.index + 1)
            self._replace(end, end, (", " if node.value else "") + dump(fields, flow=True).strip()[1:-1])
        elif node.value:
            start = node.value[0][0].start_mark
            end = self._document.line_end(max(end_of(node) - 1, start.index))
            self._insert_lines(end, textwrap.indent(dump(fields), " " * start.column))

    def record_regions(self) -> list[tuple[int, int]] | None:
        """Return where the lines of each record begin and end, with the comments directly above it (but not above the first).

        ``None``: there is no list of records, or the records are not on lines of their own.
        """
        records = self._document.layout.record_list
        return self._item_regions(records) if records is not None and records.value else None

    def update_records(self, kept: Sequence[bool], new_items: str) -> None:
        """Remove the records that are not ``kept``, and add the YAML lines ``new_items`` at the end of their list.

        Raises :class:`EditError`.
        """
        root, records = self._document.root, self._document.layout.record_list
        if root is None:
            end = len(self._text)
            self._replace(end, end, ("" if not end or self._text.endswith("\n") else "\n") + new_items)
        elif records is None:
            raise EditError("it holds one record and not a list, so no record can be added or removed")
        elif not records.value:
            if root is not records and root.flow_style:
                raise EditError("its list is within brackets")
            start, end = records.start_mark.index, records.end_mark.index
            before = self._text[self._document.line_start(start) : start]
            if root is not records:
                start -= len(before) - len(before.rstrip())  # the space after the key
            self._replace(start, end, ("\n" if before.strip() else "") + new_items.rstrip("\n"))
        else:
            regions = self._item_regions(records)
            if regions is None:
                raise EditError("its list is not written with each record on lines of its own")
            for (start, end), is_kept in zip(regions, kept):
                if not is_kept:
                    self._replace(start, end, "")
            column = records.start_mark.column
            if not new_items and not any(kept):
                new_items, column = "[]\n", column if root is records else max(column, 2)
            self._insert_lines(regions[-1][1], textwrap.indent(new_items, " " * column))

    def _replace(self, start: int, end: int, text: str) -> None:
        self._edits.append(Edit(start, end, text))

    def _insert_lines(self, position: int, lines: str) -> None:
        if lines and position and not self._text[:position].endswith("\n"):  # the last line has no line break
            lines = "\n" + lines.rstrip("\n")
        self._replace(position, position, lines)

    def _is_editable_flow_list(self, node: yaml.SequenceNode) -> bool:
        text = self._text[node.start_mark.index : node.end_mark.index]
        may_have_comments = "#" in text and "\n" in text
        return not may_have_comments and not any(map(self._document.is_shared, node.value))

    def _item_regions(self, node: yaml.SequenceNode) -> list[tuple[int, int]] | None:
        """Return where the lines of each item of a block list begin and end, or ``None`` if they cannot be edited.

        A comment directly above an item belongs to the item. A comment above the first item does not: it may be about the list.
        """
        column = node.start_mark.column
        dash = re.compile(rf" {{{column}}}-(?=\s|$)")
        starts: list[int] = []
        if node.flow_style or any(map(self._document.is_shared, node.value)):
            return None
        line_start, line_end = self._document.line_start, self._document.line_end
        for each in node.value:
            start, minimum = line_start(each.start_mark.index), starts[-1] + 1 if starts else 0
            while not dash.match(self._text, start):  # the item's text may begin below its dash
                if start <= minimum:
                    return None
                start = line_start(start - 1)
            if start < minimum:
                return None
            starts.append(start)
        ends = [self._comment_start(start, column) for start in starts[1:]]
        last = line_end(max(self._document.end_of(node.value[-1]) - 1, starts[-1]))
        deeper_comment = re.compile(rf" {{{column + 1},}}#")
        while deeper_comment.match(self._text, last):
            last = line_end(last)
        return list(zip([starts[0], *ends], [*ends, last]))

    def _comment_start(self, line: int, column: int) -> int:
        """Return where the comment directly above a line begins, if it is not indented deeper than the column."""
        comment = re.compile(rf" {{0,{column}}}#")
        while line > 0 and comment.match(self._text, self._document.line_start(line - 1)):
            line = self._document.line_start(line - 1)
        return line


def one_line_yaml(value: Any, *, in_flow: bool, style: str | None = None) -> str:
    """Return a value as YAML on one line, for a place within brackets (``in_flow``), or after a key or a dash.

    ``style`` is the style of the scalar that the value replaces: text gets the same quotes, unless it needs others.
    """
    if isinstance(value, (dict, list)) or in_flow:
        text = dump([value], flow=True).strip()[1:-1]
    else:
        text = dump(value).removesuffix("\n").removesuffix("\n...")
    needs_no_quotes = isinstance(value, str) and text == value
    if needs_no_quotes and style == '"':
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "'" + text.replace("'", "''") + "'" if needs_no_quotes and style == "'" else text
