# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A baseline that people may have edited, updated in place: only the values that changed in the account are replaced.

The text is edited at the places that the YAML parser gives for each value, and what comes out is read again and compared
with the account before anybody writes it. So an edit that goes wrong, or that cannot be made, is an error.
"""

from __future__ import annotations

import difflib
import re
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import yaml
from ansible.parsing.vault import VaultLib, is_encrypted
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.drift import Desired, compare
from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.equivalence import same_field
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.fields import (
    ALIASES,
    FIELDS,
    UNORDERED,
    canonical,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._connections.records import (
    SECRET_FIELDS,
    Record,
    without_secrets,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import AmbiguousError, DesiredError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.baseline import baseline_record, dump
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._desired.yaml_reader import (
    SIZE_MAX,
    YAML,
    Loader,
    Refused,
)

if TYPE_CHECKING:
    from ansible_collections.siptrunk.telnyx.plugins.module_utils._checks.field_paths import Path

Edit = tuple[int, int, str]  # from, to, the text that comes there

_NAMES = ("connection_name", "user_name")
_VAULTED = ("!vault", "!vault-encrypted")
_BY_HAND = (
    "Change it by hand. What comes from an alias or a merge key, is encrypted by a vault, or has comments within a list "
    "in brackets is not changed."
)


@dataclass
class Entry:
    """A record of a baseline file, and the live connection that it is about, if that is still there."""

    path: str
    line: int
    node: Any
    keys: dict[str, str]
    live: Record | None = None

    @property
    def by_name(self) -> bool:
        """Whether it has no id."""
        return "id" not in self.keys

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}"


@dataclass
class BaselineFile:
    """A baseline file as it is; ``known`` are :func:`known_fields`.

    Raises :class:`DesiredError` where it cannot be read, or holds no records.
    """

    path: str
    text: str
    vault: VaultLib
    known: set[Path]
    root: Any = None
    entries: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._mark = "\ufeff" if self.text.startswith("\ufeff") else ""
        self._text = self.text[len(self._mark) :]
        if is_encrypted(self._text):
            raise DesiredError(f"{self.path}: a vault encrypts all of it.", "Encrypt its passwords alone.")
        self._loader, self.root, nodes = _read(self.path, self._text, self.vault)
        self._references: Counter[int] = Counter()
        self._count(self.root)
        self.entries = [Entry(self.path, node.start_mark.line + 1, node, self._keys(node)) for node in nodes]

    def updated(self, new: Sequence[Record] = ()) -> str:
        """The text in which each record says what its live connection is, records of those that are gone are left out, and
        ``new`` connections stand at the end. Not verified yet, see :func:`verify`. Raises :class:`DesiredError`.
        """
        edits: list[Edit] = []
        for entry in self.entries:
            if entry.live is not None:
                live = canonical(without_secrets(entry.live))
                self._change_mapping(entry.node, live, (), self._references[id(entry.node)] > 1, edits)
        text = "".join(dump([baseline_record(record)]) for record in new)
        kept = [entry.live is not None for entry in self.entries]
        if text or not all(kept):
            self._change_records(kept, text, edits)
        return self._mark + self._applied(edits)

    # The records

    def _change_records(self, kept: Sequence[bool], text: str, edits: list[Edit]) -> None:
        """Leave out the records that are not kept, and put the text at the end."""
        root = self.root
        if root is None:
            end = len(self._text)
            edits.append((end, end, ("" if not end or self._text.endswith("\n") else "\n") + text))
        elif not isinstance(root, yaml.SequenceNode):
            raise DesiredError(f"{self.path}: it holds one record and no list, so none can come or go.", _BY_HAND)
        elif not root.value:
            start, end = root.start_mark.index, root.end_mark.index
            own_line = self._line_start(start) == start
            edits.append((start, end, ("" if own_line else "\n") + text.rstrip("\n")))
        else:
            regions = self._regions(root)
            if regions is None:
                raise DesiredError(f"{self.path}: its list is not written with a record on lines of its own.", _BY_HAND)
            edits += [(start, end, "") for (start, end), keep in zip(regions, kept) if not keep]
            text = text or ("" if any(kept) else "[]\n")
            self._insert_lines(regions[-1][1], textwrap.indent(text, " " * root.start_mark.column), edits)

    def _keys(self, node: Any) -> dict[str, str]:
        """What a record is found by."""
        if not isinstance(node, yaml.MappingNode):
            line = node.start_mark.line + 1
            raise DesiredError(f"{self.path}, line {line}: it is not a mapping of a connection's fields.")
        found = {}
        for key, value in node.value:
            if _name(key) in ("id", "connection_name", "user_name") and isinstance(value, yaml.ScalarNode):
                text = self._value(value)
                if text is not None and text != "":
                    found[key.value] = str(text)
        return found

    # The values

    def _change_mapping(
        self, node: yaml.MappingNode, live: Mapping[str, Any], above: Path, shared: bool, edits: list[Edit]
    ) -> None:
        """The edits that make the fields that a mapping has what they are in the account."""
        names = ALIASES.get(above[0], {}) if len(above) == 1 else {}
        for key, value in node.value:
            name = names.get(_name(key), _name(key))
            path, found = (*above, name), live.get(name)
            if key.tag == f"{YAML}merge" or name in SECRET_FIELDS or path not in self.known:
                continue
            is_shared = shared or self._references[id(value)] > 1
            if isinstance(value, yaml.MappingNode) and (found is None or isinstance(found, dict)):
                self._change_mapping(value, found or {}, path, is_shared, edits)
            elif not same_field(path, self._value(value), found) and not is_shared:
                self._change_value(key, value, path, found, node.flow_style, edits)

    def _change_value(  # noqa: PLR0913, PLR0917 - the place of a value, and what it is to be
        self, key: Any, value: Any, path: Path, found: Any, in_flow: bool, edits: list[Edit]
    ) -> None:
        """The edit that makes a field what it is in the account; none where it cannot be made."""
        if isinstance(value, yaml.ScalarNode):
            if value.tag in _VAULTED:
                return
            start, end = value.start_mark.index, _end(value, self._text)
            space = " " if start == end and self._text[start - 1 : start] not in (" ", "\t") else ""
            edits.append((start, end, space + _written(found, in_flow, value.style)))
        elif isinstance(value, yaml.SequenceNode) and value.flow_style:
            self._change_flow_list(value, path, found, edits)
        elif isinstance(value, yaml.SequenceNode):
            self._change_block_list(key, value, path, found, edits)

    def _change_flow_list(self, value: yaml.SequenceNode, path: Path, found: Any, edits: list[Edit]) -> None:
        start, end = value.start_mark.index, value.end_mark.index
        if "#" in self._text[start:end] and "\n" in self._text[start:end]:
            return
        if isinstance(found, list):
            spans = [(each.start_mark.index, _end(each, self._text)) for each in value.value]
            if any(self._references[id(each)] > 1 for each in value.value):
                return
            items = [
                _written(found_item, True) if place is None else self._text[slice(*spans[place])]
                for place, found_item in self._kept_items(value, path, found)
                if found_item is not _GONE
            ]
            edits.append((start, end, f"[{', '.join(items)}]"))
        else:
            edits.append((start, end, _written(found, True)))

    def _change_block_list(self, key: Any, value: yaml.SequenceNode, path: Path, found: Any, edits: list[Edit]) -> None:
        regions = self._regions(value)
        if regions is None:
            return
        if not isinstance(found, list) or not found:
            colon = re.compile(r"[ \t]*:").match(self._text, key.end_mark.index)
            if colon:
                edits.append((colon.end(), colon.end(), " " + _written(found, True)))
                edits += [(start, end, "") for start, end in regions]
            return
        indent = " " * value.start_mark.column
        place = regions[0][0]
        for index, item in self._kept_items(value, path, found):
            if index is None:
                self._insert_lines(place, textwrap.indent(dump([item]), indent), edits)
            else:
                place = regions[index][1]
                if item is _GONE:
                    edits.append((*regions[index], ""))

    def _kept_items(self, value: yaml.SequenceNode, path: Path, found: list[Any]) -> list[tuple[int | None, Any]]:
        """The items as they come to be: old ones by their place, those to remove with ``_GONE``, and new ones."""
        old = [self._value(each) for each in value.value]
        kinds: list[Any] = []  # items that mean the same are of one kind

        def kind(item: Any) -> int:
            for place, each in enumerate(kinds):
                if same_field(path, [each], [item]):
                    return place
            kinds.append(item)
            return len(kinds) - 1

        before, after = [kind(each) for each in old], [kind(each) for each in found]
        if path in UNORDERED:
            left = Counter(after)
            order = []
            for each in before:
                if left[each] > 0:
                    order.append(each)
                    left[each] -= 1
            found = [kinds[each] for each in (*order, *left.elements())]
            after = [*order, *left.elements()]
        result: list[tuple[int | None, Any]] = []
        for what, start, end, new_start, new_end in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
            gone = [] if what == "equal" else [(place, _GONE) for place in range(start, end)]
            new = [] if what == "equal" else [(None, each) for each in found[new_start:new_end]]
            kept = [(place, old[place]) for place in range(start, end)] if what == "equal" else []
            result += [*kept, *gone, *new]
        return result

    def _value(self, node: Any) -> Any:
        try:
            return self._loader.construct_object(node, deep=True)
        except Refused as exc:
            raise DesiredError(f"{self.path}, line {exc.line}: {exc}.") from None
        except (ValueError, TypeError, RecursionError, yaml.YAMLError):
            line = node.start_mark.line + 1
            raise DesiredError(f"{self.path}, line {line}: it holds a value that cannot be read.") from None

    # The text

    def _count(self, node: Any) -> None:
        """Count how often each node is used, which is more than once for one with aliases."""
        if node is None:
            return
        waiting = [node]
        while waiting:
            one = waiting.pop()
            self._references[id(one)] += 1
            if self._references[id(one)] == 1 and not isinstance(one, yaml.ScalarNode):
                waiting += [part for each in one.value for part in (each if isinstance(each, tuple) else (each,))]

    def _line_start(self, place: int) -> int:
        return self._text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        """Where the next line begins."""
        end = self._text.find("\n", place)
        return len(self._text) if end < 0 else end + 1

    def _regions(self, node: yaml.SequenceNode) -> list[tuple[int, int]] | None:
        """The lines of each item of a list, with the comment right above it (but above the first, which may be about the
        list); ``None`` where the items do not have lines of their own.
        """
        column = node.start_mark.column
        dash = re.compile(rf" {{{column}}}-(?=\s|$)")
        starts: list[int] = []
        if node.flow_style or any(self._references[id(each)] > 1 for each in node.value):
            return None
        for each in node.value:
            start, least = self._line_start(each.start_mark.index), starts[-1] + 1 if starts else 0
            while not dash.match(self._text, start):
                if start <= least:
                    return None
                start = self._line_start(start - 1)
            if start < least:
                return None
            starts.append(start)
        ends = [self._above(start, column) for start in starts[1:]]
        last = self._line_end(max(_end(node.value[-1], self._text) - 1, starts[-1]))
        comment = re.compile(rf" {{{column + 1},}}#")
        while comment.match(self._text, last):
            last = self._line_end(last)
        return list(zip([starts[0], *ends], [*ends, last]))

    def _above(self, start: int, column: int) -> int:
        """Where the comment begins that stands right above a line, not deeper than the column."""
        comment = re.compile(rf" {{0,{column}}}#")
        while start > 0 and comment.match(self._text, self._line_start(start - 1)):
            start = self._line_start(start - 1)
        return start

    def _insert_lines(self, place: int, text: str, edits: list[Edit]) -> None:
        if text and place and not self._text[:place].endswith("\n"):  # the last line has no end
            text = "\n" + text.rstrip("\n")
        edits.append((place, place, text))

    def _applied(self, edits: list[Edit]) -> str:
        line_break = "\r\n" if "\r\n" in self._text else "\n"
        parts, done = [], 0
        for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
            if start < done:
                raise DesiredError(f"{self.path}: it cannot be updated in place.", _BY_HAND)
            parts += [self._text[done:start], new.replace("\n", line_break)]
            done = end
        return "".join((*parts, self._text[done:]))


_GONE = object()


def known_fields(live: Sequence[Record]) -> set[Path]:
    """The paths of all fields that the reference or a connection has. What else people wrote is left alone."""
    known: set[Path] = set()

    def learn(record: Mapping[str, Any], above: Path) -> None:
        for name, value in record.items():
            known.add((*above, name))
            if isinstance(value, dict):
                learn(value, (*above, name))

    for each in (FIELDS, *map(canonical, live)):
        learn(each, ())
    return known


def match(entries: Sequence[Entry], live: Sequence[Record]) -> None:
    """Find the live connection of each entry: by its id, else its connection name, else its user name.

    Raises :class:`DesiredError` and :class:`AmbiguousError`, where that is not clear.
    """
    by: dict[tuple[str, Any], list[Record]] = {}
    for record in live:
        for name in ("id", *_NAMES):
            by.setdefault((name, record.get(name)), []).append(record)
    claimed: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda each: "id" not in each.keys):  # an id takes its connection from the names
        names = ("id",) if "id" in entry.keys else tuple(name for name in _NAMES if name in entry.keys)
        if not names:
            raise DesiredError(f"{entry}: it has no id, connection_name or user_name, by which it could be matched.")
        for name in names:
            found = by.get((name, entry.keys[name]), [])
            if name != "id":
                found = [record for record in found if getattr(claimed.get(record["id"]), "by_name", True)]
            if len(found) > 1:
                raise AmbiguousError.of_term(entry.keys[name], name, [record["id"] for record in found])
            if found:
                entry.live = found[0]
                break
        if entry.live is not None:
            other = claimed.setdefault(entry.live["id"], entry)
            if other is not entry:
                raise DesiredError(f"{other} and {entry}: both are the connection {entry.live['id']!r}.")


@dataclass
class Update:
    """A file's new text, and the connections that it is about, in their order, with the entries that they had."""

    path: str
    text: str
    connections: list[tuple[Record, Entry | None]]


def verify(updates: Sequence[Update], live: Sequence[Record], known: set[Path], vault: VaultLib) -> None:
    """Read updated files as a drift check does, and compare them with the account.

    Raises :class:`DesiredError` unless all that they say of their connections is so, and what they say of passwords is what
    was there before.
    """
    desired, about = [], []
    for update in updates:
        loader, _root, nodes = _read(update.path, update.text.removeprefix("\ufeff"), vault)
        if len(nodes) != len(update.connections):
            _refuse(update.path, "its records")
        for node, (record, entry) in zip(nodes, update.connections):
            if entry and _passwords(entry.node) != _passwords(node):
                _refuse(str(entry), "a password")
            _strip(node, set())
            found = _part(canonical(_constructed(loader, node, str(entry or update.path))), known, ())
            line = entry.line if entry else node.start_mark.line + 1
            desired.append(Desired({**found, "id": record["id"]}, update.path, line))
            about.append((record, entry))
    for compared, (record, entry) in zip(compare(desired, live, unexpected="ignore"), about):
        if compared.status != "in_sync":
            fields = ", ".join(".".join(change.path) for change in compared.changes[:5])
            raise DesiredError(
                f"{entry or compared.desired}: {fields} of the connection {record['id']!r} changed in the account, "
                "and cannot be changed in the file.",
                _BY_HAND,
            )


def _part(record: Mapping[str, Any], known: set[Path], above: Path) -> Record:
    """The fields that are known."""
    return {
        name: _part(value, known, (*above, name)) if isinstance(value, dict) else value
        for name, value in record.items()
        if (*above, name) in known
    }


def _name(key: Any) -> str:
    """The name of a field; a key that is no text has none."""
    return str(key.value) if isinstance(key, yaml.ScalarNode) else ""


def _refuse(place: str, what: str) -> NoReturn:
    raise DesiredError(f"{place}: {what} would not be kept by an update in place.", _BY_HAND)


def _constructed(loader: Any, node: Any, place: str) -> Record:
    try:
        found = loader.construct_object(node, deep=True)
    except Refused as exc:
        raise DesiredError(f"{place}: {exc}.") from None
    except (ValueError, TypeError, RecursionError, yaml.YAMLError):
        raise DesiredError(f"{place}: it holds a value that cannot be read.") from None
    return dict(found)


def _passwords(node: Any) -> list[Any]:
    return [
        value.value if isinstance(value, yaml.ScalarNode) else None
        for key, value in node.value
        if _name(key) in SECRET_FIELDS
    ]


def _strip(node: Any, seen: set[int]) -> None:
    """Take the secrets out of a tree of nodes: they are not compared, and a vault need not be open."""
    if id(node) in seen or isinstance(node, yaml.ScalarNode):
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        node.value = [(key, value) for key, value in node.value if _name(key) not in SECRET_FIELDS]
    for each in node.value:
        _strip(each[1] if isinstance(each, tuple) else each, seen)


def _read(path: str, text: str, vault: VaultLib) -> tuple[Any, Any, list[Any]]:
    """The loader, the root, and the nodes of the records."""
    try:
        loader = Loader(text)
        loader.vault = vault
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        raise DesiredError(f"{path}{f', line {mark.line + 1}' if mark else ''}: it is no valid YAML.") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise DesiredError(f"{path}: it is no valid YAML.") from None
    if root is not None and _size(root, {}) > SIZE_MAX:
        raise DesiredError(f"{path}: its aliases make too much of it.")
    empty = root is None or (isinstance(root, yaml.ScalarNode) and root.tag == f"{YAML}null")
    return (
        loader,
        None if empty else root,
        [] if empty else root.value if isinstance(root, yaml.SequenceNode) else [root],
    )


def _size(node: Any, known: dict[int, int]) -> int:
    """How many nodes there are, those of an alias counted each time that it is used."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        known[id(node)] = SIZE_MAX + 1  # it contains itself
        parts = [each[1] if isinstance(each, tuple) else each for each in node.value]
        known[id(node)] = 1 + sum(_size(each, known) for each in parts)
    return known[id(node)]


def _end(node: Any, text: str) -> int:
    """Where a node's own text ends; the parser counts the space, and the comments, behind some."""
    if isinstance(node, yaml.ScalarNode):
        start, end = node.start_mark.index, node.end_mark.index
        return start + len(text[start:end].rstrip())
    if node.flow_style or not node.value:
        return int(node.end_mark.index)
    parts = [part for each in node.value for part in (each if isinstance(each, tuple) else (each,))]
    return max(_end(part, text) for part in parts)


def _written(value: Any, in_flow: bool, style: str | None = None) -> str:
    """A value as YAML in one line: within brackets, or behind a key or a dash; in quotes of this style if it is text."""
    if isinstance(value, (dict, list)) or in_flow:
        text = dump([value], flow=True).strip()[1:-1]
    else:
        text = dump(value).removesuffix("\n").removesuffix("\n...")
    plain = isinstance(value, str) and text == value
    if plain and style == '"':
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "'" + text.replace("'", "''") + "'" if plain and style == "'" else text
